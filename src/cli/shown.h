#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "cli/with_server.h"

/// What several commands show and check in the same way.
namespace postern::cli {

/// The items of a member that is an array; nothing for anything else.
const json::Array& items_of(const json::Value& object, std::string_view name);
bool is_true(const json::Value& object, std::string_view name);
/// The texts among them.
std::vector<std::string> texts_of(const json::Value& object, std::string_view name);

/// A request as an approver must see it: everything that the signature will bind.
std::string describe_request(const json::Value& request);
/// A tier's circles: "1 of security-leads: dana, emil; and 1 of fumi: fumi".
std::string circles_in_words(const json::Value& tier);
std::string skip_in_words(std::string_view cause);
/// What is left of what was asked for: ", for 30m only"; "" where nothing is less.
std::string conditions_in_words(std::string_view duration, std::string_view target_role);
/// Entries of an emergency or a request: when, which entry of the ledger, what, by whom, and people's words.
std::string describe_timeline(const json::Array& items);
/// An override as a co-signer must see it.
std::string describe_override(const json::Value& overriding, std::string_view now);
/// A condition as a tree of boxes, each with what is met, since when, and what is missing.
std::string condition_lines(const json::Value& status, int depth);

/// A person who knows the ledger's name (POSTERN_LEDGER) signs for no other, whatever a server shows.
Result<void> check_ledger(const json::Value& statement, const std::string& pinned);
/// The reason shown must be the one that the terms commit to.
Result<void> check_reason(const json::Value& shown);
/// The person's signature over a statement that they have been shown.
Result<std::string> sign(const Connection& connection, std::string_view name_space,
                         const std::string& statement);

inline int print_answer(const json::Value& answer, const std::string& text, const Settings& settings) {
  return print(answer, text, format_of(settings));
}

}  // namespace postern::cli
