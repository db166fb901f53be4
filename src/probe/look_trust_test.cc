#include "probe/look_for_test.h"

// saml_certificate: the doctor of failure mode FM2.
namespace postern::probe {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the world of these tests
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const std::string metadata_url = "https://idp.example.net/metadata";
const std::string iam = "https://iam.amazonaws.com/";

const Signer& first() {
  static const Signer signer = make_signer("first");
  return signer;
}
const Signer& second() {
  static const Signer signer = make_signer("second");
  return signer;
}

std::string escaped(const std::string& xml) {
  std::string out;
  for (const char c : xml)
    out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
  return out;
}
std::string provider_answer(const std::string& metadata) {
  return "<GetSAMLProviderResponse "
         "xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetSAMLProviderResult>"
         "<SAMLMetadataDocument>" +
         escaped(metadata) +
         "</SAMLMetadataDocument></GetSAMLProviderResult><ResponseMetadata><RequestId>r-1</RequestId>"
         "</ResponseMetadata></GetSAMLProviderResponse>";
}
std::string refusal(const std::string& code) {
  return "<ErrorResponse "
         "xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type><Code>" +
         code + "</Code><Message>no</Message></Error><RequestId>r-1</RequestId></ErrorResponse>";
}

class TrustLook : public testing::Test {
 protected:
  void idp_serves(const std::string& metadata) { world_.network.answer(metadata_url, 200, metadata); }
  void iam_holds(const std::string& metadata) {
    world_.have_credentials();
    world_.network.answer(iam, 200, provider_answer(metadata));
  }
  void iam_refuses(int status, const std::string& code) {
    world_.have_credentials();
    world_.network.answer(iam, status, refusal(code));
  }
  void copy_holds(const std::string& metadata) { world_.catalog.trusted_copies["okta.xml"] = metadata; }
  Observation look(bool with_copy, bool live) {
    catalog::CertificateProbe probe{.of = of_, .role = "arn:aws:iam::200000000001:role/Read"};
    if (with_copy) probe.trusted_copy = "okta.xml";
    if (live) probe.iam_provider = catalog::SamlProvider{AccountId::parse("200000000001").value(), "okta"};
    return world_.look(probe);
  }
  Observation look_by_copy() { return look(true, false); }
  Observation look_live() { return look(false, true); }
  Observation look_both() { return look(true, true); }

  World world_;
  ProbeId of_ = world_.have_idp(metadata_url);
};

TEST_F(TrustLook, IsGoodWhenBothSidesHoldTheSame) {
  idp_serves(metadata_of({&first()}));
  copy_holds(metadata_of({&first()}));
  iam_holds(metadata_of({&first()}));
  for (const Observation& seen : {look_by_copy(), look_live(), look_both()}) {
    EXPECT_EQ(seen.sight, Sight::good) << seen.detail;
    EXPECT_THAT(seen.detail, HasSubstr("AWS holds 1 of the 1 certificates"));
    EXPECT_THAT(warnings_of(seen), IsEmpty());
  }
  EXPECT_THAT(world_.roles_asked_for, testing::Each("arn:aws:iam::200000000001:role/Read"));
}

TEST_F(TrustLook, SaysDoesNotMatchWhenAwsHoldsNothingThatTheIdpSignsWith) {
  idp_serves(metadata_of({&second()}));
  iam_holds(metadata_of({&first()}));
  const Observation seen = look_live();
  EXPECT_EQ(seen.sight, Sight::bad);
  EXPECT_THAT(warnings_of(seen),
              ElementsAre(Warns(Kind::mismatch, "Does not match: AWS holds no certificate")));
  EXPECT_THAT(warnings_of(seen)[0].second, HasSubstr("signs with CN=second, "));
  EXPECT_THAT(warnings_of(seen)[0].second, HasSubstr("AWS holds CN=first, "));
}

TEST_F(TrustLook, SaysDoesNotMatchWhenAwsKnowsTheIdpByAnotherName) {
  idp_serves(metadata_of({&first()}));
  iam_holds(metadata_of({&first()}, "", "https://old.example.net/"));
  const Observation seen = look_live();
  EXPECT_EQ(seen.sight, Sight::bad);
  EXPECT_THAT(seen.detail, HasSubstr("https://old.example.net/"));
  EXPECT_THAT(warnings_of(seen), ElementsAre(Warns(Kind::mismatch, "Does not match: ")));
}

TEST_F(TrustLook, SaysChangedWhileAWorkingIdpRollsItsCertificateOver) {
  idp_serves(metadata_of({&first(), &second()}));
  iam_holds(metadata_of({&first()}));
  const Observation added = look_live();
  EXPECT_EQ(added.sight, Sight::good);
  EXPECT_THAT(warnings_of(added), ElementsAre(Warns(Kind::changed, "may now sign with CN=second, ")));
}

TEST_F(TrustLook, SaysChangedWhenAwsStillHoldsWhatTheIdpHasDropped) {
  idp_serves(metadata_of({&first()}));
  iam_holds(metadata_of({&first(), &second()}));
  const Observation seen = look_live();
  EXPECT_EQ(seen.sight, Sight::good);
  EXPECT_THAT(warnings_of(seen), ElementsAre(Warns(Kind::changed, "does not sign with CN=second, ")));
}

TEST_F(TrustLook, SaysDeletedWhenIamDoesNotKnowTheProvider) {
  idp_serves(metadata_of({&first()}));
  copy_holds(metadata_of({&first()}));
  iam_refuses(404, "NoSuchEntity");
  for (const Observation& seen : {look_live(), look_both()}) {
    EXPECT_EQ(seen.sight, Sight::bad) << "a copy does not bring it back";
    EXPECT_THAT(
        warnings_of(seen),
        ElementsAre(Warns(Kind::deleted,
                          "Deleted: IAM does not know the SAML provider okta of account 200000000001")));
  }
}

TEST_F(TrustLook, SaysDeletedOnlyWithCredentialsOfTheAccount) {
  const auto look_as = [](const std::string& account) {
    World world;
    const ProbeId of = world.have_idp(metadata_url);
    world.network.answer(metadata_url, 200, metadata_of({&first()}));
    world.have_credentials();
    world.network.answer(iam, 404, refusal("NoSuchEntity"));
    world.catalog.organization.sts_regions = {"eu-west-1"};
    world.network.answer(
        "https://sts.eu-west-1.amazonaws.com/", 200,
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
        "<GetCallerIdentityResult><Arn>arn:aws:iam::" +
            account + ":user/::200000000001:/postern</Arn><UserId>AIDA</UserId><Account>" + account +
            "</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>r-1</RequestId>"
            "</ResponseMetadata></GetCallerIdentityResponse>");
    return world.look(catalog::CertificateProbe{
        .of = of, .iam_provider = catalog::SamlProvider{AccountId::parse("200000000001").value(), "okta"}});
  };
  const Observation another = look_as("300000000001");
  EXPECT_EQ(another.sight, Sight::blind);
  EXPECT_THAT(another.detail, HasSubstr("the credentials are of another account"));
  EXPECT_FALSE(another.warnings);
  EXPECT_EQ(look_as("200000000001").sight, Sight::bad);
}

TEST_F(TrustLook, SaysExpiresAndExpiredOfWhatBothSidesHold) {
  const Signer soon = until("soon", "2026-12-03T12:00:00Z");
  const Signer over = until("over", "2026-11-20T00:00:00Z");
  idp_serves(metadata_of({&soon, &over}));
  iam_holds(metadata_of({&soon, &over}));
  const Observation seen = look_live();
  EXPECT_EQ(seen.sight, Sight::good) << "one that is valid is enough";
  EXPECT_THAT(warnings_of(seen),
              UnorderedElementsAre(Warns(Kind::expires, "expires on 2026-12-03, in less than 7 days"),
                                   Warns(Kind::expired, "expired on 2026-11-20")));
}

TEST_F(TrustLook, SaysNothingOfTheEndOfWhatAwsDoesNotHold) {
  const Signer soon = until("soon", "2026-12-03T12:00:00Z");
  idp_serves(metadata_of({&first(), &soon}));
  iam_holds(metadata_of({&first()}));
  EXPECT_THAT(warnings_of(look_live()), ElementsAre(Warns(Kind::changed, "CN=soon")));
}

TEST_F(TrustLook, IsBadWhenEverythingThatBothSidesHoldHasExpired) {
  const Signer over = until("over", "2026-11-20T00:00:00Z");
  idp_serves(metadata_of({&over, &second()}));
  iam_holds(metadata_of({&over}));
  const Observation seen = look_live();
  EXPECT_EQ(seen.sight, Sight::bad);
  EXPECT_THAT(seen.detail, HasSubstr("has expired"));
  EXPECT_THAT(warnings_of(seen),
              UnorderedElementsAre(Warns(Kind::expired, "CN=over"), Warns(Kind::changed, "CN=second")));
}

TEST_F(TrustLook, SaysChangedWhenIamIsNotWhatTheOwnersSigned) {
  idp_serves(metadata_of({&first()}));
  copy_holds(metadata_of({&first()}));
  iam_holds(metadata_of({&first(), &second()}));
  const auto warnings = warnings_of(look_both());
  EXPECT_THAT(warnings, testing::Contains(Warns(
                            Kind::changed, "is not what the signed copy says. It now also holds CN=second")));
}

TEST_F(TrustLook, JudgesByIamAndNotByTheCopyWhereItSeesBoth) {
  idp_serves(metadata_of({&first()}));
  copy_holds(metadata_of({&first()}));
  iam_holds(metadata_of({&second()}));
  EXPECT_EQ(look_both().sight, Sight::bad);
}

TEST_F(TrustLook, JudgesByTheCopyAndSaysSoWhereIamIsNotToBeSeen) {
  idp_serves(metadata_of({&first()}));
  copy_holds(metadata_of({&first()}));
  const Observation without_credentials = look_both();
  EXPECT_EQ(without_credentials.sight, Sight::good);
  EXPECT_THAT(without_credentials.detail,
              HasSubstr("by the signed copy alone: IAM cannot be read without credentials"));
  iam_refuses(403, "AccessDenied");
  EXPECT_THAT(look_both().detail, HasSubstr("by the signed copy alone: "));
}

TEST_F(TrustLook, IsBlindWhereOneSideIsNotToBeSeen) {
  const Observation no_idp = look_by_copy();
  EXPECT_EQ(no_idp.sight, Sight::blind) << "that the IdP is down is another probe's business";
  EXPECT_FALSE(no_idp.warnings) << "what was said before still stands";
  idp_serves(metadata_of({&first()}));
  const Observation no_copy = look_by_copy();
  EXPECT_EQ(no_copy.sight, Sight::blind);
  EXPECT_THAT(no_copy.detail, HasSubstr("no signed copy"));
  const Observation no_credentials = look_live();
  EXPECT_EQ(no_credentials.sight, Sight::blind);
  EXPECT_THAT(no_credentials.detail, HasSubstr("without credentials: no credentials on this host"));
  world_.have_credentials();
  EXPECT_EQ(look_live().sight, Sight::blind) << "IAM is not reached";
  iam_refuses(403, "AccessDenied");
  EXPECT_EQ(look_live().sight, Sight::blind);
  copy_holds("<html/>");
  EXPECT_THAT(look_by_copy().detail, HasSubstr("the signed copy cannot be read"));
}

TEST_F(TrustLook, IsBlindWhenIamHoldsWhatNobodyCanRead) {
  idp_serves(metadata_of({&first()}));
  iam_holds("<x/>");
  const Observation seen = look_live();
  EXPECT_EQ(seen.sight, Sight::blind);
  EXPECT_THAT(seen.detail, HasSubstr("what IAM holds cannot be read"));
}

TEST_F(TrustLook, IsBlindWhenTheProbeItNamesIsNoMetadataProbe) {
  world_.catalog.probes.at(of_).check = catalog::TcpProbe{};
  copy_holds(metadata_of({&first()}));
  EXPECT_EQ(look_by_copy().sight, Sight::blind);
  world_.catalog.probes.clear();
  EXPECT_EQ(look_by_copy().sight, Sight::blind);
}

}  // namespace
}  // namespace postern::probe
