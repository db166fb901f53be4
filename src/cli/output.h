#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

/// What commands print, and what they exit with. docs/cli.md lists the exit codes.
namespace postern::cli {

enum ExitCode : int {
  exit_ok = 0,
  exit_failed = 1,   ///< a fault of ours, or anything not named below
  exit_usage = 2,    ///< the command line or a file is malformed
  exit_refused = 3,  ///< a rule or the state says no
  exit_not_logged_in = 4,
  exit_unavailable = 5,   ///< the server or AWS was not reached; trying again may help
  exit_not_verified = 6,  ///< the ledger, a proof or a catalog does not hold
};
ExitCode exit_code_of(ErrorCode code);

enum class Format { text, json };

/// Prints the error on standard error - as JSON too, if wanted - and gives the exit code.
int report(const Error& error, Format format);

/// Prints `value` as indented JSON, or `text` (with control characters taken out), on standard output.
int print(const json::Value& value, const std::string& text, Format format);

/// The texts of a JSON array, with commas between; "" for anything else.
std::string list(const json::Value* array);

/// "in 12m", "3h ago".
std::string relative(std::string_view rfc3339, std::string_view now_rfc3339);

}  // namespace postern::cli
