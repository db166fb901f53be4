#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace postern {

/// True for 1 to 64 characters of [a-z0-9A-Z._-] that start with a letter or digit. Nothing in an id needs
/// escaping in a URL path, a shell word, a log line, an AWS session name or a Markdown text.
bool is_plain_id(std::string_view text);

/// An identifier that only equals its own kind: a GrantId is never taken for a SessionId. Made only by
/// parsing.
template <class Kind>
class Id {
 public:
  static Result<Id> parse(std::string_view text) {
    if (!is_plain_id(text))
      return fail(ErrorCode::invalid, std::string(Kind::name) +
                                          " ids have 1 to 64 characters of a-z, A-Z, 0-9, '.', '_' and '-'.");
    return Id(std::string(text));
  }
  [[nodiscard]] const std::string& text() const { return text_; }
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  explicit Id(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// An identifier that Postern counts up itself and that people say over the phone: E-3, R-7, G-12, S-40, O-2.
template <class Kind>
class Number {
 public:
  /// `value` counts from 1.
  explicit constexpr Number(std::uint64_t value) : value_(value) {}
  static Result<Number> parse(std::string_view text) {
    std::uint64_t value = 0;
    if (text.size() < 3 || text.size() > 20 || text[0] != Kind::letter || text[1] != '-' || text[2] == '0')
      return malformed();
    for (const char c : text.substr(2)) {
      if (c < '0' || c > '9') return malformed();
      value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return Number(value);
  }
  [[nodiscard]] std::string text() const { return std::string{Kind::letter, '-'} + std::to_string(value_); }
  [[nodiscard]] constexpr std::uint64_t value() const { return value_; }
  friend auto operator<=>(const Number&, const Number&) = default;

 private:
  static tl::unexpected<Error> malformed() {
    return fail(ErrorCode::invalid, std::string(Kind::name) + " ids look like " + Kind::letter + "-1.");
  }
  std::uint64_t value_;
};

struct PersonKind {
  static constexpr const char* name = "Person";
};
struct GroupKind {
  static constexpr const char* name = "Group";
};
struct ModeKind {
  static constexpr const char* name = "Failure mode";
};
struct ProcessKind {
  static constexpr const char* name = "Process";
};
struct ProbeKind {
  static constexpr const char* name = "Probe";
};
struct EmergencyKind {
  static constexpr const char* name = "Emergency";
  static constexpr char letter = 'E';
};
struct RequestKind {
  static constexpr const char* name = "Request";
  static constexpr char letter = 'R';
};
struct GrantKind {
  static constexpr const char* name = "Grant";
  static constexpr char letter = 'G';
};
struct SessionKind {
  static constexpr const char* name = "Session";
  static constexpr char letter = 'S';
};

struct OverrideKind {
  static constexpr const char* name = "Override";
  static constexpr char letter = 'O';
};

struct NoticeIdKind {
  static constexpr const char* name = "Notice";
  static constexpr char letter = 'N';
};
struct ServiceKind {
  static constexpr const char* name = "Service";
};

using PersonId = Id<PersonKind>;
using GroupId = Id<GroupKind>;
using ModeId = Id<ModeKind>;
using ProcessId = Id<ProcessKind>;
using ProbeId = Id<ProbeKind>;
using EmergencyId = Number<EmergencyKind>;
using RequestId = Number<RequestKind>;
using GrantId = Number<GrantKind>;
using SessionId = Number<SessionKind>;
using OverrideId = Number<OverrideKind>;
using NoticeId = Number<NoticeIdKind>;
using ServiceId = Id<ServiceKind>;

/// An AWS account id: twelve digits.
class AccountId {
 public:
  static Result<AccountId> parse(std::string_view text);
  [[nodiscard]] const std::string& text() const { return text_; }
  friend auto operator<=>(const AccountId&, const AccountId&) = default;

 private:
  explicit AccountId(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace postern
