#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"

/// Playbooks: Markdown with this emergency's facts filled in. Pure.
namespace postern::playbook {

inline constexpr std::size_t markdown_bytes_max = 64U << 10U;

/// What a placeholder such as {{account.id}} stands for. Every name that a playbook may use is in
/// `known_names`.
using Facts = std::map<std::string, std::string, std::less<>>;

/// The placeholders that exist, sorted.
const std::vector<std::string_view>& known_names();

/// What is known of a process before there is an emergency.
Facts facts_of(const catalog::Catalog& catalog, const catalog::Process& process);

/// The process's playbook in that language ("ja"), or as it is where there is no translation; nullptr where
/// there is none at all.
const std::string* markdown_of(const catalog::Catalog& catalog, const catalog::Process& process,
                               std::string_view language);

/// What is wrong with a placeholder, and where; counts from 1, columns in characters.
struct Fault {
  int line = 0;
  int column = 0;
  std::string what;
};
inline constexpr std::size_t faults_max = 200;
/// Every unknown or unclosed placeholder, up to faults_max, and a text that is too long.
std::vector<Fault> faults_in(std::string_view markdown);

/// `markdown` with every {{name}} replaced. A known name without a value is left visible as "‹name›", so that
/// the blank paper version has a place to write in; values lose control characters and Markdown's own marks
/// are escaped. `invalid` names the first of faults_in().
Result<std::string> fill(std::string_view markdown, const Facts& facts);

}  // namespace postern::playbook
