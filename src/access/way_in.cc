#include "access/way_in.h"

#include <algorithm>
#include <utility>

#include "aws/arn.h"
#include "base/encoding.h"

namespace postern::access {
namespace {

constexpr std::chrono::milliseconds lock_deadline{60'000};
/// What every role allows: no role's maximum is less.
constexpr seconds emergency_duration_allowed{3600};
/// The least that AWS gives.
constexpr seconds emergency_duration_unkept{900};
/// How far this machine's clock and the server's may disagree when a plan is judged.
constexpr seconds clocks_apart_max{600};

wallet::Keys keys_of(const aws::Credentials& credentials) {
  return {.access_key_id = credentials.access_key_id,
          .secret_access_key = credentials.secret_access_key,
          .session_token = credentials.session_token,
          .expires_at = *credentials.expires_at};
}

aws::Credentials credentials_of(const wallet::Keys& keys) {
  return {.access_key_id = keys.access_key_id,
          .secret_access_key = keys.secret_access_key,
          .session_token = keys.session_token,
          .expires_at = keys.expires_at};
}

/// The catalog's order, but where AWS answered last comes first, so that a dead Region costs its time-out
/// once and not at every renewal.
std::vector<std::string> regions_in_order(std::vector<std::string> regions, const std::string& last) {
  const auto found = std::find(regions.begin(), regions.end(), last);
  if (found != regions.end()) std::rotate(regions.begin(), found, found + 1);
  return regions;
}

/// One call of way_in: what it knows, and what it is doing.
class Walk {
 public:
  Walk(const wallet::Name& name, const Ways& ways) : name_(name), ways_(ways), wallet_(ways.wallet) {}
  Result<WayIn> go();

 private:
  Result<WayIn> begin();
  Result<WayIn> renew();
  Result<WayIn> renew_or_begin();
  Result<WayIn> take_hop_two(const Plan& plan, aws::Sts& sts);
  void tell(const std::string& session, const json::Value& what);
  void tell_what_is_owed();
  Result<void> check_pause();
  [[nodiscard]] Result<void> check_plan(const Plan& plan) const;
  Result<Plan> plan();
  [[nodiscard]] seconds emergency_duration(const Plan& plan) const;
  Result<Taken> take_hop_one(Plan plan, const aws::Credentials& key, aws::Sts& sts);
  Result<void> enter_emergency_account(const Plan& plan, const aws::Credentials& key, aws::Sts& sts);

  [[nodiscard]] aws::Sts sts_for(const Plan& plan) const {
    return aws::Sts({.regions = regions_in_order(plan.regions, kept_ ? kept_->region : ""),
                     .endpoint_url = ways_.sts_endpoint},
                    ways_.http, ways_.clock);
  }
  [[nodiscard]] WayIn handed_out(bool is_new) const {
    return {.keys = *kept_->target,
            .region = kept_->region,
            .session = kept_->session,
            .target_role = kept_->target_role,
            .is_new = is_new,
            .is_kept = is_kept_};
  }
  /// A wallet that cannot be written costs another MFA code later, but nobody their way in now.
  void keep() { is_kept_ = wallet_ != nullptr && wallet_->keep(name_, *kept_); }
  void forget() {
    if (wallet_ != nullptr) wallet_->forget(name_);
    kept_.reset();
  }

  const wallet::Name& name_;
  const Ways& ways_;
  const wallet::Wallet* wallet_;  ///< nullptr also when it cannot be used now
  std::optional<wallet::Kept> kept_ = {};
  bool is_over_ = false;  ///< the server has said so
  bool paused_ = false;   ///< nothing was tried
  bool is_kept_ = false;
};

bool says_no(const Error& error) {
  return error.code == ErrorCode::conflict || error.code == ErrorCode::forbidden ||
         error.code == ErrorCode::not_found;
}

Result<WayIn> Walk::go() {
  std::optional<wallet::Lock> lock;
  if (wallet_ != nullptr) {
    // What is good is handed out without waiting for anybody: files are replaced whole.
    kept_ = TRY(wallet_->find(name_));
    is_kept_ = kept_.has_value();
    if (kept_ && wallet::is_usable(*kept_, ways_.clock.wall())) return handed_out(false);
    Result<wallet::Lock> locked = wallet_->lock(name_, lock_deadline);
    if (!locked && !ways_.person) return tl::unexpected(locked.error());
    if (locked) {
      lock.emplace(*std::move(locked));
      kept_ = TRY(wallet_->find(name_));
    } else {
      wallet_ = nullptr;
    }
    is_kept_ = kept_.has_value() && wallet_ != nullptr;
  }
  const Instant now = ways_.clock.wall();
  if (kept_ && wallet::is_usable(*kept_, now)) return handed_out(false);
  const std::optional<wallet::Kept> before = kept_;
  Result<WayIn> way = kept_ && wallet::can_renew(*kept_, now) ? renew_or_begin() : begin();
  if (way && wallet_ != nullptr) wallet_->forget_failure(name_);
  if (way) return way;
  if (wallet_ != nullptr && !ways_.person && !paused_) wallet_->note_failure(name_, ways_.clock.wall());
  // Renewed ahead of time, they are still good: trouble must not take them away early.
  if (is_over_ || !before || !before->target ||
      before->target->expires_at - ways_.clock.wall() <= wallet::margin)
    return way;
  kept_ = before;
  WayIn old = handed_out(false);
  old.trouble = way.error().message;
  return old;
}

/// Each attempt is an entry in the ledger, and tools that got no credentials ask again at once.
Result<void> Walk::check_pause() {
  if (ways_.person || wallet_ == nullptr) return {};
  const std::optional<Instant> last = wallet_->last_failure(name_);
  const Instant now = ways_.clock.wall();
  if (!last || now < *last || now - *last >= pause_after_failure) return {};
  paused_ = true;
  return fail(ErrorCode::unavailable,
              "Renewing the credentials of " + name_.grant + " failed a moment ago, and is tried every " +
                  to_text(pause_after_failure) + " at most. To see why: postern access " + name_.grant);
}

/// The server has answered, so telling it again would change nothing.
bool is_settled(const Result<void>& told) {
  return told || says_no(told.error()) || told.error().code == ErrorCode::invalid;
}

void Walk::tell(const std::string& session, const json::Value& what) {
  const Result<void> told = ways_.recorder.report(session, what);
  if (!is_settled(told) && wallet_ != nullptr)
    wallet_->owe_report(name_, session + " " + json::canonical(what));
}

/// Reports that did not arrive when they were due: in their order, up to the first that does not arrive now.
void Walk::tell_what_is_owed() {
  if (wallet_ == nullptr) return;
  bool arrives = true;
  for (const std::string& owed : wallet_->take_owed_reports(name_)) {
    const std::size_t space = owed.find(' ');
    const Result<json::Value> what = json::parse(owed.substr(std::min(space, owed.size() - 1) + 1));
    if (!what) continue;
    arrives = arrives && is_settled(ways_.recorder.report(owed.substr(0, space), *what));
    if (!arrives) wallet_->owe_report(name_, owed);
  }
}

Result<Plan> Walk::plan() {
  TRY(check_pause());
  tell_what_is_owed();
  Result<Plan> planned = ways_.recorder.open_session();
  if (!planned && says_no(planned.error())) {
    is_over_ = true;
    forget();
  }
  if (!planned) return planned;
  if (const Result<void> fits = check_plan(*planned); !fits) {
    tell(planned->session, json::Object{{"failure", fits.error().message}});
    return tl::unexpected(fits.error());
  }
  return planned;
}

/// The server is believed about a grant's details, but not that they are somebody else's or lead somewhere
/// else.
Result<void> Walk::check_plan(const Plan& plan) const {
  const std::string account = TRY(aws::parse_role_arn(plan.target_role_arn)).account.text();
  const seconds left = std::chrono::ceil<seconds>(plan.grant_until - ways_.clock.wall());
  const char* fault = nullptr;
  if (plan.source_identity != name_.person) fault = "it is for another person";
  if (plan.role_session_name != name_.grant + "." + plan.session) fault = "it does not name this grant";
  if (plan.emergency_duration > std::max(left, emergency_duration_unkept) + clocks_apart_max)
    fault = "its first hop would outlive the grant";
  if (ways_.account_asked && *ways_.account_asked != account)
    fault = "it leads to another account than was asked for";
  if (fault == nullptr) return {};
  return fail(ErrorCode::damaged, "The server's plan for a session of " + name_.grant +
                                      " is not what this grant can mean: " + fault + " (" +
                                      sanitized(plan.target_role_arn, Lines::replace) +
                                      "). Your key and code were not used. Tell the security team.");
}

Result<WayIn> Walk::begin() {
  if (!ways_.person)
    return fail(ErrorCode::unauthenticated, "Nothing usable of grant " + name_.grant +
                                                " is kept on this machine: it is closed, has run out, or "
                                                "needs your MFA code. Run: postern access " +
                                                name_.grant);
  const aws::Credentials key = TRY(ways_.person->access_key());
  if (!key.session_token.empty())
    return fail(ErrorCode::invalid,
                "The access key in use is itself of a session (AWS_SESSION_TOKEN is set, perhaps by an "
                "earlier `--env`). The "
                "first hop needs your own long-lived key: unset AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and "
                "AWS_SESSION_TOKEN, or name your profile with --aws-profile.");
  const Plan planned = TRY(plan());
  aws::Sts sts = sts_for(planned);
  const Result<void> entered = enter_emergency_account(planned, key, sts);
  if (!entered) {
    tell(planned.session, json::Object{{"failure", entered.error().message}});
    return tl::unexpected(entered.error());
  }
  Result<WayIn> way = take_hop_two(planned, sts);
  if (way || (wallet_ != nullptr && !says_no(way.error()))) return way;
  Error error = std::move(way).error();
  error.message += " The MFA code is spent: wait for the next one before trying again.";
  return tl::unexpected(std::move(error));
}

/// Hop one lives as long as the grant where it can be kept, and no longer than hop two needs it where it
/// cannot.
seconds Walk::emergency_duration(const Plan& plan) const {
  if (wallet_ == nullptr) return emergency_duration_unkept;
  return wallet_->is_one_hour_only(name_) ? std::min(plan.emergency_duration, emergency_duration_allowed)
                                          : plan.emergency_duration;
}

Result<Taken> Walk::take_hop_one(Plan plan, const aws::Credentials& key, aws::Sts& sts) {
  const Secret mfa_code = TRY(ways_.person->mfa_code(plan));
  plan.emergency_duration = emergency_duration(plan);
  Result<Taken> taken = take_emergency_role(plan, key, mfa_code, sts);
  const bool is_too_long = !taken && aws::is_longer_than_role_allows(taken.error());
  if (!is_too_long || plan.emergency_duration <= emergency_duration_allowed) return taken;
  if (wallet_ != nullptr) wallet_->note_one_hour_only(name_);
  plan.emergency_duration = emergency_duration_allowed;
  taken = take_emergency_role(plan, key, mfa_code, sts);
  if (taken) return taken;
  Error error = std::move(taken).error();
  error.message =
      "The emergency role allows sessions of one hour only, and finding that out may have used up the MFA "
      "code. Wait "
      "for the next code and try again: one hour will be asked for. " +
      error.message;
  return tl::unexpected(std::move(error));
}

Result<void> Walk::enter_emergency_account(const Plan& plan, const aws::Credentials& key, aws::Sts& sts) {
  const Taken emergency = TRY(take_hop_one(plan, key, sts));
  kept_ = wallet::Kept{.grant_until = plan.grant_until,
                       .emergency_role = plan.emergency_role_arn,
                       .target_role = plan.target_role_arn,
                       .emergency = keys_of(emergency.credentials),
                       .region = emergency.region};
  keep();
  return {};
}

Result<WayIn> Walk::renew() {
  const Plan planned = TRY(plan());
  if (planned.emergency_role_arn != kept_->emergency_role || planned.target_role_arn != kept_->target_role) {
    const std::string why = "The catalog names other roles for this grant now.";
    tell(planned.session, json::Object{{"failure", why}});
    return fail(ErrorCode::conflict, why);
  }
  aws::Sts sts = sts_for(planned);
  return take_hop_two(planned, sts);
}

/// A session that AWS takes no more (revoked, or of a role that was changed) is no way in, but the beginning
/// may be.
Result<WayIn> Walk::renew_or_begin() {
  Result<WayIn> way = renew();
  if (way || is_over_ || !says_no(way.error())) return way;
  Error refusal = std::move(way).error();
  if (!ways_.person) {
    refusal.message += " Run: postern access " + name_.grant;
    return tl::unexpected(std::move(refusal));
  }
  way = begin();
  if (way) return way;
  Error error = std::move(way).error();
  error.message += " Before that, renewing without a code was refused: " + refusal.message;
  return tl::unexpected(std::move(error));
}

Result<WayIn> Walk::take_hop_two(const Plan& plan, aws::Sts& sts) {
  const Result<Taken> target = take_target_role(plan, credentials_of(kept_->emergency), sts);
  if (!target) {
    tell(plan.session, json::Object{{"failure", target.error().message}});
    return tl::unexpected(target.error());
  }
  tell(plan.session, report_of(*target, kept_->emergency.access_key_id));
  kept_->grant_until = plan.grant_until;
  kept_->target = keys_of(target->credentials);
  kept_->session = plan.session;
  kept_->target_role = plan.target_role_arn;
  kept_->renew_at = wallet::renew_at(ways_.clock.wall(), kept_->target->expires_at);
  kept_->region = target->region;
  keep();
  return handed_out(true);
}

}  // namespace

Result<WayIn> way_in(const wallet::Name& name, const Ways& ways) { return Walk(name, ways).go(); }

}  // namespace postern::access
