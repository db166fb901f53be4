#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"

/// A small sound catalog for the tests of this folder to break in one place at a time.
namespace postern::catalog {

inline PersonId person_id(const char* text) { return PersonId::parse(text).value(); }
inline GroupId group_id(const char* text) { return GroupId::parse(text).value(); }
inline ProbeId probe_id(const char* text) { return ProbeId::parse(text).value(); }
inline ModeId mode_id(const char* text) { return ModeId::parse(text).value(); }
inline ProcessId process_id(const char* text) { return ProcessId::parse(text).value(); }
inline AccountId account_id(const char* text) { return AccountId::parse(text).value(); }

inline Person person(const char* id) {
  return {.id = person_id(id), .name = id, .email = std::string(id) + "@example.net", .ssh_keys = {"a key"}};
}
inline Person administrator(const char* id) {
  Person out = person(id);
  out.iam_user = IamUser{.name = id, .mfa_serial = std::string("arn:aws:iam::100000000009:mfa/") + id};
  return out;
}

inline Condition attested(const char* by, int count) {
  return {Attested{.by = group_id(by), .count = count, .statement = "It is down."}};
}
inline Condition down(const char* probe) { return {ProbeDown{.probe = probe_id(probe)}}; }
inline Condition all_of(std::vector<Condition> of) {
  const int k = static_cast<int>(of.size());
  return {AtLeast{.k = k, .of = std::move(of)}};
}
inline Condition any_of(std::vector<Condition> of) { return {AtLeast{.k = 1, .of = std::move(of)}}; }

/// admins (aiko, ben) request; leads (dana, emil) approve; identity (chie, emil) attest; both of those
/// declare.
inline Catalog sound_catalog() {
  const Organization organization{.name = "Example",
                                  .emergency_account = account_id("100000000009"),
                                  .sts_regions = {"eu-west-1"},
                                  .direct_alert = "arn:aws:sns:eu-west-1:100000000009:soc"};
  Catalog out{
      .owners = {.people = {person_id("dana"), person_id("emil")}, .quorum = 2},
      .organization = organization,
      .accounts = {{.id = account_id("200000000001"), .name = "prod-web", .tags = {"production"}}},
      .people = {},
      .groups = {{group_id("admins"), {person_id("aiko"), person_id("ben")}},
                 {group_id("identity"), {person_id("chie"), person_id("emil")}},
                 {group_id("leads"), {person_id("dana"), person_id("emil")}}},
      .dependencies = {{"idp", {}}, {"pager", {}}},
      .channels = {{"page", {.provider = {.kind = "pagerduty"}, .needs = Needs{.dependency = "pager"}}}},
      .probes = {},
      .modes = {},
      .processes = {},
      .playbooks = {}};
  for (const char* id : {"aiko", "ben"}) out.people.emplace(person_id(id), administrator(id));
  for (const char* id : {"chie", "dana", "emil"}) out.people.emplace(person_id(id), person(id));
  out.probes.emplace(probe_id("idp"),
                     Probe{.id = probe_id("idp"), .check = TcpProbe{.host = "192.0.2.1", .port = 443}});
  out.modes.emplace(mode_id("idp-down"),
                    FailureMode{.id = mode_id("idp-down"),
                                .title = "The IdP is down",
                                .leads_to = "Nobody gets in.",
                                .takes_away = {"idp"},
                                .confirm = all_of({down("idp"), attested("identity", 1)}),
                                .declared_by = {group_id("leads"), group_id("identity")},
                                .process = process_id("operate")});
  out.processes.emplace(process_id("operate"), Process{.id = process_id("operate"),
                                                       .title = "Operate",
                                                       .use_when = "It cannot wait.",
                                                       .do_not_use_when = "It can wait.",
                                                       .who_may_request = {group_id("admins")},
                                                       .access = {.emergency_role = "Emergency",
                                                                  .target_role = "Emergency",
                                                                  .target_tags = {"production"}},
                                                       .tiers = {{.from = {group_id("leads")}, .count = 1}},
                                                       .return_to_normal = {down("idp")},
                                                       .playbook = "p.md",
                                                       .declared_to_access = seconds(900)});
  return out;
}
inline Process& operate(Catalog& catalog) { return catalog.processes.at(process_id("operate")); }
inline FailureMode& idp_down(Catalog& catalog) { return catalog.modes.at(mode_id("idp-down")); }
inline Person& person_in(Catalog& catalog, const char* id) { return catalog.people.at(person_id(id)); }

}  // namespace postern::catalog
