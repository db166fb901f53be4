#include <gmock/gmock.h>

#include "catalog_file/catalog_for_test.h"

namespace postern::catalog_file {
namespace {

using namespace catalog;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Check = decltype(Probe::check);

/// The demonstration with one more probe.
std::string with_probe(std::string_view probe) {
  return with(demo_catalog(), "uplink: {", "extra: " + std::string(probe) + "\n  uplink: {");
}

Probe probe_of(std::string_view probe) {
  const Reading reading = read(demo(with_probe(probe)));
  if (!reading.catalog)
    ADD_FAILURE() << probe << "\n" << testing::PrintToString(faults_of(demo(with_probe(probe))));
  return reading.catalog ? reading.catalog->probes.at(ProbeId::parse("extra").value())
                         : Probe{.id = ProbeId::parse("extra").value(), .check = ExecProbe{}};
}
Check check_of(const std::string& check) {
  return probe_of("{ dependency: corporate-idp, " + check + " }").check;
}

struct WrongCheck {
  std::string check;
  std::string at;  ///< the text at whose start the one fault is
  std::string says;
};
void expect_each_of(const std::vector<WrongCheck>& table) {
  for (const WrongCheck& each : table)
    expect_each({{"uplink: {", "extra: { dependency: corporate-idp, " + each.check + " }\n  uplink: {",
                  each.at, each.says}});
}

const ProbeId idp = ProbeId::parse("primary-idp").value();
const AccountId elsewhere = AccountId::parse("300000000001").value();
const std::vector<seconds> twice = {std::chrono::days(30), std::chrono::days(7)};

TEST(ReadProbes, WhatLooksAtTheNetwork) {
  EXPECT_EQ(
      check_of(
          "saml_metadata: { url: \"https://a.example/m\", entity_id: \"https://a.example\", signed_by: " +
          std::string(64, 'a') + ", warn_before: [30d, 7d] }"),
      Check(SamlMetadataProbe{.url = "https://a.example/m",
                              .entity_id = "https://a.example",
                              .signed_by = std::string(64, 'a'),
                              .warn_before = twice}));
  EXPECT_EQ(
      check_of(
          "http: { url: \"https://a.example/\", expect: 204, contains: Sign in, warn_before: [30d, 7d] }"),
      Check(HttpProbe{
          .url = "https://a.example/", .expect = 204, .contains = "Sign in", .warn_before = twice}));
  EXPECT_EQ(check_of("tls: { address: \"[2001:db8::1]:443\", warn_before: [30d, 7d] }"),
            Check(TlsProbe{.host = "2001:db8::1", .port = 443, .warn_before = twice}));
  EXPECT_EQ(
      check_of(
          "dns: { name: a.example, record: aaaa, server: \"192.0.2.53:5353\", expect: [\"2001:db8::1\"] }"),
      Check(DnsProbe{.name = "a.example",
                     .record = DnsRecord::aaaa,
                     .server = "192.0.2.53:5353",
                     .expect = {"2001:db8::1"}}));
  EXPECT_EQ(check_of("oidc_discovery: { issuer: \"https://a.example\" }"),
            Check(OidcDiscoveryProbe{.issuer = "https://a.example"}));
}

TEST(ReadProbes, WhatLooksAtTheIdpAndAws) {
  EXPECT_EQ(
      check_of(
          "saml_certificate: { of: primary-idp, iam_provider: { account: \"300000000001\", name: okta }, "
          "role: PosternRead, warn_before: [30d, 7d] }"),
      Check(CertificateProbe{.of = idp,
                             .iam_provider = SamlProvider{.account = elsewhere, .name = "okta"},
                             .role = "arn:aws:iam::300000000001:role/PosternRead",
                             .warn_before = twice}))
      << "in an account that nothing else names; the role is in that account";
  EXPECT_EQ(check_of("saml_login: { of: primary-idp, url: \"https://a.example/\", username: synthetic, "
                     "password: { env: P }, "
                     "username_field: user, password_field: pass }"),
            Check(SamlLoginProbe{.of = idp,
                                 .url = "https://a.example/",
                                 .username = "synthetic",
                                 .password = {.place = SecretReference::Place::environment, .name = "P"},
                                 .username_field = "user",
                                 .password_field = "pass"}));
  EXPECT_EQ(
      check_of(
          "scim_group: { url: \"https://a.example/scim\", group: On call, token: { file: /etc/token } }"),
      Check(ScimGroupProbe{.url = "https://a.example/scim",
                           .group = "On call",
                           .token = {.place = SecretReference::Place::file, .name = "/etc/token"}}));
  EXPECT_EQ(check_of("sts: { regions: [eu-west-1, us-west-2], at_least: 2 }"),
            Check(StsProbe{.regions = {"eu-west-1", "us-west-2"}, .at_least = 2}));
  EXPECT_EQ(check_of("identity_center: { portal: \"https://a.example/start\", region: us-east-1, role: "
                     "\"arn:aws:iam::100000000002:role/Read\" }"),
            Check(IdentityCenterProbe{.portal = "https://a.example/start",
                                      .region = "us-east-1",
                                      .role = "arn:aws:iam::100000000002:role/Read"}));
}

TEST(ReadProbes, WhatPeopleAndOtherProgramsSay) {
  EXPECT_EQ(check_of("manual: { by: identity-admins, valid_for: 30m }"),
            Check(ManualProbe{.by = GroupId::parse("identity-admins").value(), .valid_for = seconds(1800)}));
  EXPECT_EQ(check_of("exec: { program: check_vpn, arguments: [\"-H\", \"192.0.2.9\", \"-H\"] }"),
            Check(ExecProbe{.program = "check_vpn", .arguments = {"-H", "192.0.2.9", "-H"}}));
}

TEST(ReadProbes, WhatIsLeftOutIsAsTheHeaderSays) {
  EXPECT_EQ(check_of("saml_metadata: { url: \"https://a.example/m\" }"),
            Check(SamlMetadataProbe{.url = "https://a.example/m"}));
  EXPECT_EQ(check_of("http: { url: \"https://a.example/\" }"), Check(HttpProbe{.url = "https://a.example/"}));
  EXPECT_EQ(check_of("tls: { address: \"a.example:443\" }"),
            Check(TlsProbe{.host = "a.example", .port = 443}));
  EXPECT_EQ(check_of("dns: { name: a.example }"), Check(DnsProbe{.name = "a.example"}));
  EXPECT_EQ(check_of("sts: { regions: all }"), Check(StsProbe{}));
  EXPECT_EQ(check_of("manual: { by: identity-admins }"),
            Check(ManualProbe{.by = GroupId::parse("identity-admins").value()}));
  EXPECT_EQ(check_of("exec: { program: check_vpn }"), Check(ExecProbe{.program = "check_vpn"}));
  EXPECT_EQ(
      check_of(
          "saml_certificate: { of: primary-idp, iam_provider: { account: \"300000000001\", name: okta } }"),
      Check(CertificateProbe{.of = idp,
                             .iam_provider = SamlProvider{.account = elsewhere, .name = "okta"},
                             .warn_before = default_warn_before}));
  const Probe probe = probe_of("{ dependency: corporate-idp, tcp: \"a.example:443\" }");
  EXPECT_EQ(probe, (Probe{.id = probe.id,
                          .dependency = "corporate-idp",
                          .check = TcpProbe{.host = "a.example", .port = 443}}));
}

TEST(ReadProbes, OnlyWhatTestsTheUplinkIsAControlProbe) {
  for (const char* check : {"tcp: \"192.0.2.1:443\"", "tls: { address: \"192.0.2.1:443\" }",
                            "http: { url: \"https://192.0.2.1/\" }", "dns: { name: a.example }"})
    EXPECT_TRUE(probe_of("{ control: true, " + std::string(check) + " }").control) << check;
  for (const char* check :
       {"saml_metadata: { url: \"https://a.example/m\" }",
        "oidc_discovery: { issuer: \"https://a.example\" }", "sts: { regions: all }",
        "manual: { by: identity-admins }", "exec: { program: check_vpn }",
        "identity_center: { portal: \"https://a.example\", region: us-east-1 }",
        "scim_group: { url: \"https://a.example\", group: g, token: { env: T } }",
        "saml_login: { of: primary-idp, url: \"https://a.example/\", username: u, password: { env: P } }",
        "saml_certificate: { of: primary-idp, iam_provider: { account: \"300000000001\", name: okta } }"})
    EXPECT_THAT(faults_of(demo(with_probe("{ control: true, " + std::string(check) + " }"))),
                testing::Contains(HasSubstr("our own uplink works: http, tcp, tls or dns")))
        << check;
}

TEST(ReadProbes, AnAnswerIsSlowBeforeItIsNone) {
  EXPECT_EQ(probe_of("{ control: true, tcp: \"a:1\", timeout: 4s, slow_after: 4s }").slow_after, seconds(4));
  expect_each_of({{"tcp: \"a:1\", timeout: 4s, slow_after: 5s", "5s }", "is longer than the timeout (4s)"},
                  {"tcp: \"a:1\", slow_after: 0s", "0s }", "must be at least 1s"}});
}

TEST(ReadProbes, WhatCarriesACredentialIsHttpsOrOnThisMachine) {
  for (const char* url :
       {"http://127.0.0.1:8080/", "http://localhost/", "http://[::1]:8080/", "https://a.example"})
    EXPECT_THAT(faults_of(demo(with_probe("{ dependency: corporate-idp, oidc_discovery: { issuer: \"" +
                                          std::string(url) + "\" } }"))),
                IsEmpty());
  for (const std::string url :
       {"http://a.example/", "http://localhost.a.example/", "http://127.0.0.1.a.example/"}) {
    const std::string quoted = "\"" + url + "\"";
    expect_each_of(
        {{"oidc_discovery: { issuer: " + quoted + " }", quoted, "an https:// address"},
         {"scim_group: { url: " + quoted + ", group: g, token: { env: T } }", quoted, "an https:// address"},
         {"saml_login: { of: primary-idp, url: " + quoted + ", username: u, password: { env: P } }", quoted,
          "an https:// address"}});
  }
}

TEST(ReadProbes, AwssSideOfACertificateComesFromSomewhere) {
  expect_each_of({
      {"saml_certificate: { of: primary-idp }", "{ of: primary-idp }", "\"trusted_copy\" is missing"},
      {"saml_certificate: { of: primary-idp, iam_provider: { account: \"300000000001\" } }", "{ account: \"3",
       "\"name\" is missing"},
      {"saml_certificate: { of: primary-idp, iam_provider: { account: \"300000000001\", name: a b } }", "a b",
       "name of a SAML provider"},
      {"saml_certificate: { of: primary-idp, iam_provider: { account: \"300000000001\", name: a }, role: a/b "
       "}",
       "a/b }", "name of an IAM role"},
  });
  const std::string of_uplink = with_probe(
      "{ dependency: corporate-idp, saml_certificate: { of: uplink, iam_provider: { account: "
      "\"300000000001\", name: a } } }");
  EXPECT_THAT(faults_of(demo(of_uplink)),
              testing::Contains(testing::StartsWith(place_in(of_uplink, "of: uplink, iam") +
                                                    ": error: The probe uplink fetches no SAML metadata")));
  EXPECT_THAT(faults_of(demo(with_probe("{ dependency: corporate-idp, saml_certificate: { of: primary-idp, "
                                        "trusted_copy: a.xml, role: R } }"))),
              testing::Contains(HasSubstr("The role reads the iam_provider")));
}

TEST(ReadProbes, FormsOfTheirOwn) {
  const std::string long_list = "[1d, 2d, 3d, 4d, 5d, 6d, 7d, 8d, 9d, 10d, 11d]";
  std::string arguments;
  for (int i = 0; i < 20; ++i) arguments += "a, ";
  expect_each_of({
      {"saml_metadata: { url: \"https://a\", signed_by: " + std::string(64, 'A') + " }", "AAAAA",
       "64 digits"},
      {"saml_metadata: { url: \"https://a\", signed_by: " + std::string(63, 'a') + " }", "aaaa", "64 digits"},
      {"tls: { address: \"192.0.2.1\" }", "\"192.0.2.1\" } }", "\"address\" must be host:port"},
      {"tls: { address: \"a:1\", warn_before: " + long_list + " }", "[1d", "at most 10 times"},
      {"tls: { address: \"a:1\", warn_before: [1d, 1d] }", "1d] }", "stands twice"},
      {"tls: { address: \"a:1\", warn_before: [] }", "[] } }", "is an empty list"},
      {"dns: { name: a b }", "a b }", "the name of a host"},
      {"dns: { name: a, record: mx }", "mx }", "cannot be \"mx\""},
      {"dns: { name: a, server: dns.example }", "dns.example", "an IP address"},
      {"sts: { regions: all, at_least: 0 }", "0 }", "from 1 to 50"},
      {"sts: { regions: [eu-west-1], at_least: 2 }", "at_least: 2", "2 Regions must answer, and 1 is asked"},
      {"identity_center: { portal: \"https://a\", region: us-east-1, role: Read }", "Read }",
       "the ARN of a role"},
      {"manual: { by: nobody }", "nobody }", "There is no group"},
      {"exec: { program: /bin/sh }", "/bin/sh", "must be"},
      {"exec: { program: a, arguments: [" + arguments + "a] }", "[a, a", "at most 20"},
      {"exec: { program: a, arguments: [\"\\x1b[2J\"] }", "\"\\x1b", "control"},
      {"sts: { regions: all }, exec: { program: a }", "{ dependency: corporate-idp, sts",
       "Only one of these keys"},
  });
}

TEST(ReadProbes, ASecretIsNeverRepeated) {
  for (const char* probe :
       {"saml_login: { of: primary-idp, url: \"https://a\", username: u, password: HUNTER2 }",
        "scim_group: { url: \"https://a\", group: g, token: HUNTER2 }",
        "scim_group: { url: \"https://a\", group: g, token: { HUNTER2 } }",
        "scim_group: { url: \"https://a\", group: g, token: { env: HUNTER2 b } }"})
    EXPECT_THAT(faults_of(demo(with_probe("{ dependency: corporate-idp, " + std::string(probe) + " }"))),
                testing::AllOf(testing::Not(IsEmpty()), testing::Each(testing::Not(HasSubstr("HUNTER2")))));
}

TEST(ReadModes, SayHowManyNodesMustSeeItAndHowLongItLasts) {
  const auto mode_with = [](const std::string& keys) {
    const Reading reading =
        read(demo(with(demo_catalog(), "    declared_by: [", keys + "    declared_by: [")));
    return reading.catalog.value().modes.begin()->second;
  };
  EXPECT_EQ(mode_with("").seen_by, 1);
  EXPECT_EQ(mode_with("").lasts, seconds(12 * 3600));
  EXPECT_EQ(mode_with("    lasts: 10m\n").lasts, seconds(600));
  EXPECT_EQ(mode_with("    lasts: 7d\n    seen_by: 1\n").lasts, std::chrono::days(7));
  expect_each({
      {"    declared_by: [", "    lasts: 599s\n    declared_by: [", "599s", "at least 10m"},
      {"    declared_by: [", "    lasts: 169h\n    declared_by: [", "169h", "at most 7d"},
      {"    declared_by: [", "    seen_by: 0\n    declared_by: [", "0\n    declared", "from 1 to 16"},
      {"    declared_by: [", "    seen_by: 17\n    declared_by: [", "17\n", "from 1 to 16"},
      {"    declared_by: [", "    seen_by: 2\n    declared_by: [", "seen_by: 2", "and Postern has 1"},
  });
}

}  // namespace
}  // namespace postern::catalog_file
