#include "aws/arn.h"

#include <algorithm>

#include "base/encoding.h"

namespace postern::aws {
namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// The characters of IAM names: [\w+=,.@-].
bool is_name(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter_or_digit(c) || std::string_view("_+=,.@-").find(c) != std::string_view::npos;
  });
}

bool is_partition(std::string_view text) {
  return (text == "aws" || text.starts_with("aws-")) && text.size() <= 32 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}

/// What stands before `separator`, which is taken off `text` too.
std::string_view next(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

tl::unexpected<Error> malformed(std::string_view text) {
  return fail(ErrorCode::invalid,
              "\"" + sanitized(text.substr(0, 200), Lines::replace) +
                  "\" is not a role's ARN. It looks like arn:aws:iam::123456789012:role/Name.");
}

}  // namespace

Result<RoleArn> parse_role_arn(std::string_view text) {
  if (text.size() > 2048) return malformed(text);
  std::string_view rest = text;
  const bool is_arn = next(rest, ':') == "arn";
  const std::string_view partition = next(rest, ':');
  const bool is_iam = next(rest, ':') == "iam" && next(rest, ':').empty();
  const Result<AccountId> account = AccountId::parse(next(rest, ':'));
  if (!is_arn || !is_partition(partition) || !is_iam || !account || !rest.starts_with("role/"))
    return malformed(text);
  const std::string_view path = rest.substr(5, rest.rfind('/') + 1 - 5);
  const std::string_view name = rest.substr(rest.rfind('/') + 1);
  // IAM allows any printable ASCII in a path.
  const bool path_is_plain =
      std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (name.empty() || name.size() > 64 || !is_name(name) || !path_is_plain) return malformed(text);
  return RoleArn{.partition = std::string(partition), .account = *account, .name = std::string(name)};
}

std::string assumed_role_arn(const RoleArn& role, std::string_view session_name) {
  return "arn:" + role.partition + ":sts::" + role.account.text() + ":assumed-role/" + role.name + "/" +
         std::string(session_name);
}

bool is_session_name(std::string_view text) { return text.size() >= 2 && text.size() <= 64 && is_name(text); }

}  // namespace postern::aws
