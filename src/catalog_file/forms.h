#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// The forms that texts in a catalog must have. Pure; for Value::matching.
namespace postern::catalog_file {

/// A relative path of printable characters that stays in its folder: no "..", ".", empty part or backslash,
/// at most 200 bytes.
bool is_safe_path(std::string_view text);
/// A safe path that ends in ".md" and is not the catalog itself.
bool is_playbook_path(std::string_view text);
/// "playbooks/x.md" in another language, "ja": "playbooks/x.ja.md".
std::string translated_path(std::string_view playbook, std::string_view language);
/// http:// or https://, a host, perhaps a port; no user name or password: a catalog holds no secrets.
bool is_url(std::string_view text);
/// "192.0.2.1:443", "host.example:443", "[2001:db8::1]:443".
std::optional<std::pair<std::string, int>> host_and_port(std::string_view text);
bool is_address(std::string_view text);
bool is_region(std::string_view text);     ///< an AWS Region: "ap-northeast-1"
bool is_role_name(std::string_view text);  ///< [\w+=,.@-]{1,64} (IAM API reference, Role.RoleName)
/// The ARN of a managed policy, AWS's or an account's own: "arn:aws:iam::aws:policy/ReadOnlyAccess".
bool is_policy_arn(std::string_view text);
bool is_email(std::string_view text);
/// "arn:aws:iam::123456789012:mfa/name"; a u2f/ device (FIDO) has no code that STS could be given.
bool is_mfa_serial(std::string_view text);
bool is_timezone(std::string_view text);  ///< as in the IANA database: "Asia/Tokyo"
bool is_date(std::string_view text);      ///< "2026-12-31", a day that exists
bool is_hours(std::string_view text);     ///< "09:00-18:00", from before to; up to 24:00

}  // namespace postern::catalog_file
