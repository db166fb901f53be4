#include "aws/sts.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "aws/arn.h"
#include "aws/query.h"
#include "aws/sts_refusal.h"
#include "base/encoding.h"

namespace postern::aws {
namespace {

constexpr std::string_view api_version = "2011-06-15";
constexpr std::chrono::seconds duration_min{900};
constexpr std::chrono::seconds duration_max{43200};
constexpr std::chrono::seconds chained_duration_max{3600};
constexpr std::size_t session_policy_bytes_max = 2048;

bool is_token_code(std::string_view text) {
  return text.size() == 6 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// A device's ARN or a hardware device's serial number: [\w+=/:,.@-]{9,256}.
bool is_serial_number(std::string_view text) {
  return text.size() >= 9 && text.size() <= 256 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("_+=/:,.@-").find(c) != std::string_view::npos;
         });
}

bool is_access_key_id(std::string_view text) {
  return text.size() >= 16 && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
         });
}

/// What AWS would refuse anyway; found out here, it costs no MFA code.
Result<void> check(const AssumeRole& request, const Credentials& credentials) {
  TRY(parse_role_arn(request.role_arn));
  if (!is_session_name(request.role_session_name))
    return fail(ErrorCode::invalid,
                "A role session name has 2 to 64 characters of a-z, A-Z, 0-9 and _+=,.@-.");
  if (!request.source_identity.empty() &&
      (!is_session_name(request.source_identity) || request.source_identity.starts_with("aws:")))
    return fail(ErrorCode::invalid, "A source identity has 2 to 64 characters of a-z, A-Z, 0-9 and _+=,.@-.");
  if (request.duration < duration_min || request.duration > duration_max)
    return fail(ErrorCode::invalid, "A role's session lasts 15m to 12h. Ask for a duration in between.");
  if (!credentials.session_token.empty() && request.duration > chained_duration_max)
    return fail(ErrorCode::invalid,
                "A session taken from another session lasts at most one hour, and AWS refuses more. Ask for "
                "1h or less.");
  if (request.session_policy.size() > session_policy_bytes_max)
    return fail(ErrorCode::invalid, "A session policy has at most 2048 characters.");
  if (request.mfa && !is_serial_number(request.mfa->serial_number))
    return fail(
        ErrorCode::invalid,
        "The MFA device's serial number is not usable. It looks like arn:aws:iam::123456789012:mfa/name.");
  if (request.mfa && !is_token_code(request.mfa->token_code.reveal()))
    return fail(ErrorCode::invalid, "An MFA code has six digits. Type the one that your device shows now.");
  return {};
}

/// Tokens may be broken into indented lines; no credential holds white space.
Secret without_white_space(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text)
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') out += c;
  return Secret(std::move(out));
}

tl::unexpected<Error> unreadable(const std::string& region, const char* what) {
  return fail(ErrorCode::unavailable, "STS in " + region + " said yes, but its answer has no usable " + what +
                                          ". Try again, with another Region first.");
}

Result<AssumedRole> read_assumed_role(const xml::Element& root, const std::string& region) {
  const xml::Element* result = root.find("AssumeRoleResult");
  if (result == nullptr) return unreadable(region, "result");
  AssumedRole out;
  out.region = region;
  out.credentials.access_key_id = result->text_at("Credentials/AccessKeyId");
  out.credentials.secret_access_key = without_white_space(result->text_at("Credentials/SecretAccessKey"));
  out.credentials.session_token = without_white_space(result->text_at("Credentials/SessionToken"));
  const Result<Instant> expires_at = parse_rfc3339(result->text_at("Credentials/Expiration"));
  if (!is_access_key_id(out.credentials.access_key_id)) return unreadable(region, "access key id");
  if (out.credentials.secret_access_key.empty()) return unreadable(region, "secret access key");
  if (out.credentials.session_token.empty()) return unreadable(region, "session token");
  if (!expires_at) return unreadable(region, "expiration");
  out.credentials.expires_at = *expires_at;
  out.arn = result->text_at("AssumedRoleUser/Arn");
  out.assumed_role_id = result->text_at("AssumedRoleUser/AssumedRoleId");
  if (out.arn.empty() || out.arn.size() > 2048) return unreadable(region, "ARN");
  return out;
}

struct Trouble {
  enum class Kind { not_reached, refused };
  Kind kind;
  std::string region;
  std::string message;
  std::string detail;
};

tl::unexpected<Error> nobody_answered(const std::vector<Trouble>& troubles) {
  std::string message = "No STS endpoint could help. ";
  std::string detail;
  for (const Trouble& each : troubles) {
    message += each.region + ": " + each.message + " ";
    if (!each.detail.empty()) detail += (detail.empty() ? "" : "; ") + each.region + ": " + each.detail;
  }
  const bool all_refused = std::all_of(troubles.begin(), troubles.end(), [](const Trouble& each) {
    return each.kind == Trouble::Kind::refused;
  });
  message +=
      all_refused
          ? "AWS was reached: try again in a minute, and name more Regions in the catalog."
          : "Check this machine's network and name resolution; if AWS is in trouble, name more Regions "
            "in the catalog. Then try again.";
  return fail(ErrorCode::unavailable, message, detail);
}

/// What came back, and from where.
struct Answered {
  xml::Element document;
  std::string region;
};

}  // namespace

struct Sts::State {
  Options options;
  http::Client& client;
  const Clock& clock;
  std::mutex mutex = {};
  std::map<std::string, milliseconds> failed_at = {};  ///< by Region, on the steady clock; guarded by `mutex`

  std::vector<std::string> regions_in_order();
  void remember(const std::string& region, bool failed);
  Result<Answered> ask_somewhere(const Form& form, const Credentials& credentials, Attempt attempt);
};

/// Those that failed lately come last, but they do come: all may have failed, and a good one may have
/// recovered.
std::vector<std::string> Sts::State::regions_in_order() {
  if (options.endpoint_url) return {options.regions.front()};
  const std::scoped_lock lock(mutex);
  const milliseconds now = clock.steady();
  std::vector<std::string> out;
  std::vector<std::string> failed;
  for (const std::string& region : options.regions) {
    const auto at = failed_at.find(region);
    const bool failed_lately = at != failed_at.end() && now - at->second < options.avoid_failed_for;
    (failed_lately ? failed : out).push_back(region);
  }
  out.insert(out.end(), failed.begin(), failed.end());
  return out;
}

void Sts::State::remember(const std::string& region, bool failed) {
  const std::scoped_lock lock(mutex);
  if (failed) failed_at[region] = clock.steady();
  if (!failed) failed_at.erase(region);
}

Result<Answered> Sts::State::ask_somewhere(const Form& form, const Credentials& credentials,
                                           Attempt attempt) {
  std::vector<Trouble> troubles;
  for (const std::string& region : regions_in_order()) {
    attempt.region = region;
    const Endpoint endpoint = TRY(endpoint_of("sts", region, options.endpoint_url));
    Result<Answer> answer =
        ask(client, endpoint, form, credentials, clock.wall(), {options.connect_deadline, options.deadline});
    if (!answer) {
      remember(region, true);
      troubles.push_back({Trouble::Kind::not_reached, region, answer.error().message, answer.error().detail});
      attempt.unanswered_regions.push_back(region);
      continue;
    }
    const Refusal* refusal = std::get_if<Refusal>(&*answer);
    const bool try_next = refusal != nullptr && concerns_the_endpoint_only(*refusal);
    remember(region, try_next);
    if (refusal == nullptr) return Answered{std::get<xml::Element>(*std::move(answer)), region};
    const Error error = explain(*refusal, attempt);
    if (!try_next) return tl::unexpected(error);
    troubles.push_back({Trouble::Kind::refused, region, error.message, error.detail});
  }
  return nobody_answered(troubles);
}

bool is_longer_than_role_allows(const Error& error) {
  // The one place where AWS says which limit it was is its own text, which explain() puts into the detail.
  return error.code == ErrorCode::invalid && error.detail.find("MaxSessionDuration") != std::string::npos;
}

Sts::Sts(Options options, http::Client& client, const Clock& clock)
    : state_(new State{.options = std::move(options), .client = client, .clock = clock}) {
  ENSURE(!state_->options.regions.empty());
}

Sts::~Sts() = default;

Result<AssumedRole> Sts::assume_role(const AssumeRole& request, const Credentials& credentials) {
  TRY(check(request, credentials));
  Form form("AssumeRole", api_version);
  form.add("RoleArn", request.role_arn);
  form.add("RoleSessionName", request.role_session_name);
  form.add("DurationSeconds", std::to_string(request.duration.count()));
  if (!request.source_identity.empty()) form.add("SourceIdentity", request.source_identity);
  if (!request.session_policy.empty()) form.add("Policy", request.session_policy);
  if (request.mfa) {
    form.add("SerialNumber", request.mfa->serial_number);
    form.add("TokenCode", request.mfa->token_code.reveal());
  }
  const Attempt attempt{
      .kind = credentials.session_token.empty() ? Attempt::Kind::first_hop : Attempt::Kind::chained_hop,
      .mfa = request.mfa ? Attempt::WithMfa::yes : Attempt::WithMfa::no,
      .region = {},
      .role_arn = request.role_arn,
      .source_identity = request.source_identity};
  const Answered answered = TRY(state_->ask_somewhere(form, credentials, attempt));
  return read_assumed_role(answered.document, answered.region);
}

Result<std::string> Sts::caller_identity(const Credentials& credentials) {
  const Form form("GetCallerIdentity", api_version);
  const Answered answered = TRY(state_->ask_somewhere(form, credentials, Attempt{}));
  const std::string_view arn = answered.document.text_at("GetCallerIdentityResult/Arn");
  if (arn.empty() || arn.size() > 2048) return unreadable(answered.region, "ARN");
  return sanitized(arn, Lines::replace);
}

}  // namespace postern::aws
