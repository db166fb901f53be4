#include <gmock/gmock.h>

#include "catalog/difference_for_test.h"

namespace postern::catalog {
namespace {

using testing::IsEmpty;

/// The sound catalog with something in every field.
Catalog full_catalog() {
  Catalog out = sound_catalog();
  out.emergency_administrators_max = 5;
  out.organization.management_account = account_id("100000000001");
  out.organization.log_archive_account = account_id("100000000003");
  out.federation = {.identity_center = {{.account = account_id("100000000002"), .region = "us-east-1"}},
                    .iam_saml = {{.account = account_id("200000000001"), .name = "okta"}}};
  out.accounts.push_back({.id = account_id("200000000002"), .name = "prod-data"});
  out.calendars = {{"office", {.timezone = "Asia/Tokyo", .weekdays = {true}, .offsets = {{}}}}};
  out.dependencies["idp"] = {.title = "Okta", .needs = Needs{.dependency = "dns"}};
  out.dependencies["dns"] = {};
  out.channels["mail"] = {
      .provider = {.kind = "smtp",
                   .settings = {{"from", "a@example.net"}, {"password", SecretReference{.name = "P"}}}},
      .needs = Needs{.dependency = "dns"}};
  out.incidents = Incidents{.provider = {.kind = "http", .settings = {{"url", "https://a"}}},
                            .link_within = seconds(3600)};
  out.nodes = {"192.0.2.1:8443"};
  out.postern_needs = Needs{.at_least = 1, .of = {{"dns"}, {"idp"}}};
  out.playbook_store = {.title = "wiki", .needs = Needs{.dependency = "dns"}};
  out.upkeep = {{"safe", {.statement = "It is in the safe.", .by = group_id("leads")}}};
  out.playbooks = {{"p.md", "one\ntwo\n"}};
  out.trusted_copies = {{"idp.xml", "<a/>"}};
  Person& aiko = person_in(out, "aiko");
  aiko.ssh_keys.push_back("second key");
  aiko.manager = person_id("dana");
  aiko.deputy = person_id("ben");
  Process& process = operate(out);
  process.assumptions = {{.text = "It holds.", .probe = probe_id("idp")}};
  process.override_rule = Override{.by = {group_id("admins")}, .co_signers = 1};
  process.communication =
      Communication{.on = {{Moment::declared, {.to = {group_id("leads")}, .channels = {"page", "mail"}}}},
                    .customer_template = "disturbance",
                    .status_page = "page"};
  process.tiers.push_back({.from = {group_id("identity")},
                           .people = {person_id("dana"), person_id("ben")},
                           .managers = 1,
                           .besides = {{.people = {person_id("emil")}, .managers = 1}},
                           .remind_after = seconds(60)});
  process.access.smaller_roles = {"Read", "List"};
  process.form = {
      {.id = "ticket", .label = "Ticket", .kind = FormField::Kind::ticket, .pattern = "CHG[0-9]+"},
      {.id = "area", .label = "Area", .kind = FormField::Kind::choice, .choices = {"a", "b"}},
      {.id = "reading", .label = "Time", .kind = FormField::Kind::duration, .longest = seconds(3600)}};
  process.limits = {.grants_per_person = 1, .grants_per_account = 3, .grants = 10};
  out.templates = {{"disturbance", {.english = Text{"A title", "A body"}, .japanese = Text{"題", "文"}}}};
  out.services = {{"desk",
                   {.title = "Service desk",
                    .token = sha256("a token"),
                    .processes = {process_id("operate")},
                    .may_ask_for = {group_id("admins")},
                    .channel = "page"}}};
  process.return_to_normal = {attested("identity", 1)};
  return out;
}

TEST(Difference, IsNothingBetweenEqualCatalogs) {
  EXPECT_THAT(difference(sound_catalog(), sound_catalog()), IsEmpty());
  EXPECT_THAT(difference(full_catalog(), full_catalog()), IsEmpty());
}

Needs idp_needed() { return {.dependency = "idp"}; }

std::vector<Field> fields_of_people() {
  return {
      {"owners.people", [](Catalog& c) { c.owners.people.push_back(person_id("aiko")); }},
      {"owners.people", [](Catalog& c) { std::swap(c.owners.people[0], c.owners.people[1]); }},
      {"owners.quorum", [](Catalog& c) { c.owners.quorum = 1; }},
      {"min_people", [](Catalog& c) { c.min_people = 3; }},
      {"emergency_administrators_max", [](Catalog& c) { c.emergency_administrators_max = 6; }},
      {"emergency_administrators_max", [](Catalog& c) { c.emergency_administrators_max.reset(); }},
      {"people.gina", [](Catalog& c) { c.people.emplace(person_id("gina"), person("gina")); }},
      {"people.ben", [](Catalog& c) { c.people.erase(person_id("ben")); }},
      {"people.aiko.name", [](Catalog& c) { person_in(c, "aiko").name = "Aiko Tanaka"; }},
      {"people.aiko.email", [](Catalog& c) { person_in(c, "aiko").email = "a@example.net"; }},
      {"people.aiko.phone", [](Catalog& c) { person_in(c, "aiko").phone = "+81-3"; }},
      {"people.aiko.manager", [](Catalog& c) { person_in(c, "aiko").manager = person_id("emil"); }},
      {"people.aiko.manager", [](Catalog& c) { person_in(c, "aiko").manager.reset(); }},
      {"people.aiko.deputy", [](Catalog& c) { person_in(c, "aiko").deputy.reset(); }},
      {"people.aiko.keys", [](Catalog& c) { person_in(c, "aiko").ssh_keys.push_back("another key"); }},
      {"people.aiko.keys", [](Catalog& c) { person_in(c, "aiko").ssh_keys = {"a key with a comment"}; }},
      {"people.aiko.keys", [](Catalog& c) { person_in(c, "aiko").ssh_keys.clear(); }},
      {"people.aiko.keys",
       [](Catalog& c) { std::swap(person_in(c, "aiko").ssh_keys[0], person_in(c, "aiko").ssh_keys[1]); }},
      {"people.aiko.iam_user", [](Catalog& c) { person_in(c, "aiko").iam_user.reset(); }},
      {"people.aiko.iam_user.name", [](Catalog& c) { person_in(c, "aiko").iam_user->name = "x"; }},
      {"people.aiko.iam_user.mfa_serial",
       [](Catalog& c) { person_in(c, "aiko").iam_user->mfa_serial = "x"; }},
      {"people.aiko.language", [](Catalog& c) { person_in(c, "aiko").language = Language::japanese; }},
      {"people.aiko.reached_by", [](Catalog& c) { person_in(c, "aiko").reached_by = {"page"}; }},
      {"groups.leads", [](Catalog& c) { c.groups[group_id("leads")].pop_back(); }},
      {"groups.leads",
       [](Catalog& c) { std::swap(c.groups[group_id("leads")][0], c.groups[group_id("leads")][1]); }},
      {"groups.empty", [](Catalog& c) { c.groups[group_id("empty")] = {}; }},
      {"groups.identity", [](Catalog& c) { c.groups.erase(group_id("identity")); }},
  };
}

std::vector<Field> fields_of_the_company() {
  return {
      {"organization.name", [](Catalog& c) { c.organization.name = "x"; }},
      {"organization.emergency_account",
       [](Catalog& c) { c.organization.emergency_account = account_id("300000000001"); }},
      {"organization.management_account", [](Catalog& c) { c.organization.management_account.reset(); }},
      {"organization.log_archive_account",
       [](Catalog& c) { c.organization.log_archive_account = account_id("300000000001"); }},
      {"organization.sts_regions", [](Catalog& c) { c.organization.sts_regions.push_back("eu-west-2"); }},
      {"organization.direct_alert", [](Catalog& c) { c.organization.direct_alert.clear(); }},
      {"organization.language", [](Catalog& c) { c.organization.language = Language::japanese; }},
      {"federation.identity_center", [](Catalog& c) { c.federation.identity_center.reset(); }},
      {"federation.identity_center.account",
       [](Catalog& c) { c.federation.identity_center->account = account_id("300000000001"); }},
      {"federation.identity_center.region", [](Catalog& c) { c.federation.identity_center->region = "x"; }},
      {"federation.identity_center.access_portal",
       [](Catalog& c) { c.federation.identity_center->access_portal = "https://a"; }},
      {"federation.iam_saml",
       [](Catalog& c) { c.federation.iam_saml[0].account = account_id("200000000002"); }},
      {"federation.iam_saml", [](Catalog& c) { c.federation.iam_saml[0].name = "x"; }},
      {"federation.iam_saml", [](Catalog& c) { c.federation.iam_saml.clear(); }},
      {"accounts", [](Catalog& c) { std::swap(c.accounts[0], c.accounts[1]); }},
      {"accounts.300000000001",
       [](Catalog& c) { c.accounts.push_back({.id = account_id("300000000001"), .name = "x"}); }},
      {"accounts.200000000002", [](Catalog& c) { c.accounts.pop_back(); }},
      {"accounts.200000000001.name", [](Catalog& c) { c.accounts[0].name = "x"; }},
      {"accounts.200000000001.tags", [](Catalog& c) { c.accounts[0].tags.insert("x"); }},
      {"p.md", [](Catalog& c) { c.playbooks["p.md"] += "x"; }},
      {"p.md", [](Catalog& c) { c.playbooks["p.md"] = "two\none\n"; }},
      {"p.md", [](Catalog& c) { c.playbooks.clear(); }},
      {"q.md", [](Catalog& c) { c.playbooks["q.md"] = "x"; }},
      {"idp.xml", [](Catalog& c) { c.trusted_copies["idp.xml"] = "<b/>"; }},
      {"idp.xml", [](Catalog& c) { c.trusted_copies.clear(); }},
  };
}

std::vector<Field> fields_of_infrastructure() {
  using std::chrono::minutes;
  return {
      {"calendars.office", [](Catalog& c) { c.calendars.clear(); }},
      {"calendars.night", [](Catalog& c) { c.calendars["night"] = {}; }},
      {"calendars.office.timezone", [](Catalog& c) { c.calendars["office"].timezone = "Europe/Paris"; }},
      {"calendars.office.weekdays", [](Catalog& c) { c.calendars["office"].weekdays[6] = true; }},
      {"calendars.office.hours", [](Catalog& c) { c.calendars["office"].opens = minutes(1); }},
      {"calendars.office.hours", [](Catalog& c) { c.calendars["office"].closes = minutes(1); }},
      {"calendars.office.holidays", [](Catalog& c) { c.calendars["office"].holidays.insert("2026-12-31"); }},
      {"calendars.office.timezone", [](Catalog& c) { c.calendars["office"].offsets[0].offset = seconds(1); }},
      {"calendars.office.timezone",
       [](Catalog& c) { c.calendars["office"].offsets[0].from = Instant(seconds(1)); }},
      {"dependencies.x", [](Catalog& c) { c.dependencies["x"] = {}; }},
      {"dependencies.dns", [](Catalog& c) { c.dependencies.erase("dns"); }},
      {"dependencies.idp.title", [](Catalog& c) { c.dependencies["idp"].title = "x"; }},
      {"dependencies.idp.needs", [](Catalog& c) { c.dependencies["idp"].needs.reset(); }},
      {"dependencies.idp.needs", [](Catalog& c) { c.dependencies["idp"].needs = idp_needed(); }},
      {"channels.x", [](Catalog& c) { c.channels["x"] = {}; }},
      {"channels.page", [](Catalog& c) { c.channels.erase("page"); }},
      {"channels.mail", [](Catalog& c) { c.channels["mail"].provider.kind = "sns"; }},
      {"channels.mail.smtp.from", [](Catalog& c) { c.channels["mail"].provider.settings["from"] = "b"; }},
      {"channels.mail.smtp.from", [](Catalog& c) { c.channels["mail"].provider.settings.erase("from"); }},
      {"channels.mail.smtp.password",
       [](Catalog& c) { c.channels["mail"].provider.settings["password"] = SecretReference{.name = "Q"}; }},
      {"channels.mail.smtp.password",
       [](Catalog& c) {
         c.channels["mail"].provider.settings["password"] =
             SecretReference{.place = SecretReference::Place::file, .name = "P"};
       }},
      {"channels.mail.needs", [](Catalog& c) { c.channels["mail"].needs.reset(); }},
      {"incidents", [](Catalog& c) { c.incidents.reset(); }},
      {"incidents.provider", [](Catalog& c) { c.incidents->provider.kind = "jira"; }},
      {"incidents.provider.http.url",
       [](Catalog& c) { c.incidents->provider.settings["url"] = "https://b"; }},
      {"incidents.required", [](Catalog& c) { c.incidents->required = IncidentRequired::always; }},
      {"incidents.link_within", [](Catalog& c) { c.incidents->link_within.reset(); }},
      {"incidents.creates", [](Catalog& c) { c.incidents->creates = true; }},
      {"incidents.closes", [](Catalog& c) { c.incidents->closes = true; }},
      {"postern.nodes", [](Catalog& c) { c.nodes.clear(); }},
      {"postern.needs", [](Catalog& c) { c.postern_needs->at_least = 2; }},
      {"postern.needs", [](Catalog& c) { c.postern_needs->of.pop_back(); }},
      {"playbook_store", [](Catalog& c) { c.playbook_store.reset(); }},
      {"playbook_store.title", [](Catalog& c) { c.playbook_store->title = "x"; }},
      {"playbook_store.needs", [](Catalog& c) { c.playbook_store->needs.reset(); }},
      {"upkeep.safe", [](Catalog& c) { c.upkeep.clear(); }},
      {"upkeep.safe.statement", [](Catalog& c) { c.upkeep.at("safe").statement = "x"; }},
      {"upkeep.safe.by", [](Catalog& c) { c.upkeep.at("safe").by = group_id("admins"); }},
      {"upkeep.safe.every", [](Catalog& c) { c.upkeep.at("safe").every = seconds(1); }},
  };
}

/// Every change of a condition, as a change of the confirmation.
std::vector<Field> fields_of_modes() {
  const auto confirm = [](const Condition& condition) {
    return Field{"failure_modes.idp-down.confirm",
                 [condition](Catalog& c) { idp_down(c).confirm = condition; }};
  };
  const Condition people = attested("identity", 1);
  return {
      {"failure_modes.x",
       [](Catalog& c) {
         FailureMode mode = idp_down(c);
         mode.id = mode_id("x");
         c.modes.emplace(mode.id, mode);
       }},
      {"failure_modes.idp-down", [](Catalog& c) { c.modes.clear(); }},
      {"failure_modes.idp-down.title", [](Catalog& c) { idp_down(c).title = "x"; }},
      {"failure_modes.idp-down.leads_to", [](Catalog& c) { idp_down(c).leads_to = "x"; }},
      {"failure_modes.idp-down.takes_away", [](Catalog& c) { idp_down(c).takes_away.push_back("dns"); }},
      {"failure_modes.idp-down.declared_by", [](Catalog& c) { idp_down(c).declared_by.pop_back(); }},
      {"failure_modes.idp-down.declared_by",
       [](Catalog& c) { std::swap(idp_down(c).declared_by[0], idp_down(c).declared_by[1]); }},
      {"failure_modes.idp-down.process", [](Catalog& c) { idp_down(c).process = process_id("x"); }},
      {"failure_modes.idp-down.seen_by", [](Catalog& c) { idp_down(c).seen_by = 2; }},
      {"failure_modes.idp-down.lasts", [](Catalog& c) { idp_down(c).lasts = seconds(600); }},
      confirm(any_of({down("idp"), people})),
      confirm(all_of({down("idp")})),
      confirm(all_of({down("page"), people})),
      confirm(all_of({{ProbeDown{.probe = probe_id("idp"), .for_at_least = seconds(1)}}, people})),
      confirm(all_of({{ProbeUp{.probe = probe_id("idp")}}, people})),
      confirm(all_of({{ProbeUp{.probe = probe_id("idp"), .for_at_least = seconds(1)}}, people})),
      confirm(all_of({down("idp"), attested("leads", 1)})),
      confirm(all_of({down("idp"), attested("identity", 2)})),
      confirm(all_of({down("idp"), {Attested{.by = group_id("identity"), .statement = "x"}}})),
  };
}

std::vector<Field> fields_of_access() {
  return {
      {"processes.operate.access.mechanism",
       [](Catalog& c) { operate(c).access.mechanism = Mechanism::standby_saml; }},
      {"processes.operate.access.emergency_role", [](Catalog& c) { operate(c).access.emergency_role = "x"; }},
      {"processes.operate.access.target_role", [](Catalog& c) { operate(c).access.target_role = "x"; }},
      {"processes.operate.access.target_policies",
       [](Catalog& c) { operate(c).access.target_policies = {"x"}; }},
      {"processes.operate.access.smaller_roles",
       [](Catalog& c) { operate(c).access.smaller_roles.pop_back(); }},
      {"processes.operate.access.smaller_roles",
       [](Catalog& c) { std::swap(operate(c).access.smaller_roles[0], operate(c).access.smaller_roles[1]); }},
      {"processes.operate.access.targets.tags",
       [](Catalog& c) { operate(c).access.target_tags.insert("x"); }},
      {"processes.operate.access.targets.accounts",
       [](Catalog& c) { operate(c).access.target_accounts.insert(account_id("200000000001")); }},
      {"processes.operate.access.needs", [](Catalog& c) { operate(c).access.needs = idp_needed(); }},
      {"processes.operate.access.grant_max", [](Catalog& c) { operate(c).access.grant_max = seconds(1); }},
      {"processes.operate.access.session_max",
       [](Catalog& c) { operate(c).access.session_max = seconds(1); }},
  };
}

std::vector<Field> fields_of_approval() {
  return {
      {"processes.operate.approval.tiers[2]",
       [](Catalog& c) { operate(c).tiers.push_back(operate(c).tiers[0]); }},
      {"processes.operate.approval.tiers[1].people",
       [](Catalog& c) { operate(c).tiers[1].people.push_back(person_id("chie")); }},
      {"processes.operate.approval.tiers[1].people",
       [](Catalog& c) { std::swap(operate(c).tiers[1].people[0], operate(c).tiers[1].people[1]); }},
      {"processes.operate.approval.tiers[1].managers", [](Catalog& c) { operate(c).tiers[1].managers = 2; }},
      {"processes.operate.approval.tiers[1].and", [](Catalog& c) { operate(c).tiers[1].besides.clear(); }},
      {"processes.operate.approval.tiers[1].and",
       [](Catalog& c) { operate(c).tiers[1].besides[0].from = {group_id("leads")}; }},
      {"processes.operate.approval.tiers[1].and",
       [](Catalog& c) { operate(c).tiers[1].besides[0].people = {person_id("chie")}; }},
      {"processes.operate.approval.tiers[1].and",
       [](Catalog& c) { operate(c).tiers[1].besides[0].managers = 2; }},
      {"processes.operate.approval.tiers[1].and",
       [](Catalog& c) { operate(c).tiers[1].besides[0].count = 2; }},
      {"processes.operate.approval.tiers[1].remind_after",
       [](Catalog& c) { operate(c).tiers[1].remind_after.reset(); }},
      {"processes.operate.approval.tiers[1].remind_after",
       [](Catalog& c) { operate(c).tiers[1].remind_after = seconds(61); }},
      {"processes.operate.approval.tiers[0]", [](Catalog& c) { operate(c).tiers.clear(); }},
      {"processes.operate.approval.tiers[0].from",
       [](Catalog& c) { operate(c).tiers[0].from.push_back(group_id("admins")); }},
      {"processes.operate.approval.tiers[0].from",
       [](Catalog& c) { operate(c).tiers[0].from.push_back(group_id("leads")); }},
      {"processes.operate.approval.tiers[0].count", [](Catalog& c) { operate(c).tiers[0].count = 2; }},
      {"processes.operate.approval.tiers[0].within",
       [](Catalog& c) { operate(c).tiers[0].within = seconds(1); }},
      {"processes.operate.approval.tiers[0].when",
       [](Catalog& c) { operate(c).tiers[0].calendar = "office"; }},
      {"processes.operate.approval.when_nobody_answers",
       [](Catalog& c) { operate(c).when_nobody_answers = WhenNobodyAnswers::override; }},
      {"processes.operate.override", [](Catalog& c) { operate(c).override_rule.reset(); }},
      {"processes.operate.override.by", [](Catalog& c) { operate(c).override_rule->by.clear(); }},
      {"processes.operate.override.by",
       [](Catalog& c) { operate(c).override_rule->by.push_back(group_id("admins")); }},
      {"processes.operate.override.co_signers", [](Catalog& c) { operate(c).override_rule->co_signers = 0; }},
      {"processes.operate.override.objection_window",
       [](Catalog& c) { operate(c).override_rule->objection_window = seconds(1); }},
  };
}

std::vector<Field> fields_of_processes() {
  return {
      {"processes.x",
       [](Catalog& c) {
         Process process = operate(c);
         process.id = process_id("x");
         c.processes.emplace(process.id, process);
       }},
      {"processes.operate", [](Catalog& c) { c.processes.clear(); }},
      {"processes.operate.title", [](Catalog& c) { operate(c).title = "x"; }},
      {"processes.operate.use_when", [](Catalog& c) { operate(c).use_when = "x"; }},
      {"processes.operate.do_not_use_when", [](Catalog& c) { operate(c).do_not_use_when = "x"; }},
      {"processes.operate.alternatives", [](Catalog& c) { operate(c).alternatives = {process_id("x")}; }},
      {"processes.operate.assumptions", [](Catalog& c) { operate(c).assumptions.clear(); }},
      {"processes.operate.assumptions", [](Catalog& c) { operate(c).assumptions[0].text = "x"; }},
      {"processes.operate.assumptions", [](Catalog& c) { operate(c).assumptions[0].probe.reset(); }},
      {"processes.operate.assumptions", [](Catalog& c) { operate(c).assumptions[0].attest = true; }},
      {"processes.operate.who_may_request",
       [](Catalog& c) { operate(c).who_may_request.push_back(group_id("leads")); }},
      {"processes.operate.who_may_request",
       [](Catalog& c) { operate(c).who_may_request.push_back(group_id("admins")); }},
      {"processes.operate.return_to_normal", [](Catalog& c) { operate(c).return_to_normal.clear(); }},
      {"processes.operate.return_to_normal",
       [](Catalog& c) { operate(c).return_to_normal = {attested("identity", 2)}; }},
      {"processes.operate.communication", [](Catalog& c) { operate(c).communication.reset(); }},
      {"processes.operate.playbook", [](Catalog& c) { operate(c).playbook = "x.md"; }},
      {"processes.operate.objectives.declared_to_access",
       [](Catalog& c) { operate(c).declared_to_access.reset(); }},
      {"processes.operate.by_hand", [](Catalog& c) { operate(c).by_hand = true; }},
      {"processes.operate.drill_every", [](Catalog& c) { operate(c).drill_every = seconds(86400); }},
      {"processes.operate.last_drill", [](Catalog& c) { operate(c).last_drill = Instant(seconds(86400)); }},
  };
}

std::vector<Field> fields_of_telling() {
  const auto telling = [](Catalog& c) -> Telling& {
    return operate(c).communication->on.at(Moment::declared);
  };
  return {
      {"processes.operate.communication.on_declared.to",
       [=](Catalog& c) { telling(c).to.push_back(group_id("admins")); }},
      {"processes.operate.communication.on_declared.to", [=](Catalog& c) { telling(c).to.clear(); }},
      {"processes.operate.communication.on_declared.channels",
       [=](Catalog& c) { telling(c).channels.clear(); }},
      {"processes.operate.communication.on_declared.channels",
       [=](Catalog& c) { std::swap(telling(c).channels[0], telling(c).channels[1]); }},
      {"processes.operate.communication.on_declared",
       [](Catalog& c) { operate(c).communication->on.erase(Moment::declared); }},
      {"processes.operate.communication.on_close",
       [](Catalog& c) { operate(c).communication->on[Moment::close] = {}; }},
      {"processes.operate.communication.customers",
       [](Catalog& c) { operate(c).communication->customer_template = "x"; }},
      {"processes.operate.communication.partners",
       [](Catalog& c) { operate(c).communication->partner_template = "x"; }},
      {"processes.operate.communication.status_page",
       [](Catalog& c) { operate(c).communication->status_page.clear(); }},
      {"templates.x", [](Catalog& c) { c.templates["x"] = c.templates["disturbance"]; }},
      {"templates.disturbance.en.title", [](Catalog& c) { c.templates["disturbance"].english->title = "x"; }},
      {"templates.disturbance.en.body", [](Catalog& c) { c.templates["disturbance"].english->body = "x"; }},
      {"templates.disturbance.ja.title",
       [](Catalog& c) { c.templates["disturbance"].japanese->title = "x"; }},
      {"templates.disturbance.ja.body", [](Catalog& c) { c.templates["disturbance"].japanese.reset(); }},
      {"services.x", [](Catalog& c) { c.services["x"] = c.services["desk"]; }},
      {"services.desk.title", [](Catalog& c) { c.services["desk"].title = "x"; }},
      {"services.desk.token_sha256", [](Catalog& c) { c.services["desk"].token = sha256("another token"); }},
      {"services.desk.processes",
       [](Catalog& c) { c.services["desk"].processes.push_back(process_id("x")); }},
      {"services.desk.may_ask_for",
       [](Catalog& c) { c.services["desk"].may_ask_for.push_back(group_id("leads")); }},
      {"services.desk.channel", [](Catalog& c) { c.services["desk"].channel.clear(); }},
  };
}

std::vector<Field> fields_of_forms() {
  return {
      {"processes.operate.form.x",
       [](Catalog& c) { operate(c).form.push_back({.id = "x", .label = "Another field"}); }},
      {"processes.operate.form", [](Catalog& c) { std::swap(operate(c).form[0], operate(c).form[1]); }},
      {"processes.operate.form.ticket.label", [](Catalog& c) { operate(c).form[0].label = "x"; }},
      {"processes.operate.form.ticket.kind",
       [](Catalog& c) { operate(c).form[0].kind = FormField::Kind::text; }},
      {"processes.operate.form.ticket.required", [](Catalog& c) { operate(c).form[0].is_required = true; }},
      {"processes.operate.form.ticket.pattern", [](Catalog& c) { operate(c).form[0].pattern.clear(); }},
      {"processes.operate.form.ticket.length_max", [](Catalog& c) { operate(c).form[0].length_max = 1; }},
      {"processes.operate.form.area.choices", [](Catalog& c) { operate(c).form[1].choices.pop_back(); }},
      {"processes.operate.form.area.choices",
       [](Catalog& c) { std::swap(operate(c).form[1].choices[0], operate(c).form[1].choices[1]); }},
      {"processes.operate.form.reading.longest", [](Catalog& c) { operate(c).form[2].longest.reset(); }},
      {"processes.operate.limits.grants_per_person",
       [](Catalog& c) { operate(c).limits.grants_per_person = 2; }},
      {"processes.operate.limits.grants_per_account",
       [](Catalog& c) { operate(c).limits.grants_per_account.reset(); }},
      {"processes.operate.limits.grants", [](Catalog& c) { operate(c).limits.grants.reset(); }},
  };
}

TEST(Difference, NamesEveryFieldThatChangesInEitherDirection) {
  for (const auto& fields : {fields_of_people(), fields_of_the_company(), fields_of_infrastructure(),
                             fields_of_modes(), fields_of_access(), fields_of_approval(),
                             fields_of_processes(), fields_of_telling(), fields_of_forms()})
    expect_each_told(full_catalog(), fields);
}

std::vector<std::string> powers_told(const Catalog& before, const Edit& edit) {
  Catalog after = before;
  edit(after);
  std::vector<std::string> out;
  for (const Change& each : difference(before, after))
    if (each.weight == Weight::power) out.push_back(each.what);
  return out;
}

TEST(Difference, TellsWhoMayApproveByNameOrAsAManager) {
  EXPECT_THAT(
      powers_told(sound_catalog(), [](Catalog& c) { operate(c).tiers[0].people = {person_id("chie")}; }),
      testing::ElementsAre("chie may now approve operate (tier 1)."));
  EXPECT_THAT(
      powers_told(sound_catalog(),
                  [](Catalog& c) { operate(c).tiers[0].besides = {{.from = {group_id("identity")}}}; }),
      testing::Contains("Group identity may now approve operate (tier 1): chie, emil."));
  Catalog managed = sound_catalog();
  operate(managed).tiers[0].managers = 1;
  const auto manager_of_aiko = [](const char* id) {
    return [id](Catalog& c) { person_in(c, "aiko").manager = person_id(id); };
  };
  EXPECT_THAT(powers_told(managed, manager_of_aiko("chie")),
              testing::ElementsAre("chie may now approve operate as a manager of aiko."));
  EXPECT_THAT(powers_told(sound_catalog(), manager_of_aiko("chie")), IsEmpty()) << "no tier asks managers";
  EXPECT_THAT(powers_told(managed, [](Catalog& c) { person_in(c, "chie").manager = person_id("dana"); }),
              IsEmpty())
      << "chie asks for nothing";
}

TEST(Difference, TellsDigestsInFull) {
  Catalog before = full_catalog();
  Catalog after = before;
  after.services["desk"].token = sha256("another token");
  after.templates["disturbance"].english->body = "Another body";
  std::vector<std::string> told;
  for (const Change& each : difference(before, after)) told.push_back(each.what);
  EXPECT_THAT(told, testing::UnorderedElementsAre(testing::HasSubstr(sha256("another token").hex()),
                                                  testing::HasSubstr(sha256("Another body").hex())));
}

}  // namespace
}  // namespace postern::catalog
