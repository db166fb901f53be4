#include <gmock/gmock.h>

#include "catalog/difference_for_test.h"

namespace postern::catalog {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;

/// A probe of each kind, with something in every field.
Catalog catalog_with_probes() {
  Catalog catalog = sound_catalog();
  const auto add = [&](const char* id, decltype(Probe::check) check) {
    catalog.probes.emplace(probe_id(id), Probe{.id = probe_id(id), .check = std::move(check)});
  };
  add("metadata", SamlMetadataProbe{.url = "https://a", .entity_id = "a", .signed_by = "0123"});
  add("page", HttpProbe{.url = "https://a", .contains = "Sign in"});
  add("handshake", TlsProbe{.host = "192.0.2.1", .port = 443});
  add("certificate", CertificateProbe{.of = probe_id("idp"),
                                      .trusted_copy = "idp.xml",
                                      .iam_provider = {{account_id("200000000001"), "okta"}},
                                      .role = "arn"});
  add("login", SamlLoginProbe{.of = probe_id("metadata"),
                              .url = "https://a",
                              .username = "synthetic",
                              .password = {.name = "PASSWORD"}});
  add("issuer", OidcDiscoveryProbe{.issuer = "https://a"});
  add("name", DnsProbe{.name = "a.example", .server = "192.0.2.53", .expect = {"192.0.2.1"}});
  add("sts", StsProbe{});
  add("center", IdentityCenterProbe{.portal = "https://a", .region = "us-east-1", .role = "arn"});
  add("group", ScimGroupProbe{.url = "https://a", .group = "Emergency", .token = {.name = "TOKEN"}});
  add("phone", ManualProbe{.by = group_id("identity")});
  add("vpn", ExecProbe{.program = "check_vpn", .arguments = {"-H", "a"}});
  return catalog;
}

Probe& probe_in(Catalog& catalog, const char* id) { return catalog.probes.at(probe_id(id)); }
template <class Check>
Check& check_in(Catalog& catalog, const char* id) {
  return std::get<Check>(probe_in(catalog, id).check);
}
std::vector<Field> fields_of_probes() {
  return {
      {"probes.x",
       [](Catalog& c) { c.probes.emplace(probe_id("x"), Probe{.id = probe_id("x"), .check = StsProbe{}}); }},
      {"probes.sts", [](Catalog& c) { c.probes.erase(probe_id("sts")); }},
      {"probes.idp.control", [](Catalog& c) { probe_in(c, "idp").control = true; }},
      {"probes.idp.dependency", [](Catalog& c) { probe_in(c, "idp").dependency = "idp"; }},
      {"probes.idp.sts.regions", [](Catalog& c) { probe_in(c, "idp").check = StsProbe{}; }},
      {"probes.idp.every", [](Catalog& c) { probe_in(c, "idp").every = seconds(1); }},
      {"probes.idp.timeout", [](Catalog& c) { probe_in(c, "idp").timeout = seconds(1); }},
      {"probes.idp.slow_after", [](Catalog& c) { probe_in(c, "idp").slow_after = seconds(1); }},
      {"probes.idp.down_after", [](Catalog& c) { probe_in(c, "idp").down_after = 1; }},
      {"probes.idp.up_after", [](Catalog& c) { probe_in(c, "idp").up_after = 1; }},
  };
}

/// Whether the kind's `field` is told when it becomes `value`.
template <class Check, class Member, class Given>
Field of_check(const char* where, const char* probe, Member Check::* field, Given value) {
  return {where, [=](Catalog& c) { check_in<Check>(c, probe).*field = value; }};
}

std::vector<Field> fields_of_network_checks() {
  const std::vector<seconds> once = {seconds(1)};
  const std::vector<std::string> x = {"x"};
  using Metadata = SamlMetadataProbe;
  return {
      of_check("probes.metadata.saml_metadata.url", "metadata", &Metadata::url, "x"),
      of_check("probes.metadata.saml_metadata.entity_id", "metadata", &Metadata::entity_id, ""),
      of_check("probes.metadata.saml_metadata.signed_by", "metadata", &Metadata::signed_by, ""),
      of_check("probes.metadata.saml_metadata.warn_before", "metadata", &Metadata::warn_before, once),
      of_check("probes.page.http.url", "page", &HttpProbe::url, "x"),
      of_check("probes.page.http.expect", "page", &HttpProbe::expect, 204),
      of_check("probes.page.http.contains", "page", &HttpProbe::contains, ""),
      of_check("probes.page.http.warn_before", "page", &HttpProbe::warn_before, once),
      of_check("probes.idp.tcp", "idp", &TcpProbe::host, "192.0.2.2"),
      of_check("probes.idp.tcp", "idp", &TcpProbe::port, 1),
      of_check("probes.handshake.tls.address", "handshake", &TlsProbe::host, "192.0.2.2"),
      of_check("probes.handshake.tls.address", "handshake", &TlsProbe::port, 1),
      of_check("probes.handshake.tls.warn_before", "handshake", &TlsProbe::warn_before, once),
      of_check("probes.issuer.oidc_discovery.issuer", "issuer", &OidcDiscoveryProbe::issuer, "x"),
      of_check("probes.name.dns.name", "name", &DnsProbe::name, "x"),
      of_check("probes.name.dns.record", "name", &DnsProbe::record, DnsRecord::cname),
      of_check("probes.name.dns.record", "name", &DnsProbe::record, DnsRecord::aaaa),
      of_check("probes.name.dns.server", "name", &DnsProbe::server, ""),
      of_check("probes.name.dns.expect", "name", &DnsProbe::expect, x),
  };
}

std::vector<Field> fields_of_identity_checks() {
  using Certificate = CertificateProbe;
  using Login = SamlLoginProbe;
  const SecretReference other = {.name = "OTHER"};
  const SecretReference file = {.place = SecretReference::Place::file, .name = "PASSWORD"};
  const ProbeId page = probe_id("page");
  const std::optional<SamlProvider> elsewhere = SamlProvider{account_id("200000000002"), "okta"};
  const std::optional<SamlProvider> renamed = SamlProvider{account_id("200000000001"), "x"};
  const std::vector<seconds> once = {seconds(1)};
  return {
      of_check("probes.certificate.saml_certificate.of", "certificate", &Certificate::of, page),
      of_check("probes.certificate.saml_certificate.trusted_copy", "certificate", &Certificate::trusted_copy,
               "x.xml"),
      of_check("probes.certificate.saml_certificate.iam_provider", "certificate", &Certificate::iam_provider,
               elsewhere),
      of_check("probes.certificate.saml_certificate.iam_provider", "certificate", &Certificate::iam_provider,
               renamed),
      of_check("probes.certificate.saml_certificate.iam_provider", "certificate", &Certificate::iam_provider,
               std::nullopt),
      of_check("probes.certificate.saml_certificate.role", "certificate", &Certificate::role, ""),
      of_check("probes.certificate.saml_certificate.warn_before", "certificate", &Certificate::warn_before,
               once),
      of_check("probes.login.saml_login.of", "login", &Login::of, page),
      of_check("probes.login.saml_login.url", "login", &Login::url, "x"),
      of_check("probes.login.saml_login.username", "login", &Login::username, "x"),
      of_check("probes.login.saml_login.password", "login", &Login::password, other),
      of_check("probes.login.saml_login.password", "login", &Login::password, file),
      of_check("probes.login.saml_login.username_field", "login", &Login::username_field, "x"),
      of_check("probes.login.saml_login.password_field", "login", &Login::password_field, "x"),
      of_check("probes.center.identity_center.portal", "center", &IdentityCenterProbe::portal, "x"),
      of_check("probes.center.identity_center.region", "center", &IdentityCenterProbe::region, "x"),
      of_check("probes.center.identity_center.role", "center", &IdentityCenterProbe::role, ""),
      of_check("probes.group.scim_group.url", "group", &ScimGroupProbe::url, "x"),
      of_check("probes.group.scim_group.group", "group", &ScimGroupProbe::group, "x"),
      of_check("probes.group.scim_group.token", "group", &ScimGroupProbe::token, other),
  };
}

std::vector<Field> fields_of_other_checks() {
  const std::vector<std::string> x = {"x"};
  const std::vector<std::string> turned = {"a", "-H"};
  return {
      of_check("probes.sts.sts.regions", "sts", &StsProbe::regions, x),
      of_check("probes.sts.sts.at_least", "sts", &StsProbe::at_least, 2),
      of_check("probes.phone.manual.by", "phone", &ManualProbe::by, group_id("leads")),
      of_check("probes.phone.manual.valid_for", "phone", &ManualProbe::valid_for, seconds(1)),
      of_check("probes.vpn.exec.program", "vpn", &ExecProbe::program, "x"),
      of_check("probes.vpn.exec.arguments", "vpn", &ExecProbe::arguments, x),
      of_check("probes.vpn.exec.arguments", "vpn", &ExecProbe::arguments, turned),
  };
}

std::vector<Field> all_fields() {
  std::vector<Field> out;
  for (const auto& fields : {fields_of_probes(), fields_of_network_checks(), fields_of_identity_checks(),
                             fields_of_other_checks()})
    out.insert(out.end(), fields.begin(), fields.end());
  return out;
}

TEST(Difference, NamesEveryFieldOfEveryProbeInEitherDirection) {
  EXPECT_THAT(difference(catalog_with_probes(), catalog_with_probes()), IsEmpty());
  expect_each_told(catalog_with_probes(), all_fields());
}

TEST(Difference, WhateverChangesWhatAProbeMeansIsSafety) {
  for (const Field& each : all_fields()) {
    SCOPED_TRACE(each.where);
    Catalog after = catalog_with_probes();
    each.edit(after);
    EXPECT_THAT(difference(catalog_with_probes(), after),
                Each(testing::Field(&Change::weight, Weight::safety)));
  }
}

TEST(Difference, TellsASecretByWhereTheHostKeepsIt) {
  Catalog after = catalog_with_probes();
  check_in<SamlLoginProbe>(after, "login").password = {.place = SecretReference::Place::file,
                                                       .name = "/etc/postern/synthetic"};
  const std::vector<Change> changes = difference(catalog_with_probes(), after);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_THAT(changes[0].what, HasSubstr("the variable PASSWORD"));
  EXPECT_THAT(changes[0].what, HasSubstr("the file /etc/postern/synthetic"));
}

}  // namespace
}  // namespace postern::catalog
