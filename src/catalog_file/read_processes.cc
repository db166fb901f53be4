#include <algorithm>

#include "catalog_file/forms.h"
#include "catalog_file/sections.h"

namespace postern::catalog_file {
namespace {

using namespace catalog;

constexpr int people_max = 100;
constexpr std::size_t tiers_max = 20;
constexpr std::size_t groups_in_tier_max = 100;
constexpr std::size_t circles_max = 10;
constexpr int managers_max = 10;

struct Approval {
  std::vector<Tier> tiers;
  WhenNobodyAnswers when_nobody_answers = WhenNobodyAnswers::deny;
};

/// Who is asked: groups, people, managers; at least one of them.
Circle read_circle(const Value& value, const Mapping& circle) {
  Circle out{.from = circle.optional("from").names<GroupId>(Kind::group),
             .people = circle.optional("people").names<PersonId>(Kind::person),
             .managers = circle.optional("managers").integer(1, managers_max, 0),
             .count = circle.optional("count").integer(1, people_max, 1)};
  if (!circle.has("from") && !circle.has("people") && !circle.has("managers"))
    value.fault(catalog::Rule::missing_key,
                "Say who is asked: groups (`from`), `people`, or `managers`, so many levels up.");
  if (out.from.size() > groups_in_tier_max) {
    value.error("A tier asks at most " + std::to_string(groups_in_tier_max) +
                " groups. Make a group of them.");
    out.from.erase(out.from.begin() + groups_in_tier_max, out.from.end());
  }
  if (out.people.size() > people_max) {
    value.error("A tier names at most " + std::to_string(people_max) + " people. Make a group of them.");
    out.people.erase(out.people.begin() + people_max, out.people.end());
  }
  return out;
}

Tier read_tier(const Value& value) {
  const Mapping tier(value, {"from", "people", "managers", "count", "and", "within", "when", "remind_after"});
  Circle own = read_circle(value, tier);
  Tier out{.from = std::move(own.from),
           .count = own.count,
           .within = tier.required("within").duration(seconds(1), seconds(300)),
           .people = std::move(own.people),
           .managers = own.managers};
  for (const Value& each : tier.optional("and").items()) {
    if (out.besides.size() >= circles_max) {
      each.error("A tier asks at most " + std::to_string(circles_max) + " circles more.");
      break;
    }
    out.besides.push_back(read_circle(each, Mapping(each, {"from", "people", "managers", "count"})));
  }
  if (tier.has("remind_after"))
    out.remind_after = tier.optional("remind_after").duration(seconds(1), seconds(1));
  if (tier.has("when")) out.calendar = tier.optional("when").name_text(Kind::calendar);
  return out;
}

Approval read_approval(const Value& value) {
  const Mapping approval(value, {"tiers", "when_nobody_answers"});
  Approval out;
  const std::vector<Value> tiers = approval.required("tiers").items();
  if (tiers.size() > tiers_max)
    value.error("An approval has at most " + std::to_string(tiers_max) +
                " tiers. Leave some out: nobody waits that long.");
  for (std::size_t i = 0; i < std::min(tiers.size(), tiers_max); ++i)
    out.tiers.push_back(read_tier(tiers[i]));
  if (approval.optional("when_nobody_answers").one_of({"deny", "override"}) == "override")
    out.when_nobody_answers = WhenNobodyAnswers::override;
  return out;
}

Mechanism read_mechanism(const Value& value) {
  const std::string text =
      value.one_of({name_of(Mechanism::iam_user), name_of(Mechanism::standby_saml),
                    name_of(Mechanism::root_vault), name_of(Mechanism::idp_direct_saml)});
  for (const Mechanism each : {Mechanism::standby_saml, Mechanism::root_vault, Mechanism::idp_direct_saml})
    if (text == name_of(each)) return each;
  return Mechanism::iam_user;
}

Access read_access(const Value& value) {
  const Mapping access(value, {"mechanism", "emergency_role", "target_role", "target_policies", "targets",
                               "needs", "grant_max", "session_max", "idp_group", "smaller_roles"});
  const std::string_view role_form = "the name of an IAM role: up to 64 letters, digits and _+=,.@-";
  Access out{.mechanism = read_mechanism(access.required("mechanism")),
             .emergency_role = access.required("emergency_role").matching(is_role_name, role_form),
             .target_role = access.required("target_role").matching(is_role_name, role_form)};
  const Mapping targets(access.required("targets"), {"tags", "accounts"});
  for (const Value& each : targets.optional("tags").distinct_items())
    out.target_tags.insert(each.name_text(Kind::tag));
  for (const Value& each : targets.optional("accounts").distinct_items())
    if (auto id = each.name<AccountId>(Kind::account)) out.target_accounts.insert(*std::move(id));
  for (const Value& each : access.optional("target_policies").distinct_items())
    out.target_policies.push_back(each.matching(
        is_policy_arn, "a managed policy's ARN, such as arn:aws:iam::aws:policy/ReadOnlyAccess"));
  for (const Value& each : access.optional("smaller_roles").distinct_items())
    out.smaller_roles.push_back(each.matching(is_role_name, role_form));
  out.needs = read_needs(access.optional("needs"));
  out.grant_max = access.required("grant_max").duration(seconds(900), out.grant_max);
  out.session_max =
      access.optional("session_max").duration(seconds(900), out.session_max);  // STS takes no less
  if (access.has("idp_group") && out.mechanism != Mechanism::idp_direct_saml)
    access.optional("idp_group")
        .error("\"idp_group\" goes with the mechanism idp-direct-saml only. Remove it.");
  (void)access.optional("idp_group").line();
  return out;
}

std::vector<Assumption> read_assumptions(const Value& value) {
  std::vector<Assumption> out;
  for (const Value& each : value.items(true)) {
    const Mapping assumption(each, {"text", "probe", "attest"});
    out.push_back({.text = assumption.required("text").text(),
                   .probe = assumption.optional("probe").name<ProbeId>(Kind::probe),
                   .attest = assumption.optional("attest").boolean(false)});
    if (assumption.has("probe") == out.back().attest)
      each.error(
          "An assumption is checked either by a probe (`probe: <name>`) or by a person (`attest: true`).");
  }
  return out;
}

std::optional<Override> read_override(const Value& value) {
  if (!value.present()) return std::nullopt;
  const Mapping override_rule(value, {"by", "co_signers", "objection_window"});
  return Override{
      .by = override_rule.required("by").names<GroupId>(Kind::group, true),
      .co_signers = override_rule.optional("co_signers").integer(0, people_max, 0),
      .objection_window = override_rule.optional("objection_window").duration(seconds(0), seconds(0))};
}

void read_objectives(const Value& value, Process& into) {
  if (!value.present()) return;
  const Value declared = Mapping(value, {"declared_to_access"}).optional("declared_to_access");
  if (declared.present()) into.declared_to_access = declared.duration(seconds(1), seconds(1));
}

/// A day as its first instant in UTC.
std::optional<Instant> read_day(const Value& value) {
  const std::string day = value.matching(is_date, "a day that exists, such as 2026-12-31");
  const auto instant = parse_rfc3339(day + "T00:00:00Z");
  return instant ? std::optional(*instant) : std::nullopt;
}

/// The approval of every process that has none of its own: read once, since it may be long and the processes
/// many.
struct ApprovalDefault {
  Approval approval;
  std::vector<Position> tiers;
  Position at;
};

std::optional<ApprovalDefault> read_approval_default(const Value& value) {
  if (!value.present()) return std::nullopt;
  ApprovalDefault out{.approval = read_approval(value), .tiers = {}, .at = value.node()->at};
  if (const Node* tiers = value.node()->find("tiers"))
    for (const auto& each : tiers->items) out.tiers.push_back(each->at);
  return out;
}

/// A copy, by whose path lint will speak of it.
Approval approval_for(const std::string& path, const ApprovalDefault& shared, Scope& scope) {
  scope.place(path, shared.at);
  for (std::size_t i = 0; i < shared.tiers.size(); ++i)
    scope.place(path + ".tiers[" + std::to_string(i) + "]", shared.tiers[i]);
  return shared.approval;
}

Process read_process(const ProcessId& id, const Mapping& process,
                     const std::optional<ApprovalDefault>& shared, Scope& scope) {
  const bool own = process.has("approval") || !shared;
  Approval approval = own ? read_approval(process.required("approval"))
                          : approval_for("processes." + id.text() + ".approval", *shared, scope);
  Process out{.id = id,
              .title = process.required("title").line(),
              .use_when = process.required("use_when").text(),
              .do_not_use_when = process.required("do_not_use_when").text(),
              .alternatives = process.optional("alternatives").names<ProcessId>(Kind::process, true),
              .assumptions = read_assumptions(process.optional("assumptions")),
              .who_may_request = process.required("who_may_request").names<GroupId>(Kind::group),
              .access = read_access(process.required("access")),
              .tiers = std::move(approval.tiers),
              .when_nobody_answers = approval.when_nobody_answers,
              .playbook = process.required("playbook")
                              .matching(is_playbook_path, "a path to a .md file beside the catalog file")};
  read_objectives(process.optional("objectives"), out);
  if (process.has("drill_every"))
    out.drill_every = process.optional("drill_every").duration(seconds(86400), seconds(86400));
  for (const Value& each : process.optional("return_to_normal").items(true))
    if (auto condition = read_condition(each)) out.return_to_normal.push_back(*std::move(condition));
  out.override_rule = read_override(process.optional("override"));
  out.communication = read_communication(process.optional("communication"));
  out.by_hand = process.optional("by_hand").boolean(false);
  out.last_drill = read_day(process.optional("last_drill"));
  out.form = read_form(process.optional("form"));
  out.limits = read_limits(process.optional("limits"));
  return out;
}

}  // namespace

std::map<ProcessId, Process> read_processes(const Value& processes, const Value& approval_default) {
  std::map<ProcessId, Process> out;
  const std::optional<ApprovalDefault> shared = read_approval_default(approval_default);
  for (const Entry& each : processes.entries()) {
    const auto id = each.key.id<ProcessId>();
    const Mapping process(
        each.value, {"title", "use_when", "do_not_use_when", "alternatives", "assumptions", "who_may_request",
                     "access", "approval", "override", "return_to_normal", "communication", "playbook",
                     "objectives", "drill_every", "last_drill", "by_hand", "form", "limits"});
    Process read =
        read_process(id.value_or(ProcessId::parse("x").value()), process, shared, processes.scope());
    if (id) out.emplace(*id, std::move(read));
  }
  return out;
}

}  // namespace postern::catalog_file
