#include "cli/output.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "base/encoding.h"
#include "base/instant.h"

namespace postern::cli {
namespace {

std::string in_words(seconds span) {
  if (span < seconds(120)) return fmt::format("{}s", span.count());
  if (span < seconds(7200)) return fmt::format("{}m", span.count() / 60);
  if (span < seconds(172800)) return fmt::format("{}h", span.count() / 3600);
  return fmt::format("{}d", span.count() / 86400);
}

}  // namespace

ExitCode exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return exit_usage;
    case ErrorCode::unauthenticated:
      return exit_not_logged_in;
    case ErrorCode::forbidden:
    case ErrorCode::not_found:
    case ErrorCode::conflict:
    case ErrorCode::exhausted:
      return exit_refused;
    case ErrorCode::unavailable:
    case ErrorCode::outcome_unknown:
      return exit_unavailable;
    case ErrorCode::damaged:
      return exit_not_verified;
    case ErrorCode::internal:
      return exit_failed;
  }
  return exit_failed;
}

int report(const Error& error, Format format) {
  const std::string message = sanitized(error.message, Lines::keep);
  if (format == Format::json)
    fmt::print(stderr, "{}\n",
               json::canonical(json::Object{{"code", name_of(error.code)}, {"message", message}}));
  else
    fmt::print(stderr, "postern: {}\n", message);
  return exit_code_of(error.code);
}

int print(const json::Value& value, const std::string& text, Format format) {
  fmt::print("{}\n", format == Format::json ? json::pretty(value) : sanitized(text, Lines::keep));
  return std::fflush(stdout) == 0 ? exit_ok : exit_failed;
}

std::string list(const json::Value* array) {
  std::string out;
  if (array != nullptr && array->as_array() != nullptr)
    for (const json::Value& each : *array->as_array())
      if (const std::string* text = each.as_string()) out += (out.empty() ? "" : ", ") + *text;
  return out;
}

std::string relative(std::string_view rfc3339, std::string_view now_rfc3339) {
  const auto at = parse_rfc3339(rfc3339);
  const auto now = parse_rfc3339(now_rfc3339);
  if (!at || !now) return std::string(rfc3339);
  const auto span = std::chrono::duration_cast<seconds>(*at - *now);
  if (span.count() == 0) return "just now";
  return span.count() > 0 ? "in " + in_words(span) : in_words(-span) + " ago";
}

}  // namespace postern::cli
