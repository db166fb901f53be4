#include "sandbox/pretend_aws.h"

#include <algorithm>

#include "aws/arn.h"
#include "base/result.h"

namespace postern::sandbox {
PretendAws::PretendAws(PretendAwsOptions options, const Clock& clock, Random& random)
    : options_(std::move(options)), clock_(clock), started_(clock.wall()), random_(random) {
  for (std::size_t i = 0; i < options_.users.size(); ++i) {
    const PretendUser& user = options_.users[i];
    const std::string arn = user_arn(options_.emergency_account, user.name);
    const bool is_new =
        keyring_
            .emplace(user.access_key_id, Key{.credentials = {.access_key_id = user.access_key_id,
                                                             .secret_access_key = user.secret_access_key,
                                                             .session_token = {}},
                                             .principal = {.kind = Principal::Kind::user,
                                                           .arn = arn,
                                                           .user_id = unique_id("AIDA", arn),
                                                           .account = options_.emergency_account,
                                                           .index = i}})
            .second;
    ENSURE(is_new && user.access_key_id.size() >= 16 && aws::is_session_name(user.name) &&
           !user.secret_access_key.empty() && !user.totp_seed.empty());
    ENSURE(mfa_used_until_.emplace(user.name, 0).second);
  }
  std::set<AccountId> accounts;
  for (const TargetAccount& target : options_.targets) {
    ENSURE(accounts.insert(target.account).second);
    ENSURE(0 <= target.group.min && target.group.min <= target.group.desired &&
           target.group.desired <= target.group.max);
    groups_.push_back(target.group);
  }
}

http::Response PretendAws::handle(const http::Request& request) {
  const std::lock_guard lock(mutex_);
  const Instant now = clock_.wall();
  http::Response response = answer(request, now, random_name(24));
  response.headers["date"] = http_date(now);
  return response;
}

http::Response PretendAws::answer(const http::Request& request, Instant now, const std::string& request_id) {
  const Answer<QueryCall> query = read_call(request);
  if (!query) return failure(Service::sts, query.error(), request_id);
  const Answer<Signer> signer = signer_of(request, query->service, keyring_, options_.regions, now);
  if (!signer) return failure(query->service, signer.error(), request_id);

  Call call{.at = now,
            .event_name = query->action,
            .principal_arn = signer->principal.arn,
            .source_identity = signer->principal.source_identity,
            .account = signer->principal.account.text(),
            .error_code = ""};
  const Answer<std::string> result = run(*query, *signer, now, call);
  if (!result) call.error_code = result.error().code;
  remember(std::move(call));
  return result ? success(*query, *result, request_id) : failure(query->service, result.error(), request_id);
}

Answer<std::string> PretendAws::run(const QueryCall& query, const Signer& signer, Instant now, Call& call) {
  switch (query.service) {
    case Service::sts:
      if (query.action == "AssumeRole") return assume_role(query, signer.principal, now, call);
      if (query.action == "GetCallerIdentity") return caller_identity(query, signer.principal);
      break;
    case Service::auto_scaling:
      if (query.action == "DescribeAutoScalingGroups" || query.action == "UpdateAutoScalingGroup") {
        if (signer.principal.kind != Principal::Kind::target_session)
          return tl::unexpected(not_authorized(signer.principal, "autoscaling:" + query.action, "*"));
        return query.action == "UpdateAutoScalingGroup" ? update_group(query, signer)
                                                        : describe_groups(query, signer);
      }
      break;
  }
  call.event_name = "unknown";  // never the caller's own text in the record
  return refuse(400, "InvalidAction", "The pretend AWS does not know the operation " + query.action + ".");
}

std::vector<Call> PretendAws::calls() const {
  const std::lock_guard lock(mutex_);
  return {calls_.begin(), calls_.end()};
}

AutoScalingGroup PretendAws::group(const AccountId& account) const {
  const std::lock_guard lock(mutex_);
  const auto target = std::find_if(options_.targets.begin(), options_.targets.end(),
                                   [&](const TargetAccount& each) { return each.account == account; });
  ENSURE(target != options_.targets.end());
  return groups_[static_cast<std::size_t>(target - options_.targets.begin())];
}

std::string PretendAws::random_name(std::size_t size) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string name = random_.bytes(size);
  for (char& c : name) c = letters[static_cast<unsigned char>(c) % letters.size()];
  return name;
}

void PretendAws::remember(Call call) {
  if (calls_.size() == calls_max) calls_.pop_front();
  calls_.push_back(std::move(call));
}

}  // namespace postern::sandbox
