#include "blueprint/blueprint.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "blueprint/policy.h"

namespace postern::blueprint {
namespace {

/// Limits of a role's MaxSessionDuration (IAM API reference, CreateRole).
constexpr seconds role_session_min{3600};
constexpr seconds role_session_max{43200};

/// What all processes together want of one emergency role.
struct EmergencyRole {
  std::string process;            ///< the first that names it
  std::set<std::string> users;    ///< names of IAM users who may take it
  std::set<std::string> targets;  ///< ARNs of the roles it leads to
  seconds session_max = role_session_min;
};
using EmergencyRoles = std::map<std::string, EmergencyRole>;

/// What they want of one target role in one account.
struct TargetRole {
  std::string process;  ///< the first that leads to it; the accounts of a template need not agree on that
  std::set<std::string> trusted;  ///< names of emergency roles
  std::set<std::string> policies;
  friend bool operator==(const TargetRole& a, const TargetRole& b) {
    return a.trusted == b.trusted && a.policies == b.policies;
  }
};
using TargetRoles = std::map<std::string, TargetRole>;

std::string role_arn(const AccountId& account, const std::string& name) {
  return "arn:aws:iam::" + account.text() + ":role/" + name;
}

json::Value reference(const std::string& logical_id) { return json::Object{{"Ref", logical_id}}; }

/// A resource that outlives its stack: whoever deletes the stack must not lock everybody out by it.
json::Value resource(std::string_view type, json::Object properties) {
  return json::Object{{"Type", type},
                      {"DeletionPolicy", "Retain"},
                      {"UpdateReplacePolicy", "Retain"},
                      {"Properties", std::move(properties)}};
}

json::Value template_of(const std::string& description, json::Object parameters, json::Object resources,
                        json::Object outputs) {
  json::Object out{{"AWSTemplateFormatVersion", "2010-09-09"},
                   {"Description", description},
                   {"Resources", std::move(resources)},
                   {"Outputs", std::move(outputs)}};
  if (!parameters.empty()) out.emplace("Parameters", std::move(parameters));
  return out;
}

/// One drawing: what the catalog wants, and what it becomes.
class Drawing {
 public:
  explicit Drawing(const catalog::Catalog& catalog)
      : catalog_(catalog), emergency_(catalog.organization.emergency_account) {}

  Result<Blueprint> draw();

 private:
  void note(std::string text) { out_.notes.push_back(std::move(text)); }
  [[nodiscard]] std::set<std::string> users_of(const catalog::Process& process) const;
  Result<void> collect(const catalog::Process& process);
  Result<void> collect_target(const catalog::Process& process, const catalog::Account& account);
  Result<void> check_sizes(const std::string& what, const json::Value& document, std::size_t size_max,
                           const std::string& hint) const;
  Result<void> draw_emergency_account();
  Result<void> add_emergency_role(const std::string& name, const EmergencyRole& role, json::Object& resources,
                                  json::Object& outputs);
  Result<void> add_targets(const std::string& name, const EmergencyRole& role, json::Object& resources) const;
  Result<json::Value> trust_of(const std::string& name, const EmergencyRole& role);
  Result<void> draw_target_accounts();
  Result<json::Value> target_template(const TargetRoles& roles);
  Result<void> add(Stack stack);

  const catalog::Catalog& catalog_;
  const AccountId& emergency_;
  EmergencyRoles emergency_roles_;
  std::map<AccountId, TargetRoles> targets_;
  Blueprint out_;
};

std::set<std::string> Drawing::users_of(const catalog::Process& process) const {
  std::set<std::string> out;
  for (const GroupId& group : process.who_may_request)
    for (const PersonId& id : catalog_.groups.at(group))
      if (const catalog::Person* person = catalog_.person(id); person != nullptr && person->iam_user)
        out.insert(person->iam_user->name);
  return out;
}

Result<void> Drawing::collect(const catalog::Process& process) {
  if (process.access.mechanism != catalog::Mechanism::iam_user) {
    note(fmt::format("Process {} goes by {}, whose resources these templates do not hold yet.",
                     process.id.text(), catalog::name_of(process.access.mechanism)));
    return {};
  }
  EmergencyRole& role = emergency_roles_[process.access.emergency_role];
  std::set<std::string> users = users_of(process);
  if (!role.process.empty() && role.users != users)
    return fail(ErrorCode::invalid,
                fmt::format("{} and {} share the emergency role {}, and not their requesters: AWS would let "
                            "those of one into "
                            "the accounts of both. Name two roles.",
                            role.process, process.id.text(), process.access.emergency_role));
  role.process = process.id.text();
  role.users = std::move(users);
  role.session_max = std::clamp(process.access.grant_max, role.session_max, role_session_max);
  for (const catalog::Account& account : catalog_.accounts) {
    if (!catalog::covers(process, account)) continue;
    if (account.id == emergency_)
      return fail(ErrorCode::invalid, "Process " + process.id.text() +
                                          " leads into the emergency account itself. Take account " +
                                          emergency_.text() + " out of its targets.");
    role.targets.insert(role_arn(account.id, process.access.target_role));
    TRY(collect_target(process, account));
  }
  return {};
}

Result<void> Drawing::collect_target(const catalog::Process& process, const catalog::Account& account) {
  const std::string& name = process.access.target_role;
  TargetRole& target = targets_[account.id][name];
  const std::set<std::string> policies(process.access.target_policies.begin(),
                                       process.access.target_policies.end());
  if (!target.process.empty() && target.policies != policies)
    return fail(ErrorCode::invalid, fmt::format("{} and {} lead to the role {} in account {}, and want "
                                                "different policies for it. Name two roles.",
                                                target.process, process.id.text(), name, account.id.text()));
  if (policies.size() > managed_policies_max)
    return fail(ErrorCode::invalid,
                fmt::format("{} gives {} {} policies, and a role has at most {}.", process.id.text(), name,
                            policies.size(), managed_policies_max));
  const std::string own = "arn:aws:iam::" + account.id.text() + ":";
  for (const std::string& policy : policies)
    if (!policy.starts_with("arn:aws:iam::aws:") && !policy.starts_with(own))
      return fail(ErrorCode::invalid,
                  fmt::format("{} gives {} in account {} the policy {} of another account, which IAM "
                              "refuses.",
                              process.id.text(), name, account.id.text(), policy));
  target.process = process.id.text();
  target.trusted.insert(process.access.emergency_role);
  target.policies = policies;
  return {};
}

Result<void> Drawing::check_sizes(const std::string& what, const json::Value& document, std::size_t size_max,
                                  const std::string& hint) const {
  if (size_of(document) <= size_max) return {};
  return fail(ErrorCode::invalid, fmt::format("{} would have {} characters, and IAM takes {}. {}", what,
                                              size_of(document), size_max, hint));
}

Result<json::Value> Drawing::trust_of(const std::string& name, const EmergencyRole& role) {
  std::vector<std::string> users;
  for (const std::string& user : role.users)
    users.push_back("arn:aws:iam::" + emergency_.text() + ":user/" + user);
  json::Value trust = emergency_trust(emergency_.text(), users);
  TRY(check_sizes("The trust policy of " + name, trust, trust_policy_size_raised,
                  "Let fewer people request: a process for emergencies has a handful of administrators."));
  if (size_of(trust) > trust_policy_size)
    note(
        fmt::format("The trust policy of {} has {} characters: raise the quota \"Role trust policy length\" "
                    "of account {} "
                    "before you deploy.",
                    name, size_of(trust), emergency_.text()));
  return trust;
}

Result<void> Drawing::add_emergency_role(const std::string& name, const EmergencyRole& role,
                                         json::Object& resources, json::Object& outputs) {
  const std::string id = logical_id("Role", name);
  resources.emplace(id, resource("AWS::IAM::Role",
                                 {{"RoleName", name},
                                  {"Description", "Emergency access: hop one, for named users with MFA"},
                                  {"MaxSessionDuration", static_cast<std::int64_t>(role.session_max.count())},
                                  {"AssumeRolePolicyDocument", TRY(trust_of(name, role))}}));
  TRY(add_targets(name, role, resources));
  json::Array users;
  for (const std::string& user : role.users) users.push_back(reference(logical_id("User", user)));
  resources.emplace(
      logical_id("UsersOf", name),
      resource("AWS::IAM::ManagedPolicy", {{"ManagedPolicyName", "Take-" + name},
                                           {"Users", std::move(users)},
                                           {"PolicyDocument", assume_policy({role_arn(emergency_, name)})}}));
  outputs.emplace(id + "Arn", json::Object{{"Value", json::Object{{"Fn::GetAtt", json::Array{id, "Arn"}}}}});
  return {};
}

/// Every target by its ARN, over as many policies as that takes: a name with any account in front would hand
/// the session to whoever makes a role of that name and trusts us.
Result<void> Drawing::add_targets(const std::string& name, const EmergencyRole& role,
                                  json::Object& resources) const {
  std::vector<std::vector<std::string>> parts(1);
  for (const std::string& target : role.targets) {
    parts.back().push_back(target);
    if (size_of(assume_policy(parts.back())) <= managed_policy_size) continue;
    parts.back().pop_back();
    parts.push_back({target});
  }
  if (parts.size() > managed_policies_max)
    return fail(ErrorCode::invalid, fmt::format("{} leads to {} accounts, more than the {} policies that a "
                                                "role may have can name. Split its accounts over "
                                                "several emergency roles.",
                                                name, role.targets.size(), managed_policies_max));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string named = fmt::format("TargetsOf-{}-{}", name, i + 1);
    resources.emplace(
        logical_id("TargetsOf", name) + std::to_string(i + 1),
        resource("AWS::IAM::ManagedPolicy", {{"ManagedPolicyName", named},
                                             {"Roles", json::Array{reference(logical_id("Role", name))}},
                                             {"PolicyDocument", assume_policy(parts[i])}}));
  }
  return {};
}

Result<void> Drawing::draw_emergency_account() {
  json::Object resources;
  json::Object outputs;
  std::set<std::string> users;
  for (const auto& [name, role] : emergency_roles_) {
    if (role.users.empty() || role.targets.empty())
      return fail(ErrorCode::invalid, "Nobody with an iam_user may take the role " + name +
                                          ", or it leads to no account. See: postern check");
    users.insert(role.users.begin(), role.users.end());
    TRY(add_emergency_role(name, role, resources, outputs));
  }
  for (const std::string& user : users) {
    const auto roles = std::count_if(emergency_roles_.begin(), emergency_roles_.end(),
                                     [&](const auto& each) { return each.second.users.contains(user); });
    if (static_cast<std::size_t>(roles) >= managed_policies_max)
      return fail(ErrorCode::invalid,
                  fmt::format("{} would have {} policies, and an IAM user has at most {}. Use fewer "
                              "emergency roles.",
                              user, roles + 1, managed_policies_max));
  }
  json::Array all_users;
  for (const std::string& user : users) {
    resources.emplace(logical_id("User", user), resource("AWS::IAM::User", {{"UserName", user}}));
    all_users.push_back(reference(logical_id("User", user)));
  }
  resources.emplace("EmergencyUsers", resource("AWS::IAM::ManagedPolicy",
                                               {{"ManagedPolicyName", "EmergencyUsers"},
                                                {"Users", std::move(all_users)},
                                                {"PolicyDocument", user_policy(emergency_.text())}}));
  note(
      fmt::format("No template can hold secrets. For each of {} in account {}, by hand: a strong password "
                  "kept apart from the "
                  "MFA device, a TOTP device under the serial that the catalog names, and an access key.",
                  fmt::join(users, ", "), emergency_.text()));
  note("Turn password expiry off in the emergency account: it would lock people out on the worst night.");
  return add({.name = "postern-emergency-account",
              .file = "emergency-account",
              .body = template_of(
                  "Postern: emergency account. Named users and the roles that they take in an emergency.", {},
                  std::move(resources), std::move(outputs)),
              .accounts = {emergency_}});
}

Result<json::Value> Drawing::target_template(const TargetRoles& roles) {
  json::Object parameters;
  json::Object resources;
  json::Object outputs;
  for (const auto& [name, role] : roles) {
    const std::string id = logical_id("Role", name);
    std::vector<std::string> trusted;
    for (const std::string& each : role.trusted) trusted.push_back(role_arn(emergency_, each));
    const json::Value trust = target_trust(emergency_.text(), trusted);
    TRY(check_sizes("The trust policy of " + name, trust, trust_policy_size,
                    "Use fewer emergency roles for it."));
    json::Value policies;
    if (role.policies.empty()) {
      const std::string parameter = logical_id("PoliciesOf", name);
      parameters.emplace(parameter, json::Object{{"Type", "CommaDelimitedList"},
                                                 {"Description", "ARNs of the managed policies of " + name +
                                                                     ": what it may do in an emergency"}});
      policies = reference(parameter);
      note("The catalog does not say what " + name +
           " may do (target_policies), so its template asks for it as a parameter.");
    } else {
      json::Array arns;
      for (const std::string& each : role.policies) arns.emplace_back(each);
      policies = std::move(arns);
    }
    resources.emplace(
        id, resource("AWS::IAM::Role",
                     {{"RoleName", name},
                      {"Description", "Emergency access: hop two, for sessions of the emergency roles"},
                      {"MaxSessionDuration", static_cast<std::int64_t>(role_session_min.count())},
                      {"ManagedPolicyArns", std::move(policies)},
                      {"AssumeRolePolicyDocument", trust}}));
    outputs.emplace(id + "Arn",
                    json::Object{{"Value", json::Object{{"Fn::GetAtt", json::Array{id, "Arn"}}}}});
  }
  return template_of("Postern: an account with workloads. The roles that emergency access ends in.",
                     std::move(parameters), std::move(resources), std::move(outputs));
}

Result<void> Drawing::draw_target_accounts() {
  // Accounts that want the same share one template, in the order of the catalog.
  std::vector<std::pair<const TargetRoles*, std::vector<AccountId>>> kinds;
  for (const catalog::Account& account : catalog_.accounts) {
    const auto found = targets_.find(account.id);
    if (found == targets_.end()) continue;
    const auto same = std::find_if(kinds.begin(), kinds.end(),
                                   [&](const auto& each) { return *each.first == found->second; });
    if (same == kinds.end())
      kinds.emplace_back(&found->second, std::vector{account.id});
    else
      same->second.push_back(account.id);
  }
  for (std::size_t i = 0; i < kinds.size(); ++i)
    TRY(add({.name = "postern-target-account",
             .file = "target-accounts-" + std::to_string(i + 1),
             .body = TRY(target_template(*kinds[i].first)),
             .accounts = kinds[i].second}));
  return {};
}

Result<void> Drawing::add(Stack stack) {
  const std::size_t bytes = json::pretty(stack.body).size();
  const std::size_t resources = stack.body.find("Resources")->as_object()->size();
  if (bytes > template_bytes_max || resources > resources_max)
    return fail(
        ErrorCode::invalid,
        fmt::format("The template {} would have {} resources in {} bytes; CloudFormation takes {} in {}.",
                    stack.file, resources, bytes, resources_max, template_bytes_max));
  if (bytes > template_body_bytes)
    note(fmt::format(
        "The template {} has {} bytes: CloudFormation takes it from S3 only (--template-url, or `deploy "
        "--s3-bucket`).",
        stack.file, bytes));
  out_.stacks.push_back(std::move(stack));
  return {};
}

Result<Blueprint> Drawing::draw() {
  for (const auto& [id, process] : catalog_.processes) TRY(collect(process));
  if (emergency_roles_.empty())
    return fail(ErrorCode::invalid,
                "No process of this catalog goes by iam-user, so there is nothing to draw yet.");
  TRY(draw_emergency_account());
  TRY(draw_target_accounts());
  return std::move(out_);
}

}  // namespace

std::string logical_id(std::string_view prefix, std::string_view name) {
  std::string out(prefix);
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    // "x" itself is written out too, so that no name looks like another one's escape.
    out += plain && c != 'x' ? std::string(1, c) : fmt::format("x{:02x}", static_cast<unsigned char>(c));
  }
  return out;
}

Result<Blueprint> draw(const catalog::Catalog& catalog) { return Drawing(catalog).draw(); }

}  // namespace postern::blueprint
