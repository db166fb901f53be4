#include "notify/mail.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/encoding.h"
#include "base/hash.h"
#include "http/text.h"
#include "notify/sender_parts.h"

namespace postern::notify {
namespace {

constexpr std::size_t line_bytes_max = 76;  // RFC 2045, section 6.8; RFC 2047, section 2
constexpr std::size_t name_bytes_max = 100;
constexpr std::string_view word_begin = "=?UTF-8?B?";
constexpr std::string_view word_end = "?=";

bool is_atom_character(char c) {
  return http::is_alphanumeric(c) ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

/// One or more parts with a dot between each two (RFC 5322, section 3.2.3).
template <class IsPart>
bool is_dotted(std::string_view text, std::size_t bytes_max, const IsPart& is_part) {
  if (text.empty() || text.size() > bytes_max) return false;
  while (true) {
    const std::size_t dot = text.find('.');
    if (!is_part(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_atom(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_atom_character);
}

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) { return http::is_alphanumeric(c) || c == '-'; });
}

/// An id as the left side of a Message-ID: as it is where that is allowed, so that people can search for it.
std::string message_id(std::string_view id, std::string_view host) {
  if (is_dotted(id, 120, is_atom)) return fmt::format("<{}@{}>", id, host);
  return fmt::format("<{}@{}>", sha256({"postern mail id\n", id}).hex(), host);
}

/// The Message-ID that all mails about one thing refer to.
std::string thread_id(std::string_view about, std::string_view host) {
  return message_id(fmt::format("about.{}", about), host);
}

/// RFC 5322, section 3.3: "Mon, 23 Nov 2026 03:04:05 +0000".
std::string mail_date(Instant at) {
  constexpr std::array<const char*, 7> weekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<seconds>(at - day));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000",
                     weekdays.at(std::chrono::weekday(day).c_encoding()), static_cast<unsigned>(date.day()),
                     months.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

/// The longest beginning of `text` that fits and ends between two characters; never empty.
std::string_view beginning(std::string_view text, std::size_t bytes_max) {
  std::size_t size = std::min(text.size(), bytes_max);
  while (size > 1 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80U) --size;
  return text.substr(0, size);
}

/// How many bytes an encoded word of so many holds.
std::size_t room(std::size_t word_bytes) {
  return (word_bytes - word_begin.size() - word_end.size()) / 4 * 3;
}

/// A name and address (RFC 5322, section 3.4).
std::string mailbox(std::string_view name, std::string_view address, std::size_t used) {
  const std::string shown = on_one_line(name, name_bytes_max);
  if (shown.empty()) return fmt::format("<{}>", address);
  const bool is_plain = std::all_of(shown.begin(), shown.end(),
                                    [](char c) { return http::is_alphanumeric(c) || c == ' ' || c == '-'; });
  const bool fits = used + shown.size() + 2 <= line_bytes_max;
  const std::string words = is_plain && fits ? '"' + shown + '"' : encoded_words(shown, used);
  return fmt::format("{}\r\n <{}>", words, address);
}

/// Base64 of the text with CRLF line ends (RFC 2045, section 6.8), in lines.
std::string encoded_body(std::string_view text) {
  std::string canonical;
  for (const char c : text) {
    if (c == '\n') canonical += '\r';
    canonical += c;
  }
  const std::string whole = to_base64(canonical + "\r\n");
  std::string out;
  for (std::size_t at = 0; at < whole.size(); at += line_bytes_max)
    out.append(whole, at, line_bytes_max).append("\r\n");
  return out;
}

}  // namespace

bool is_mail_address(std::string_view text) {
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && text.size() <= 254 && is_dotted(text.substr(0, at), 64, is_atom) &&
         is_dotted(text.substr(at + 1), 253, is_label);
}

std::string_view host_of_address(std::string_view address) {
  const std::size_t at = address.rfind('@');
  return at == std::string_view::npos ? std::string_view() : address.substr(at + 1);
}

std::string encoded_words(std::string_view text, std::size_t used) {
  const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; }) &&
                        text.find("=?") == std::string_view::npos && !text.starts_with(' ') &&
                        !text.ends_with(' ');
  if (is_plain && used + text.size() <= line_bytes_max) return std::string(text);
  std::string out;
  while (!text.empty()) {
    // A word has at most 75 bytes, and a character is never split between two of them.
    const std::string_view part = beginning(text, room(out.empty() ? line_bytes_max - used : 75));
    out += fmt::format("{}{}{}{}", out.empty() ? "" : "\r\n ", word_begin, to_base64(part), word_end);
    text.remove_prefix(part.size());
  }
  return out;
}

Result<std::string> mail_for(const Message& message, const Recipient& to, std::string_view from) {
  if (!is_mail_address(from))
    return fail(ErrorCode::invalid, "The channel's from is no e-mail address. Correct it in the catalog.");
  if (!is_mail_address(to.email))
    return fail(ErrorCode::invalid, fmt::format("{} has no e-mail address that can be written to. Correct it "
                                                "in the catalog.",
                                                on_one_line(to.person, 64)));
  const std::string_view host = host_of_address(from);
  std::string mail;
  const auto field = [&mail](std::string_view name, std::string_view value) {
    mail.append(name).append(": ").append(value).append("\r\n");
  };
  field("Date", mail_date(message.at));
  field("From", mailbox("Postern", from, 6));
  field("To", mailbox(to.name, to.email, 4));
  // A field of more than one line may break before its value: ids can be long.
  mail += "Message-ID:\r\n " + message_id(message.id, host) + "\r\n";
  if (!message.about.empty()) {
    const std::string thread = thread_id(message.about, host);
    mail += "In-Reply-To:\r\n " + thread + "\r\nReferences:\r\n " + thread + "\r\n";
  }
  field("Subject", encoded_words(on_one_line(message.title, title_bytes_max), 9));
  field("Auto-Submitted", "auto-generated");
  if (is_dotted(message.kind, 64, is_atom)) field("X-Postern-Kind", message.kind);
  if (message.language == "en" || message.language == "ja") field("Content-Language", message.language);
  field("MIME-Version", "1.0");
  field("Content-Type", "text/plain; charset=utf-8");
  field("Content-Transfer-Encoding", "base64");
  return mail + "\r\n" + encoded_body(body_with_link(message));
}

}  // namespace postern::notify
