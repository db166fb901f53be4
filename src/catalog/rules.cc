#include "catalog/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "base/result.h"

namespace postern::catalog {

const std::vector<RuleText>& all_rules() {
  using enum Severity;
  static const std::vector<RuleText> rules = {
      {Rule::not_readable, error, "The file is not YAML that can be read.",
       "A catalog that reads differently for two people cannot be signed by both. So nothing is guessed: "
       "UTF-8 "
       "only, no tabs as indent, no control or bidirectional characters, no tags, no merge keys.",
       "Mend the place that is named. Indent with spaces."},
      {Rule::unknown_key, error, "A key means nothing here.",
       "A misspelt key would be a rule that somebody believes in and nobody follows.",
       "Correct the spelling, or remove it. `postern schema` gives editors all keys."},
      {Rule::missing_key, error, "A key is missing.",
       "What is left out here has no safe stand-in: a process without a use-when, a mode without a "
       "confirmation "
       "would be decided by whoever is awake.",
       "Add the key that is named."},
      {Rule::wrong_value, error, "A value does not have the form that this key takes.",
       "Account ids are text in quotes, durations are a number and a unit (90s, 15m, 4h, 60d), days exist, "
       "and "
       "secrets never stand in the catalog: it is signed, kept for ever and read by many.",
       "Write the value in the form that is named; secrets as { env: NAME } or { file: /path }."},
      {Rule::unknown_name, error, "A name is used that nothing defines.",
       "Whoever is meant would never be asked.", "Correct the name, or define it."},
      {Rule::stands_twice, error, "Something stands twice.",
       "Of two that have the same name nobody knows which one counts.", "Remove one, or rename it."},
      {Rule::too_large, error, "The catalog is larger than it may be.",
       "Limits keep a hostile or broken file from holding up the server.", "Shorten what is named."},
      {Rule::playbook_file, error, "A playbook is missing or empty.",
       "At three in the morning a process is as good as its playbook.",
       "Write the file, or correct the path."},
      {Rule::placeholder, error, "A playbook or a notice has a placeholder that nothing fills in.",
       "The administrator would read {{acount.id}} instead of the account.",
       "Correct it; `postern explain placeholders` names those that exist."},

      {Rule::stray_file, warning, "A file lies beside the catalog that nothing names.",
       "The owners would sign for something that has no meaning.", "Remove it, or name it."},

      {Rule::no_failure_mode, error, "No failure mode is defined.", "Then no emergency can be declared.",
       "Define at least the loss of the identity provider."},
      {Rule::nobody_declares, error, "Nobody may declare this failure mode.",
       "The emergency would be confirmed, and stay closed.",
       "Name a group that has members under declared_by."},
      {Rule::never_confirmed, error, "The confirmation can never be met.",
       "It asks for more different people than its groups have.", "Lower a count, or add people."},
      {Rule::unused_process, warning, "No failure mode leads to this process.",
       "Nobody can ask for it, so nobody will drill it, and it will be wrong when somebody wants it.",
       "Name it as the process of a failure mode or among the alternatives of one, or remove it."},
      {Rule::no_alternative, warning, "The process names no alternative.",
       "SEC03-BP03 asks for alternatives. When the way is blocked, people look for the next one under "
       "pressure.",
       "Name other processes under alternatives."},
      {Rule::no_objective, warning, "The process has no objective.",
       "Without a time to beat nobody notices that the drill took two hours.",
       "Set objectives: { declared_to_access: 15m }."},
      {Rule::account_without_process, warning, "No process reaches this account.",
       "When normal access is gone, nobody gets in there.",
       "Add the account, or one of its tags, to the targets of a process."},
      {Rule::covers_no_account, error, "The process covers no account.", "Every request would be refused.",
       "Name accounts under targets, or a tag that an account has."},
      {Rule::nobody_requests, error, "Nobody may request this process.", "It could never be used.",
       "Name a group that has members under who_may_request."},
      {Rule::no_return_to_normal, warning, "The process does not say when it is over.",
       "Emergency access that nobody ends becomes the normal way in.",
       "Say under return_to_normal which probe or attestation proves that people sign in the normal way "
       "again."},
      {Rule::seen_by_too_many, error, "More nodes must see it than Postern has.",
       "What the confirmation asks of a probe could never hold.",
       "Lower seen_by, or name every node under postern.nodes."},
      {Rule::proves_both, warning, "One statement proves that it is broken and that it works again.",
       "Whoever confirmed the emergency a minute ago would have ended it with the same words.",
       "Word the statement under return_to_normal as what somebody sees when it works."},
      {Rule::confirmed_by_probes_alone, warning, "Probes can confirm it while nobody says anything.",
       "A probe sees one way in from one place, and whoever controls what it looks at makes it say what they "
       "like.",
       "Put an attestation beside the probes, under all."},
      {Rule::of_no_metadata, error, "A probe looks at the certificates of a probe that knows none.",
       "Only a saml_metadata probe fetches what an identity provider signs with: the other would never be "
       "up.",
       "Name a saml_metadata probe under of."},
      {Rule::too_few_regions, error, "A probe wants answers of more Regions than it asks.",
       "It would be down from the first day on, and people would learn to look past it.",
       "Lower at_least, or ask more Regions."},

      {Rule::no_tier, error, "Nobody approves.", "Every request would wait until it expires.",
       "Add a tier under approval."},
      {Rule::tier_too_small, error, "A tier needs more people than it has.", "It can never approve.",
       "Lower its count, or add people to its groups."},
      {Rule::tier_of_requesters, error, "A tier cannot approve what one of its own members asks for.",
       "Nobody approves their own request; when that person asks, too few are left.",
       "Add somebody who may not request."},
      {Rule::tier_of_one, warning, "A tier hangs on one person.", "People sleep, fly and fall ill.",
       "Add somebody to its groups."},
      {Rule::one_approver_out_of_hours, warning, "Out of hours a single person can approve.",
       "Emergencies begin at three in the morning. Tiers with a calendar are asked within its hours only.",
       "Add somebody to the tiers without a calendar."},
      {Rule::nobody_out_of_hours, error, "Out of hours nobody can approve.",
       "All tiers have a calendar, so that a request at night is answered by nobody.",
       "Add a tier without `when`."},
      {Rule::waits_exceed_objective, warning, "The tiers together may take longer than the objective.",
       "When every tier but the last stays silent, the objective is missed before anybody has approved.",
       "Shorten the tiers' `within`, or state a longer objective."},
      {Rule::too_few_people_suffice, warning, "Fewer people than min_people can do it all together.",
       "Deputies, managers and double membership let a few people attest, declare, request and approve "
       "without "
       "anybody else.",
       "Raise a count, or keep the groups apart."},
      {Rule::too_large_to_judge, warning, "The catalog is too large to tell whether fewer people would do.",
       "The search for the smallest group was given up.", "Use fewer groups, or check it by hand."},
      {Rule::owners_quorum, error, "The owners cannot meet their quorum.",
       "No change of the catalog could be put in force, not even one that mends this.",
       "Lower the quorum, or name more owners."},
      {Rule::nobody_overrides, warning, "Nobody may override, although silence leads there.",
       "when_nobody_answers is override, and the list of those who may is empty or has no members.",
       "Name a group under override.by, or deny when nobody answers."},

      {Rule::keys_missing, warning, "Too few of those who must sign have a key.",
       "No catalog could be put in force, or no request approved, until keys are added.",
       "Add keys to those people."},
      {Rule::nobody_objects, warning, "Nobody is left to object to an override.",
       "Those whom it skips object to it and review it afterwards. Where all of them may override "
       "themselves, "
       "a few people answer to each other only.",
       "Name somebody under declared_by, or ask a group for an attestation, who may not override."},

      {Rule::too_few_managers, warning, "A tier asks managers whom somebody does not have.",
       "When that person asks, the tier is passed over, and the request waits for the next one.",
       "Name their manager, or put people beside the managers."},
      {Rule::circles_share_people, error, "The parts of a tier need the same people.",
       "Nobody's approval counts in two of them, so that the tier can never approve.",
       "Add people to one of them, or lower a count."},
      {Rule::nobody_approves_them, error, "Nobody can approve what somebody asks for.",
       "They may request this, and every request of theirs would be denied for want of approvers.",
       "Name their manager, add a tier with people, or take them out of who_may_request."},
      {Rule::reminder_too_late, warning, "The reminder comes after the tier has passed.",
       "Nobody is ever reminded: by then the next tier is asked.",
       "Set remind_after to less than within, or leave it out for half of that."},
      {Rule::no_key, warning, "Somebody has no key.", "They can neither log in nor sign.",
       "Add a key under keys; `ssh-keygen -t ed25519-sk` makes one on a security key."},
      {Rule::unreadable_key, warning, "A key cannot be read.", "It signs nothing.",
       "Copy the whole line of the .pub file."},
      {Rule::managers_in_circle, error, "Managers go round in a circle.", "An escalation would never end.",
       "Break the circle."},
      {Rule::own_deputy, error, "Somebody is their own deputy.", "When they are away nobody stands in.",
       "Name somebody else."},
      {Rule::shared_key, error, "Two people have the same key.",
       "A signature would not tell who signed, and one person could be two approvers.",
       "Give each person a key of their own."},
      {Rule::too_many_administrators, warning,
       "There are more emergency administrators than the stated limit.",
       "Each IAM user is a way in that the identity provider does not see.",
       "Take IAM users away, or raise emergency_administrators_max and say why."},
      {Rule::unreachable_person, warning, "Somebody is reached by no channel.",
       "They would never hear that they are asked.", "Name channels under reached_by, or leave the key out."},

      {Rule::no_sts_region, error, "No STS Region is named.", "No session could be opened.",
       "Name at least one, better three far apart."},
      {Rule::session_too_long, error, "A session is longer than AWS allows for a chain of roles.",
       "AWS ends chained role sessions after one hour and refuses to start longer ones (IAM User Guide, role "
       "chaining).",
       "Set session_max to 1h. A grant may cover several sessions."},
      {Rule::no_iam_user, error, "Nobody who may request this has an IAM user.", "Nobody would get in.",
       "Add an iam_user to those people."},
      {Rule::some_without_iam_user, warning, "Some who may request this have no IAM user.",
       "They would be approved, and not get in.", "Give them one, or take them out of the group."},
      {Rule::iam_user_name, error, "An IAM user is not named like the person.",
       "The emergency role's trust policy compares the source identity, which is the person's id, with the "
       "name "
       "of the IAM user.",
       "Rename the user or the person."},
      {Rule::mfa_device_elsewhere, error, "An MFA device is not in the emergency account.",
       "STS takes codes of devices of the caller's own account only.",
       "Correct the ARN, or register one there."},
      {Rule::shared_emergency_role, warning, "Two processes share an emergency role.",
       "One role has one trust policy and one list of targets: whoever may use one process could use the "
       "other. "
       "`postern blueprint` refuses to write it.",
       "Give each process an emergency role of its own."},
      {Rule::no_direct_alert, warning, "A gate that is only detected has no direct alert.",
       "AWS or the identity provider lets the person in without Postern. What keeps that honest is an alarm "
       "that "
       "does not pass through us: EventBridge to SNS to the SOC.",
       "Name the SNS topic as organization.direct_alert."},
      {Rule::no_copy_to_compare, warning, "Of a SAML provider there is no signed copy to compare it with.",
       "When the provider in AWS and the identity provider differ, nobody can tell which of them was "
       "changed: "
       "new keys at the identity provider look like an attacker's in AWS.",
       "Put the metadata that was imported beside the catalog, and name it as trusted_copy."},

      {Rule::smaller_role_is_none, error, "A smaller role is not smaller.",
       "An approver who wants to give less would give as much: the target role itself, or a role that leads "
       "to every account.",
       "Name a role of the target account that may less, or leave it out."},
      {Rule::dependency_circle, error, "A dependency needs itself.", "Nobody could say when it works.",
       "Break the circle."},
      {Rule::way_needs_what_is_gone, error, "The process stands on what its failure mode takes away.",
       "It would fail in the very emergency that it is for.",
       "Use another way in, or correct takes_away or access.needs."},
      {Rule::channel_needs_what_is_gone, warning, "A channel stands on what a failure mode takes away.",
       "Those who are told through it hear nothing.", "Add a channel that stands on something else."},
      {Rule::approvers_need_what_is_gone, warning, "A tier cannot be reached in a failure mode.",
       "Every channel by which its people are told stands on what is gone.",
       "Give them a channel that stands on something else, or add a tier that has one."},
      {Rule::playbooks_need_what_is_gone, warning,
       "The playbook store stands on what a failure mode takes away.",
       "The page that says how to go on without Postern would be locked in with it.",
       "Keep a copy elsewhere, best on paper."},
      {Rule::postern_needs_what_is_gone, warning, "Postern itself stands on what a failure mode takes away.",
       "Nobody could declare or approve it here.",
       "Run Postern in a second place that does not stand on it; or mark the mode's process `by_hand: true` "
       "and keep "
       "its playbook on paper."},
      {Rule::no_channel, warning, "There is no channel by which anybody is told.",
       "Approvers would have to look by themselves.", "Define a channel, such as mail or a pager."},

      {Rule::no_needs_stated, warning, "It is not stated what something stands on.",
       "Independence can be judged only of what is written down: a way through the identity provider that "
       "names no "
       "needs looks as if it stood by itself.",
       "State its needs, a dependency of its own if there is none yet."},

      {Rule::never_drilled, warning, "The process was never drilled.", "An untested process does not work.",
       "Drill it, and write the day as last_drill."},
      {Rule::stale_drill, warning, "The last drill was too long ago.",
       "People, roles and phones change; a drill shows what no longer works.",
       "Drill it, and write the day as last_drill."},
      {Rule::no_drill_planned, warning, "No drill is planned.", "What is not planned is not done.",
       "Set drill_every, for example 90d."},
      {Rule::certificate_expires, warning,
       "A signing certificate of the identity provider is about to expire.",
       "From that day on AWS refuses every sign-in (failure mode FM2).",
       "Import the identity provider's current metadata; then replace the copy beside the catalog."},
      {Rule::no_trusted_copy, warning, "The copy of the metadata that AWS trusts cannot be read.",
       "Nobody can say when its certificates expire.",
       "Put the file that was imported into AWS beside the catalog."},
      {Rule::text_missing, warning, "A text for customers or partners is not there.",
       "Somebody would write it in the middle of the night; until then Postern's own words are used, which "
       "know "
       "nothing of your company.",
       "Write it under templates."},
      {Rule::text_language_missing, warning, "A text is missing in a language.",
       "Whoever reads that language gets Postern's own words, which say something else than yours.",
       "Write it under templates, as en or ja."},
      {Rule::no_webhook, error, "A channel that another system listens to is no webhook.",
       "Status page and company systems take documents, no mail or alert: nothing would get there.",
       "Name a channel of the kind webhook."},
      {Rule::unsigned_webhook, warning, "A webhook has no secret.",
       "Whoever knows its address can publish in our name, or tell the company's systems that access was "
       "granted.",
       "Give the webhook a secret, and check the signature at the other end."},
      {Rule::tells_nobody, warning, "A channel that reaches people one by one has nobody to reach.",
       "Mail and text messages go to somebody: what is to be told goes nowhere.",
       "Name groups with members under to, or a channel that reaches a place."},
      {Rule::service_asks_for_nobody, error, "A company system may ask for nobody.",
       "Access is asked for on behalf of people who may ask themselves. Every request of the system would be "
       "refused.",
       "Name a group under may_ask_for whose members may request the process."},
  };
  return rules;
}

const RuleText& about(Rule rule) {
  const auto& rules = all_rules();
  const auto found = std::lower_bound(rules.begin(), rules.end(), rule,
                                      [](const RuleText& each, Rule wanted) { return each.rule < wanted; });
  ENSURE(found != rules.end() && found->rule == rule);
  return *found;
}

std::string_view code_of(Rule rule) {
  static const std::map<Rule, std::string> codes = [] {
    std::map<Rule, std::string> out;
    for (const RuleText& each : all_rules())
      out.emplace(each.rule, fmt::format("PC{:03}", static_cast<int>(each.rule)));
    return out;
  }();
  return codes.at(rule);
}

}  // namespace postern::catalog
