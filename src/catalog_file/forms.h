#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// The forms that texts in a catalog must have. Pure; for Value::matching.
namespace postern::catalog_file {

bool is_name(std::string_view text);  ///< as an id (base/id.h): for what has a name and no id type
constexpr std::string_view name_form = "1 to 64 characters of a-z, A-Z, 0-9, '.', '_' and '-'";
/// A relative path of printable characters that stays in its folder: no "..", ".", empty part or backslash,
/// at most 200 bytes.
bool is_safe_path(std::string_view text);
/// A safe path that ends in ".md" and is not the catalog itself.
bool is_playbook_path(std::string_view text);
/// The name of a part of the catalog: ".yaml" at the end, not hidden, in no folder below.
bool is_part_path(std::string_view text);
/// A safe path that ends in ".xml": a copy of SAML metadata.
bool is_metadata_path(std::string_view text);
/// "playbooks/x.md" in another language, "ja": "playbooks/x.ja.md".
std::string translated_path(std::string_view playbook, std::string_view language);
/// http:// or https://, a host, perhaps a port; no user name or password: a catalog holds no secrets.
bool is_url(std::string_view text);
/// "192.0.2.1:443", "host.example:443", "[2001:db8::1]:443".
std::optional<std::pair<std::string, int>> host_and_port(std::string_view text);
bool is_address(std::string_view text);
/// As is_url, and https:// unless it leads to this machine: fit for what nobody may read or change on the
/// way.
bool is_safe_url(std::string_view text);
/// The IP address of a DNS server, perhaps with a port: "192.0.2.53", "[2001:db8::53]:5353". Of an IPv6
/// address only the characters are judged.
bool is_resolver(std::string_view text);
bool is_host(std::string_view text);    ///< of letters, digits, '.' and '-'
bool is_sha256(std::string_view text);  ///< 64 of 0-9 and a-f
bool is_role_arn(std::string_view text);
bool is_provider_name(std::string_view text);  ///< of a SAML provider: [\w._-]{1,128} (IAM API reference)
bool is_region(std::string_view text);         ///< an AWS Region: "ap-northeast-1"
bool is_role_name(std::string_view text);      ///< [\w+=,.@-]{1,64} (IAM API reference, Role.RoleName)
/// The ARN of a managed policy, AWS's or an account's own: "arn:aws:iam::aws:policy/ReadOnlyAccess".
bool is_policy_arn(std::string_view text);
bool is_user_name(std::string_view text);  ///< of an IAM user: [\w+=,.@-]{1,64} (IAM API reference)
/// A person's name: nothing that could make one person look like two in a list.
bool is_person_name(std::string_view text);
bool is_email(std::string_view text);
/// "arn:aws:iam::123456789012:mfa/name"; a u2f/ device (FIDO) has no code that STS could be given.
bool is_mfa_serial(std::string_view text);
bool is_timezone(std::string_view text);   ///< the form of an IANA name: "Asia/Tokyo"
bool is_topic_arn(std::string_view text);  ///< "arn:aws:sns:eu-west-1:123456789012:name"
bool is_mail_url(std::string_view text);   ///< smtp:// or smtps://, as is_url
bool is_absolute_path(std::string_view text);
bool is_variable_name(
    std::string_view text);  ///< [A-Z_][A-Z0-9_]*: a secret written here by mistake rarely looks so
bool is_json_pointer(std::string_view text);  ///< RFC 6901
bool is_date(std::string_view text);          ///< "2026-12-31", a day that exists
/// "09:00-18:00" as minutes after midnight, from before to; up to 24:00.
std::optional<std::pair<int, int>> hours_of(std::string_view text);
bool is_hours(std::string_view text);

}  // namespace postern::catalog_file
