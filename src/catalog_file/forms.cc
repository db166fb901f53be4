#include "catalog_file/forms.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "base/id.h"
#include "base/instant.h"

namespace postern::catalog_file {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_letter(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }

/// Letters, digits and `more`, between `least` and `most` of them.
bool is_word(std::string_view text, std::string_view more, std::size_t least, std::size_t most) {
  return text.size() >= least && text.size() <= most && std::all_of(text.begin(), text.end(), [&](char c) {
           return is_letter(c) || is_digit(c) || more.find(c) != std::string_view::npos;
         });
}

/// A number of exactly `digits` digits, or of any count when 0; -1 when it is none.
int number(std::string_view text, std::size_t digits = 0) {
  int value = -1;
  if (text.empty() || text.size() > 9 || (digits != 0 && text.size() != digits) || !is_digit(text[0]))
    return -1;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc{} && end == text.data() + text.size() ? value : -1;
}

bool is_port(std::string_view text) {
  const int port = number(text);
  return port >= 1 && port <= 65535 && text[0] != '0';
}

bool is_ipv4(std::string_view text) {
  for (int left = 4; left > 0; --left) {
    const std::size_t end = left > 1 ? text.find('.') : text.size();
    const std::string_view part = text.substr(0, end);
    if (end == std::string_view::npos || number(part) < 0 || number(part) > 255 || part.size() > 3 ||
        (part.size() > 1 && part[0] == '0'))
      return false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

bool is_ipv6(std::string_view text) {
  constexpr std::string_view characters = "0123456789abcdefABCDEF:.";
  return text.size() <= 45 && std::count(text.begin(), text.end(), ':') >= 2 &&
         text.find_first_not_of(characters) == std::string_view::npos;
}

/// "HH:MM" in minutes since midnight; -1 when it is none. 24:00 is the end of the day.
int minute_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return -1;
  const int hour = number(text.substr(0, 2), 2);
  const int minute = number(text.substr(3), 2);
  if (hour < 0 || minute < 0 || minute > 59 || hour * 60 + minute > 24 * 60) return -1;
  return hour * 60 + minute;
}

}  // namespace

bool is_name(std::string_view text) { return is_plain_id(text); }

bool is_safe_path(std::string_view text) {
  if (text.empty() || text.size() > 200 || !is_printable_text(text)) return false;
  if (text.find_first_of("\\\n\t") != std::string_view::npos) return false;
  while (true) {
    const std::size_t end = std::min(text.find('/'), text.size());
    const std::string_view part = text.substr(0, end);
    if (part.empty() || part == "." || part == "..") return false;
    if (end == text.size()) return true;
    text.remove_prefix(end + 1);
  }
}

bool is_playbook_path(std::string_view text) {
  return is_safe_path(text) && text.size() > 3 && text.ends_with(".md");
}

bool is_part_path(std::string_view text) {
  return is_safe_path(text) && text.size() > 5 && text.ends_with(".yaml") && text[0] != '.' &&
         text.find('/') == std::string_view::npos;
}

bool is_metadata_path(std::string_view text) {
  return is_safe_path(text) && text.size() > 4 && text.ends_with(".xml");
}

std::string translated_path(std::string_view playbook, std::string_view language) {
  return std::string(playbook.substr(0, playbook.size() - 3)) + "." + std::string(language) + ".md";
}

std::optional<std::pair<std::string, int>> host_and_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool v6 = host.starts_with('[') && host.ends_with(']');
  if (v6) host = host.substr(1, host.size() - 2);
  if (!is_port(port) || !is_word(host, v6 ? ":." : "-.", 1, 253)) return std::nullopt;
  return std::pair(std::string(host), number(port));
}

bool is_address(std::string_view text) { return host_and_port(text).has_value(); }

bool is_url(std::string_view text) {
  const std::size_t scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
  if (scheme == 0 || text.size() > 2048) return false;
  if (!std::all_of(text.begin(), text.end(),
                   [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; }))
    return false;
  const std::string_view rest = text.substr(scheme);
  const std::string authority(rest.substr(0, rest.find_first_of("/?#")));
  return is_address(authority) || is_address(authority + ":443");
}

bool is_safe_url(std::string_view text) {
  if (!is_url(text)) return false;
  if (text.starts_with("https://")) return true;
  const std::string_view rest = text.substr(7);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  const std::size_t end = authority.starts_with('[') ? authority.find(']') + 1 : authority.find(':');
  const std::string_view host = authority.substr(0, end);
  return host == "127.0.0.1" || host == "localhost" || host == "[::1]";
}

bool is_resolver(std::string_view text) {
  if (is_ipv6(text)) return true;
  const std::size_t close = text.starts_with('[') ? text.find(']') : std::string_view::npos;
  const std::size_t end = close == std::string_view::npos ? std::min(text.find(':'), text.size()) : close + 1;
  const std::string_view address = text.substr(0, end);
  const std::string_view port = text.substr(end);
  if (!port.empty() && !(port[0] == ':' && is_port(port.substr(1)))) return false;
  return close == std::string_view::npos ? is_ipv4(address) : is_ipv6(address.substr(1, address.size() - 2));
}

bool is_host(std::string_view text) { return is_word(text, "-.", 1, 253); }

bool is_sha256(std::string_view text) {
  return text.size() == 64 &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

bool is_role_arn(std::string_view text) {
  constexpr std::string_view start = "arn:aws:iam::";
  if (!text.starts_with(start)) return false;
  text.remove_prefix(start.size());
  const std::size_t colon = text.find(":role/");
  if (colon == std::string_view::npos || !AccountId::parse(text.substr(0, colon))) return false;
  return is_word(text.substr(colon + 6), "_+=,.@-/", 1, 512) && !text.ends_with('/');
}

bool is_provider_name(std::string_view text) { return is_word(text, "._-", 1, 128); }

bool is_region(std::string_view text) {
  const std::size_t dash = text.rfind('-');
  if (text.size() > 32 || dash == std::string_view::npos || number(text.substr(dash + 1)) < 0) return false;
  const std::string_view words = text.substr(0, dash);
  return words.size() > 3 && is_lower(words.front()) && is_lower(words.back()) &&
         words.find('-') != std::string_view::npos &&
         std::all_of(words.begin(), words.end(), [](char c) { return is_lower(c) || c == '-'; });
}

bool is_role_name(std::string_view text) { return is_word(text, "_+=,.@-", 1, 64); }

bool is_policy_arn(std::string_view text) {
  constexpr std::string_view start = "arn:aws:iam::";
  if (!text.starts_with(start)) return false;
  text.remove_prefix(start.size());
  const std::size_t colon = text.find(":policy/");
  const std::string_view owner = text.substr(0, colon);
  if (colon == std::string_view::npos || (owner != "aws" && !AccountId::parse(owner))) return false;
  return is_word(text.substr(colon + 8), "_+=,.@-/", 1, 512) && !text.ends_with('/');
}

bool is_user_name(std::string_view text) { return is_word(text, "_+=,.@-", 1, 64); }

bool is_person_name(std::string_view text) {
  return text.size() <= 128 && text.find_first_of("(),;\"<>") == std::string_view::npos;
}

bool is_email(std::string_view text) {
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && text.size() <= 254 &&
         is_word(text.substr(0, at), "!#$%&'*+/=?^_`{|}~.-", 1, 64) &&
         is_word(text.substr(at + 1), "-.", 1, 253);
}

bool is_mfa_serial(std::string_view text) {
  if (text.size() > 256 || !text.starts_with("arn:aws")) return false;
  const std::size_t partition = std::min(text.find(':', 4), text.size());
  if (!is_word(text.substr(4, partition - 4), "-", 3, 20)) return false;
  text.remove_prefix(partition);
  if (!text.starts_with(":iam::")) return false;
  text.remove_prefix(6);
  return AccountId::parse(text.substr(0, 12)).has_value() &&
         text.substr(std::min<std::size_t>(12, text.size())).starts_with(":mfa/") &&
         is_word(text.substr(17), "_+=,.@/-", 1, 200);
}

bool is_timezone(std::string_view text) { return is_word(text, "_+-/", 1, 64) && is_letter(text[0]); }

bool is_topic_arn(std::string_view text) {
  constexpr std::string_view start = "arn:aws:sns:";
  if (!text.starts_with(start)) return false;
  text.remove_prefix(start.size());
  const std::size_t region = text.find(':');
  if (region == std::string_view::npos || !is_region(text.substr(0, region))) return false;
  text.remove_prefix(region + 1);
  return text.size() > 13 && text[12] == ':' && AccountId::parse(text.substr(0, 12)) &&
         is_word(text.substr(13), "_-", 1, 256);
}

bool is_mail_url(std::string_view text) {
  const std::size_t scheme = text.starts_with("smtps://") ? 8 : text.starts_with("smtp://") ? 7 : 0;
  if (scheme == 0) return false;
  const std::string authority(text.substr(scheme));
  return is_address(authority) || is_address(authority + ":25");
}

bool is_absolute_path(std::string_view text) { return text.starts_with('/') && is_safe_path(text.substr(1)); }

bool is_variable_name(std::string_view text) {
  return is_word(text, "_", 1, 128) && !is_digit(text[0]) && std::none_of(text.begin(), text.end(), is_lower);
}

bool is_json_pointer(std::string_view text) {
  if (!text.starts_with('/') || text.size() > 256 || !is_printable_text(text)) return false;
  for (std::size_t at = text.find('~'); at != std::string_view::npos; at = text.find('~', at + 1))
    if (at + 1 == text.size() || (text[at + 1] != '0' && text[at + 1] != '1')) return false;
  return true;
}

bool is_date(std::string_view text) {
  return text.size() == 10 && parse_rfc3339(std::string(text) + "T00:00:00Z").has_value();
}

std::optional<std::pair<int, int>> hours_of(std::string_view text) {
  if (text.size() != 11 || text[5] != '-') return std::nullopt;
  const int from = minute_of_day(text.substr(0, 5));
  const int to = minute_of_day(text.substr(6));
  if (from < 0 || from >= to) return std::nullopt;
  return std::pair(from, to);
}

bool is_hours(std::string_view text) { return hours_of(text).has_value(); }

}  // namespace postern::catalog_file
