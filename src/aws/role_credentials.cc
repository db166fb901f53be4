#include "aws/role_credentials.h"

#include <algorithm>
#include <map>
#include <mutex>

namespace postern::aws {
namespace {

constexpr const char* session_name = "postern-read";
constexpr std::chrono::seconds session_duration{900};
constexpr std::chrono::minutes margin{5};
constexpr std::chrono::seconds refusal_lasts{30};
// A catalog names a few; older ones of catalogs that were replaced are forgotten.
constexpr std::size_t roles_max = 64;

/// What is known of one role.
struct Known {
  std::mutex mutex = {};
  std::optional<Result<Credentials>> answer = {};
  milliseconds until{0};  ///< on the clock that never jumps
};

/// How long an answer may be given again. The session's own length bounds it, so that a wall clock that is
/// wrong keeps no session beyond its end.
milliseconds lasts(const Result<Credentials>& answer, Instant now) {
  if (!answer) return refusal_lasts;
  const milliseconds left = answer->expires_at.value_or(now) - now;
  return std::min<milliseconds>(left, session_duration) - margin;
}

/// The wall clock is asked too: the other one may stand still while the machine sleeps.
bool is_good(const Known& known, const Clock& clock) {
  if (!known.answer || clock.steady() >= known.until) return false;
  const Result<Credentials>& answer = *known.answer;
  return !answer || clock.wall() + margin < answer->expires_at.value_or(Instant{});
}

}  // namespace

struct RoleCredentials::State {
  Environment environment;
  std::optional<std::string> profile;
  Sts& sts;
  const Clock& clock;
  std::mutex mutex = {};
  std::map<std::string, std::shared_ptr<Known>> roles = {};  ///< guarded by `mutex`

  std::shared_ptr<Known> known(const std::string& role_arn);
  Result<Credentials> assume(const std::string& role_arn, const Credentials& own) const;
};

std::shared_ptr<Known> RoleCredentials::State::known(const std::string& role_arn) {
  const std::scoped_lock lock(mutex);
  if (roles.size() >= roles_max && !roles.contains(role_arn)) roles.clear();
  std::shared_ptr<Known>& at = roles[role_arn];
  if (at == nullptr) at = std::make_shared<Known>();
  return at;
}

Result<Credentials> RoleCredentials::State::assume(const std::string& role_arn,
                                                   const Credentials& own) const {
  AssumedRole role = TRY(sts.assume_role({.role_arn = role_arn,
                                          .role_session_name = session_name,
                                          .source_identity = "",
                                          .duration = session_duration},
                                         own));
  return std::move(role.credentials);
}

RoleCredentials::RoleCredentials(Environment environment, std::optional<std::string> profile, Sts& sts,
                                 const Clock& clock)
    : state_(new State{
          .environment = std::move(environment), .profile = std::move(profile), .sts = sts, .clock = clock}) {
}

RoleCredentials::~RoleCredentials() = default;

Result<Credentials> RoleCredentials::of(const std::string& role_arn) {
  // Also for a role whose session is kept: a host whose key was taken away must not go on with it.
  const Credentials own = TRY(load_credentials(state_->environment, state_->profile));
  if (role_arn.empty()) return own;
  const std::shared_ptr<Known> known = state_->known(role_arn);
  const std::scoped_lock lock(known->mutex);
  if (!is_good(*known, state_->clock)) {
    known->answer = state_->assume(role_arn, own);
    known->until = state_->clock.steady() + lasts(*known->answer, state_->clock.wall());
  }
  return *known->answer;
}

}  // namespace postern::aws
