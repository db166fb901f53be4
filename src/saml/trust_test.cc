#include "saml/trust.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"

namespace postern::saml {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using Kind = TrustFinding::Kind;

const Instant now = parse_rfc3339("2026-11-26T03:00:00Z").value();

SigningCertificate certificate(const std::string& name, Instant not_before = now - 24h,
                               Instant not_after = now + 24h) {
  return {.sha256 = sha256(name), .not_before = not_before, .not_after = not_after, .subject = "CN=" + name};
}
IdpMetadata side(std::vector<SigningCertificate> certificates) {
  return {.entity_id = "https://idp.example.com/",
          .sign_on_urls = {"https://idp.example.com/sso"},
          .signing_certificates = std::move(certificates)};
}
auto finding(Kind kind, const std::string& text) {
  return AllOf(Field(&TrustFinding::kind, kind), Field(&TrustFinding::text, HasSubstr(text)));
}
auto kind(Kind kind) { return Field(&TrustFinding::kind, kind); }

TEST(Trust, WorksWithoutFindingsWhenBothSidesSayTheSame) {
  const Trust trust = compare(side({certificate("a")}), side({certificate("a")}), now);
  EXPECT_TRUE(trust.works);
  EXPECT_THAT(trust.findings, IsEmpty());
}

TEST(Trust, IsBrokenWhenTheProviderChangedItsKeyAndAwsWasNotTold) {
  const Trust trust = compare(side({certificate("b")}), side({certificate("a")}), now);
  EXPECT_FALSE(trust.works);
  EXPECT_THAT(
      trust.findings,
      ElementsAre(TrustFinding{Kind::not_trusted, "The IdP signs with " + describe(certificate("b")) +
                                                      "; AWS does not hold it."},
                  TrustFinding{Kind::no_longer_used, "AWS holds only " + describe(certificate("a")) +
                                                         ", which the IdP does not sign with any more."}));
}

TEST(Trust, WorksDuringARolloverButSaysWhatAwsLacks) {
  const Trust trust = compare(side({certificate("a"), certificate("next")}), side({certificate("a")}), now);
  EXPECT_TRUE(trust.works);
  EXPECT_THAT(trust.findings, ElementsAre(finding(Kind::not_trusted, "The IdP may sign with CN=next")));
}

TEST(Trust, WorksWhenAwsStillHoldsAnOldCertificateBesideTheRightOne) {
  const Trust trust = compare(side({certificate("b")}), side({certificate("a"), certificate("b")}), now);
  EXPECT_TRUE(trust.works);
  EXPECT_THAT(trust.findings, ElementsAre(finding(Kind::no_longer_used, "AWS holds CN=a")));
}

TEST(Trust, IsBrokenWhenTheOnlySharedCertificateHasExpired) {
  const SigningCertificate old = certificate("old", now - 48h, now);
  const Trust trust = compare(side({old}), side({old}), now);
  EXPECT_FALSE(trust.works);
  EXPECT_THAT(trust.findings,
              ElementsAre(finding(Kind::expired, "which the IdP signs with and AWS holds, has expired.")));
  EXPECT_TRUE(compare(side({old}), side({old}), now - 1ms).works);
}

TEST(Trust, IsBrokenWhileTheOnlySharedCertificateIsNotValidYet) {
  const SigningCertificate early = certificate("early", now + 1ms, now + 48h);
  const Trust trust = compare(side({early}), side({early}), now);
  EXPECT_FALSE(trust.works);
  EXPECT_THAT(trust.findings, ElementsAre(finding(Kind::not_yet_valid, "is not valid before 2026-11-26")));
  EXPECT_TRUE(compare(side({early}), side({early}), now + 1ms).works);
}

TEST(Trust, SaysOfAnExpiredCertificateOnWhichSideItStands) {
  const SigningCertificate old = certificate("old", now - 48h, now - 24h);
  const Trust at_idp = compare(side({certificate("a"), old}), side({certificate("a")}), now);
  EXPECT_TRUE(at_idp.works);
  EXPECT_THAT(at_idp.findings,
              testing::Contains(finding(Kind::expired, "which the IdP signs with, has expired")));
  const Trust at_aws = compare(side({certificate("a")}), side({certificate("a"), old}), now);
  EXPECT_TRUE(at_aws.works);
  EXPECT_THAT(at_aws.findings, testing::Contains(finding(Kind::expired, "which AWS holds, has expired")));
}

TEST(Trust, IsBrokenWhenAwsKnowsTheProviderByAnotherName) {
  IdpMetadata renamed = side({certificate("a")});
  renamed.entity_id = "https://new.example.com/\x1b[2J";
  const Trust trust = compare(renamed, side({certificate("a")}), now);
  EXPECT_FALSE(trust.works);
  ASSERT_THAT(trust.findings, ElementsAre(finding(Kind::entity_differs, "\"https://idp.example.com/\"")));
  EXPECT_EQ(trust.findings[0].text.find('\x1b'), std::string::npos);
}

TEST(Trust, MindsAnotherSignOnAddressButNotAnotherOrder) {
  IdpMetadata idp = side({certificate("a")});
  IdpMetadata aws = side({certificate("a")});
  idp.sign_on_urls = {"https://idp.example.com/1", "https://idp.example.com/2"};
  aws.sign_on_urls = {"https://idp.example.com/2", "https://idp.example.com/1"};
  EXPECT_THAT(compare(idp, aws, now).findings, IsEmpty());
  aws.sign_on_urls = {"https://old.example.com/1", "https://old.example.com/2", "https://old.example.com/3",
                      "https://old.example.com/4"};
  const Trust trust = compare(idp, aws, now);
  EXPECT_TRUE(trust.works);
  EXPECT_THAT(trust.findings,
              ElementsAre(finding(Kind::sign_on_differs, "and 1 more to sign in; the IdP now says")));
}

TEST(Trust, SaysFirstWhatStopsIt) {
  IdpMetadata aws = side({certificate("a", now - 48h, now - 24h)});
  aws.entity_id = "https://old.example.com/";
  aws.sign_on_urls = {"https://old.example.com/sso"};
  EXPECT_THAT(
      compare(side({certificate("b", now + 24h, now + 48h)}), aws, now).findings,
      ElementsAre(kind(Kind::entity_differs), kind(Kind::not_trusted), kind(Kind::expired),
                  kind(Kind::not_yet_valid), kind(Kind::no_longer_used), kind(Kind::sign_on_differs)));
}

TEST(Trust, SaysEachThingOnceWhenACertificateIsListedTwice) {
  const Trust trust =
      compare(side({certificate("b"), certificate("b")}), side({certificate("a"), certificate("a")}), now);
  EXPECT_THAT(trust.findings, ElementsAre(finding(Kind::not_trusted, "The IdP signs with CN=b"),
                                          finding(Kind::no_longer_used, "AWS holds only CN=a")));
}

TEST(Trust, DescribesACertificateAsAConsoleShowsIt) {
  SigningCertificate shown =
      certificate("idp.example.net", now, parse_rfc3339("2027-01-05T23:59:59Z").value());
  shown.sha256 = Digest::from_hex("3fa1000000000000000000000000000000000000000000000000000000000b9c").value();
  EXPECT_EQ(describe(shown),
            "CN=idp.example.net, "
            "3F:A1:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:"
            "00:0B:9C (SHA-256), until 2027-01-05");
  shown.subject = "";
  EXPECT_THAT(describe(shown), StartsWith("a certificate without a name, 3F:A1"));
}

TEST(DueWarning, IsTheSmallestThatHasBeenReached) {
  const Instant end = now;
  const std::vector<seconds> before = {24h * 30, 24h * 7, 24h * 60};
  EXPECT_EQ(due_warning(end, before, end - 24h * 60 - 1ms), std::nullopt);
  EXPECT_EQ(due_warning(end, before, end - 24h * 60), seconds(24h * 60));
  EXPECT_EQ(due_warning(end, before, end - 24h * 30 - 1ms), seconds(24h * 60));
  EXPECT_EQ(due_warning(end, before, end - 24h * 30), seconds(24h * 30));
  EXPECT_EQ(due_warning(end, before, end - 1ms), seconds(24h * 7));
}

TEST(DueWarning, IsZeroOnceItHasEnded) {
  EXPECT_EQ(due_warning(now, {24h * 7}, now), seconds(0));
  EXPECT_EQ(due_warning(now, {}, now + 24h), seconds(0));
  EXPECT_EQ(due_warning(now, {}, now - 1ms), std::nullopt);
}

}  // namespace
}  // namespace postern::saml
