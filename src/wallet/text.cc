// The wallet's file as text: one "name value" a line, in a fixed order. Not JSON, so that reading it leaves
// no copy of a secret in a parser's memory.
#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "wallet/wallet.h"

namespace postern::wallet {
namespace {

constexpr std::string_view format = "postern-wallet/1";

/// What may stand in a value: no key, ARN or name of ours has anything else.
bool is_one_word(std::string_view text) {
  for (const char c : text)
    if (c <= ' ' || c > '~') return false;
  return !text.empty();
}

/// Writes lines, and remembers whether each value may stand in one.
class Draft {
 public:
  Draft() { text_.reserve(16U << 10U); }  // so that growing leaves no copies behind
  ~Draft() { wipe(text_); }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  void add(std::string_view name, std::string_view value) {
    text_.append(name).append(" ").append(value).append("\n");
    is_good_ = is_good_ && is_one_word(value);
  }
  void add(std::string_view whose, const Keys& keys) {
    const std::string prefix(whose);
    add(prefix + ".access_key_id", keys.access_key_id);
    add(prefix + ".secret_access_key", keys.secret_access_key.reveal());
    add(prefix + ".session_token", keys.session_token.reveal());
    add(prefix + ".expires_at", to_rfc3339(keys.expires_at));
  }
  Result<Secret> finish() {
    if (is_good_) return Secret(std::move(text_));
    return fail(ErrorCode::invalid,
                "AWS's answer holds characters that no key has, so it is not kept. Check AWS_ENDPOINT_URL.");
  }

 private:
  std::string text_;
  bool is_good_ = true;
};

tl::unexpected<Error> damaged() {
  return fail(
      ErrorCode::damaged,
      "What was kept of this grant on this machine cannot be read. Ask for it anew: postern access …");
}

/// Takes lines off the front, each by its expected name.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool next_is(std::string_view name) const {
    return rest_.starts_with(name) && rest_.substr(name.size()).starts_with(' ');
  }
  Result<std::string_view> take(std::string_view name) {
    const std::size_t end = rest_.find('\n');
    if (!next_is(name) || end == std::string_view::npos) return damaged();
    const std::string_view value = rest_.substr(name.size() + 1, end - name.size() - 1);
    if (!is_one_word(value)) return damaged();
    rest_.remove_prefix(end + 1);
    return value;
  }

 private:
  std::string_view rest_;
};

Result<Keys> take_keys(Lines& lines, std::string_view whose) {
  const std::string prefix(whose);
  Keys keys;
  keys.access_key_id = std::string(TRY(lines.take(prefix + ".access_key_id")));
  keys.secret_access_key = Secret::copy_of(TRY(lines.take(prefix + ".secret_access_key")));
  keys.session_token = Secret::copy_of(TRY(lines.take(prefix + ".session_token")));
  keys.expires_at = TRY(parse_rfc3339(TRY(lines.take(prefix + ".expires_at"))));
  return keys;
}

}  // namespace

bool can_renew(const Kept& kept, Instant now) {
  // AWS issues no session shorter than a quarter of an hour, and none outlives its grant.
  return kept.emergency.expires_at - now > margin && kept.grant_until - now >= seconds(900);
}

Instant renew_at(Instant taken_at, Instant expires_at) {
  return expires_at - std::min<milliseconds>(renewed_ahead_max, (expires_at - taken_at) / 4);
}

bool is_usable(const Kept& kept, Instant now) {
  if (!kept.target || kept.target->expires_at - now <= margin) return false;
  return now < kept.renew_at || !can_renew(kept, now);
}

Result<Secret> to_text(const Name& name, const Kept& kept) {
  Draft draft;
  draft.add("format", format);
  draft.add("server", to_base64url(name.server));
  draft.add("person", name.person);
  draft.add("grant", name.grant);
  draft.add("grant_until", to_rfc3339(kept.grant_until));
  draft.add("emergency_role", kept.emergency_role);
  draft.add("target_role", kept.target_role);
  draft.add("region", kept.region);
  draft.add("emergency", kept.emergency);
  if (kept.target) {
    draft.add("session", kept.session);
    draft.add("renew_at", to_rfc3339(kept.renew_at));
    draft.add("target", *kept.target);
  }
  return draft.finish();
}

Result<Kept> parse(std::string_view text, const Name& name) {
  Lines lines(text);
  const std::string server = to_base64url(name.server);
  const std::array<std::pair<std::string_view, std::string_view>, 4> named = {
      {{"format", format}, {"server", server}, {"person", name.person}, {"grant", name.grant}}};
  for (const auto& [member, expected] : named)
    if (TRY(lines.take(member)) != expected) return damaged();
  Kept kept;
  kept.grant_until = TRY(parse_rfc3339(TRY(lines.take("grant_until"))));
  kept.emergency_role = std::string(TRY(lines.take("emergency_role")));
  kept.target_role = std::string(TRY(lines.take("target_role")));
  kept.region = std::string(TRY(lines.take("region")));
  kept.emergency = TRY(take_keys(lines, "emergency"));
  if (lines.next_is("session")) {
    kept.session = std::string(TRY(lines.take("session")));
    kept.renew_at = TRY(parse_rfc3339(TRY(lines.take("renew_at"))));
    kept.target = TRY(take_keys(lines, "target"));
  }
  if (!lines.at_end()) return damaged();
  return kept;
}

Result<Secret> process_answer(const Keys& keys) {
  // Whole seconds: not every tool reads fractions.
  const std::string expiration = to_rfc3339(keys.expires_at).substr(0, 19) + "Z";
  const std::array<std::pair<std::string_view, std::string_view>, 4> members = {
      {{"AccessKeyId", keys.access_key_id},
       {"SecretAccessKey", keys.secret_access_key.reveal()},
       {"SessionToken", keys.session_token.reveal()},
       {"Expiration", expiration}}};
  std::string out;
  out.reserve(16U << 10U);
  out += "{\"Version\":1";
  bool is_plain = true;
  for (const auto& [name, value] : members) {
    out.append(",\"").append(name).append("\":\"").append(value).append("\"");
    is_plain = is_plain && is_one_word(value) && value.find_first_of("\"\\") == std::string_view::npos;
  }
  out += "}\n";
  Secret answer(std::move(out));
  if (!is_plain) return damaged();
  return answer;
}

}  // namespace postern::wallet
