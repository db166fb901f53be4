#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/catalog.h"

/// What people fill in beside account, duration and reason. Pure.
namespace postern::catalog {

using FormValues = std::map<std::string, std::string, std::less<>>;  ///< by the field's id

inline constexpr std::size_t form_fields_max = 20;
inline constexpr std::size_t form_value_bytes_max = 2000;

/// `invalid`, naming field and rule, unless every required field is there, every value is of a field of the
/// form, and each keeps its field's rule: printable (base/encoding.h), one line but for `text`, an account of
/// the catalog that the process covers, a role that the process gives, a duration of at most `longest`.
Result<void> check_form(const Catalog& catalog, const Process& process, const FormValues& values);

/// What is wrong with a field's pattern, in RE2's words; absent when it compiles within 64 KiB.
std::optional<std::string> flaw_of_pattern(const std::string& pattern);

std::string_view name_of(FormField::Kind kind);  ///< as in the file: "choice"

}  // namespace postern::catalog
