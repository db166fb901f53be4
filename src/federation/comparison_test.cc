#include "federation/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/scripted_client.h"

namespace postern::federation {
namespace {

using catalog::Catalog;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Two self-signed certificates, valid from November 2026 for a hundred years, made with openssl req -x509.
const std::string old_certificate =
    "MIIBdjCCARugAwIBAgIUGkegEy0MIVuFGSVSQGU4Ze2yyr4wCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEaWRwMTAg"
    "Fw0yNjExMjYxNTA2MjdaGA8yMTI2MTEwMjE1MDYyN1owDzENMAsGA1UEAwwEaWRwMTBZMBMGByqGSM49AgEGCCqG"
    "SM49AwEHA0IABKJUwKROqJz2N1D4lTSqILmSNmLp8RogZnh3LVLD3TfJx6tLHRWEOeH66wPT218ETPbHF/kYArBW"
    "ECrC05WZmFOjUzBRMB0GA1UdDgQWBBSjwQRdokawWb1xt+fkalLEqUhA5TAfBgNVHSMEGDAWgBSjwQRdokawWb1x"
    "t+fkalLEqUhA5TAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQD3Ueqw65RfTaujfrsOHh8hxpzl"
    "euwrGY8Sz0j/1lcRGAIhAM2mqeuMM0zcxm5zPKcFFlmb2Zei+SQK8IqQDFb3VrWF";
const std::string new_certificate =
    "MIIBdTCCARugAwIBAgIUeSWFdPUytlPEmiomTPW6nyRyJvkwCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEaWRwMjAg"
    "Fw0yNjExMjYxNTA2MjdaGA8yMTI2MTEwMjE1MDYyN1owDzENMAsGA1UEAwwEaWRwMjBZMBMGByqGSM49AgEGCCqG"
    "SM49AwEHA0IABGpihJb8H1gb47rEQVRGAzTamvNWJEAVtahwJk+Yfrn2sRG6VEyZf0F7Uq07GgAtYVZlOEIAXnSQ"
    "9LAo3zzCVy6jUzBRMB0GA1UdDgQWBBR3T6xWVcCIA4SS+JFhx6OiajGJIjAfBgNVHSMEGDAWgBR3T6xWVcCIA4SS"
    "+JFhx6OiajGJIjAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIEwUh3tdEJPZGpV6854r/HEOkP7z"
    "QHbdqjHT1P3c/R5WAiEA7a/VAgSCg0uYKCz0ykZdzhW6dlinxXkohmHQXrPDNZI=";

const Instant now = parse_rfc3339("2027-03-01T03:04:05Z").value();
const std::string idp_url = "https://idp.example.net/metadata";
const std::string iam_url = "https://iam.amazonaws.com/";
const ProbeId idp = ProbeId::parse("idp").value();
const catalog::SamlProvider okta{.account = AccountId::parse("200000000001").value(), .name = "okta"};

std::string metadata(const std::string& certificate,
                     const std::string& entity_id = "https://idp.example.net") {
  return "<EntityDescriptor xmlns='urn:oasis:names:tc:SAML:2.0:metadata' entityID='" + entity_id +
         "'><IDPSSODescriptor "
         "protocolSupportEnumeration='urn:oasis:names:tc:SAML:2.0:protocol'><KeyDescriptor "
         "use='signing'><KeyInfo xmlns='http://www.w3.org/2000/09/xmldsig#'><X509Data><X509Certificate>" +
         certificate +
         "</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleSignOnService "
         "Binding='urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect' "
         "Location='https://idp.example.net/sso'/></IDPSSODescriptor></EntityDescriptor>";
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
  return out;
}

std::string provider_holding(const std::string& document) {
  return "<GetSAMLProviderResponse><GetSAMLProviderResult><CreateDate>2025-05-09T16:27:03Z</CreateDate>"
         "<SAMLMetadataDocument>" +
         escaped(document) + "</SAMLMetadataDocument></GetSAMLProviderResult></GetSAMLProviderResponse>";
}

const std::string gone =
    "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>no</Message></Error></ErrorResponse>";

Catalog catalog_with(catalog::CertificateProbe probe, catalog::SamlMetadataProbe watched = {.url = idp_url}) {
  Catalog out{
      .owners = {},
      .organization = {.name = "Example", .emergency_account = okta.account, .sts_regions = {"eu-west-1"}},
      .accounts = {},
      .people = {},
      .groups = {},
      .probes = {},
      .modes = {},
      .processes = {},
      .playbooks = {}};
  out.probes.emplace(idp, catalog::Probe{.id = idp, .check = std::move(watched)});
  const ProbeId certificate = ProbeId::parse("idp-certificate").value();
  out.probes.emplace(certificate, catalog::Probe{.id = certificate, .check = std::move(probe)});
  out.trusted_copies.emplace("idp.xml", metadata(old_certificate));
  return out;
}

class ComparisonTest : public testing::Test {
 protected:
  std::vector<Comparison> compared(const Catalog& catalog, const std::string& served) {
    client_.answer(idp_url, 200, served);
    return compare_all(catalog, {{idp, fetch_idp(catalog, idp, client_)}}, &aws_, now);
  }

  aws::ScriptedClient client_;
  std::string caller_ = "arn:aws:sts::200000000001:assumed-role/Read/postern-read";
  std::vector<std::string> roles_;
  Aws aws_{.client = client_,
           .environment = [](const std::string&) { return std::nullopt; },
           .credentials = [this](const std::string& role) -> Result<aws::Credentials> {
             roles_.push_back(role);
             return aws::Credentials{.access_key_id = "AKIA", .secret_access_key = Secret::copy_of("s")};
           },
           .caller = [this](const aws::Credentials&) -> Result<std::string> { return caller_; },
           .now = now};
};

TEST_F(ComparisonTest, ACopyThatTheIdpStillSignsWithIsTheSame) {
  const auto all = compared(catalog_with({.of = idp, .trusted_copy = "idp.xml"}), metadata(old_certificate));
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(verdict_of(all.front()), Verdict::same);
  EXPECT_EQ(all.front().copy_path, "idp.xml");
}

TEST_F(ComparisonTest, SignInWouldNotWorkOnceTheIdpSignsWithAnotherCertificate) {
  const auto all = compared(catalog_with({.of = idp, .trusted_copy = "idp.xml"}), metadata(new_certificate));
  EXPECT_EQ(verdict_of(all.front()), Verdict::would_not_work);
}

TEST_F(ComparisonTest, TheLiveProviderIsReadByTheProbesRoleBesideTheCopy) {
  client_.answer(iam_url, 200, provider_holding(metadata(new_certificate)));
  const auto all = compared(
      catalog_with(
          {.of = idp, .trusted_copy = "idp.xml", .iam_provider = okta, .role = "arn:aws:iam::2:role/R"}),
      metadata(new_certificate));
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(verdict_of(all[0]), Verdict::would_not_work);
  EXPECT_EQ(verdict_of(all[1]), Verdict::same);
  EXPECT_EQ(all[1].held, saml::Held::live);
  EXPECT_EQ(all[1].since, parse_rfc3339("2025-05-09T16:27:03Z").value());
  EXPECT_THAT(roles_, ElementsAre("arn:aws:iam::2:role/R"));
}

TEST_F(ComparisonTest, AProviderOfTheFederationIsComparedWithTheOnlyIdp) {
  client_.answer(iam_url, 200, provider_holding(metadata(old_certificate)));
  Catalog catalog = catalog_with({.of = idp});
  catalog.federation.iam_saml = {okta};
  const auto all = compared(catalog, metadata(new_certificate));
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(verdict_of(all.front()), Verdict::would_not_work);
}

TEST_F(ComparisonTest, AProviderThatIsGoneIsNoUnknown) {
  client_.answer(iam_url, 404, gone);
  const auto all = compared(catalog_with({.of = idp, .iam_provider = okta}), metadata(old_certificate));
  EXPECT_TRUE(all.front().is_deleted);
  EXPECT_EQ(verdict_of(all.front()), Verdict::would_not_work);
}

TEST_F(ComparisonTest, CredentialsOfAnotherAccountProveNothing) {
  client_.answer(iam_url, 404, gone);
  caller_ = "arn:aws:iam::200000000002:user/aiko";
  const auto all = compared(catalog_with({.of = idp, .iam_provider = okta}), metadata(old_certificate));
  EXPECT_EQ(verdict_of(all.front()), Verdict::unknown);
  EXPECT_THAT(all.front().trust.error().message, HasSubstr("200000000002"));
}

TEST_F(ComparisonTest, AGrantsOwnSessionReadsWhereItMayNotTakeTheReadingRole) {
  client_.answer(iam_url, 200, provider_holding(metadata(old_certificate)));
  aws_.credentials = [](const std::string& role) -> Result<aws::Credentials> {
    if (!role.empty()) return fail(ErrorCode::forbidden, "That role is not for you.");
    return aws::Credentials{.access_key_id = "ASIA", .secret_access_key = Secret::copy_of("s")};
  };
  const Catalog catalog =
      catalog_with({.of = idp, .iam_provider = okta, .role = "arn:aws:iam::200000000001:role/Read"});
  EXPECT_EQ(verdict_of(compared(catalog, metadata(old_certificate)).front()), Verdict::same);

  caller_ = "arn:aws:iam::200000000002:user/aiko";
  const auto all = compared(catalog, metadata(old_certificate));
  EXPECT_EQ(all.front().trust.error().message, "That role is not for you.");
}

TEST_F(ComparisonTest, AKeyThatThisHostHasNotIsNoDeletedProvider) {
  aws_.credentials = [](const std::string&) -> Result<aws::Credentials> {
    return fail(ErrorCode::not_found, "There is no access key.");
  };
  const auto all = compared(catalog_with({.of = idp, .iam_provider = okta}), metadata(old_certificate));
  EXPECT_EQ(verdict_of(all.front()), Verdict::unknown);
}

TEST_F(ComparisonTest, WithoutCredentialsTheCopyStandsForItsProvider) {
  const Catalog catalog = catalog_with({.of = idp, .trusted_copy = "idp.xml", .iam_provider = okta});
  client_.answer(idp_url, 200, metadata(old_certificate));
  const auto all = compare_all(catalog, {{idp, fetch_idp(catalog, idp, client_)}}, nullptr, now);
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(verdict_of(all.front()), Verdict::same);
}

TEST_F(ComparisonTest, WithoutCredentialsAndCopyAProviderIsUnknown) {
  const Catalog catalog = catalog_with({.of = idp, .iam_provider = okta});
  client_.answer(idp_url, 200, metadata(old_certificate));
  const auto all = compare_all(catalog, {{idp, fetch_idp(catalog, idp, client_)}}, nullptr, now);
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(verdict_of(all.front()), Verdict::unknown);
}

TEST_F(ComparisonTest, AnIdpThatDoesNotAnswerProvesNothing) {
  const Catalog catalog = catalog_with({.of = idp, .trusted_copy = "idp.xml"});
  const auto all = compare_all(catalog, {{idp, fetch_idp(catalog, idp, client_)}}, &aws_, now);
  EXPECT_EQ(verdict_of(all.front()), Verdict::unknown);
}

TEST_F(ComparisonTest, AWebPageIsNoMetadata) {
  const Catalog catalog = catalog_with({.of = idp});
  client_.answer(idp_url, 503, "<html>Sorry</html>");
  client_.answer(idp_url, 200, "<html>Sorry</html>");
  EXPECT_EQ(fetch_idp(catalog, idp, client_).error().code, ErrorCode::unavailable);
  EXPECT_EQ(fetch_idp(catalog, idp, client_).error().code, ErrorCode::invalid);
}

TEST_F(ComparisonTest, MetadataOfAnotherIdpThanTheCatalogExpectsIsRefused) {
  const Catalog catalog = catalog_with({.of = idp}, {.url = idp_url, .entity_id = "https://idp.example.net"});
  EXPECT_TRUE(read_idp(catalog, idp, metadata(new_certificate)));
  EXPECT_EQ(read_idp(catalog, idp, metadata(new_certificate, "https://evil.example")).error().code,
            ErrorCode::forbidden);
}

TEST_F(ComparisonTest, MetadataWithoutTheSignatureThatTheCatalogAsksForIsRefused) {
  const Catalog catalog = catalog_with({.of = idp}, {.url = idp_url, .signed_by = std::string(64, 'a')});
  EXPECT_EQ(read_idp(catalog, idp, metadata(new_certificate)).error().code, ErrorCode::forbidden);
}

TEST(Destinations, EachPlaceIsNamedOnce) {
  Catalog catalog = catalog_with({.of = idp, .iam_provider = okta, .role = "arn:aws:iam::2:role/R"});
  const AccountId center = AccountId::parse("100000000002").value();
  catalog.federation.iam_saml = {okta};
  catalog.federation.identity_center =
      catalog::IdentityCenter{.account = center, .region = "eu-west-1", .access_portal = ""};
  const std::vector<Assigned> all = destinations(catalog);
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].reading_role, "arn:aws:iam::2:role/R");
  EXPECT_EQ(all[0].idp, idp);
  EXPECT_EQ(std::get<catalog::IdentityCenter>(all[1].destination.aws).account, center);
  EXPECT_EQ(all[1].idp, idp);
}

TEST(Destinations, TheProcessThatRepairsWhatTheProbeWatchesIsNamed) {
  Catalog catalog = catalog_with({.of = idp, .iam_provider = okta});
  for (const char* id : {"a-process", "repair"}) {
    const ProcessId process = ProcessId::parse(id).value();
    catalog.processes.emplace(process, catalog::Process{.id = process,
                                                        .title = "",
                                                        .use_when = "",
                                                        .do_not_use_when = "",
                                                        .who_may_request = {},
                                                        .access = {.emergency_role = "",
                                                                   .target_role = "RoleOf-" + process.text(),
                                                                   .target_accounts = {okta.account}},
                                                        .tiers = {},
                                                        .playbook = ""});
  }
  EXPECT_EQ(destinations(catalog).front().destination.role, "RoleOf-a-process");

  const ModeId mode = ModeId::parse("federation-broken").value();
  catalog.modes.emplace(mode, catalog::FailureMode{.id = mode,
                                                   .title = "",
                                                   .leads_to = "",
                                                   .takes_away = {"idp-metadata"},
                                                   .confirm = {catalog::ProbeDown{.probe = idp}},
                                                   .declared_by = {},
                                                   .process = ProcessId::parse("repair").value()});
  catalog.probes.at(ProbeId::parse("idp-certificate").value()).dependency = "idp-metadata";
  EXPECT_EQ(destinations(catalog).front().destination.process, "repair");
  EXPECT_EQ(destinations(catalog).front().destination.role, "RoleOf-repair");
}

TEST(Destinations, NoIdpIsGuessedWhereThereAreSeveral) {
  Catalog catalog = catalog_with({.of = idp, .trusted_copy = "idp.xml"});
  const ProbeId standby = ProbeId::parse("standby").value();
  const ProbeId second = ProbeId::parse("standby-certificate").value();
  catalog.probes.emplace(second,
                         catalog::Probe{.id = second, .check = catalog::CertificateProbe{.of = standby}});
  catalog.federation.iam_saml = {okta};
  const std::vector<Assigned> all = destinations(catalog);
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all.front().idp, std::nullopt);
  EXPECT_THAT(compared_idps(catalog), ElementsAre(idp, standby));
}

TEST(Destinations, WithoutCertificateProbesOneIdpAloneIsMeant) {
  Catalog catalog = catalog_with({.of = idp});
  catalog.probes.erase(ProbeId::parse("idp-certificate").value());
  EXPECT_THAT(compared_idps(catalog), ElementsAre(idp));
  const ProbeId standby = ProbeId::parse("standby").value();
  catalog.probes.emplace(standby,
                         catalog::Probe{.id = standby, .check = catalog::SamlMetadataProbe{.url = idp_url}});
  EXPECT_THAT(compared_idps(catalog), IsEmpty());
}

}  // namespace
}  // namespace postern::federation
