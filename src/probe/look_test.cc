#include "probe/look.h"

#include "probe/look_for_test.h"

// The kinds of looks that are one or two plain requests, and what all kinds have in common.
namespace postern::probe {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the world of these tests
using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::string page = "https://portal.example.net/health?key=confidential";
const std::string metadata_url = "https://idp.example.net/metadata";
const std::string issuer = "https://login.example.net";

TEST(HttpLook, IsGoodWhenStatusAndTextAreAsExpected) {
  World world;
  world.network.answer(page, 200, "all is well");
  EXPECT_EQ(world.look(catalog::HttpProbe{.url = page}).sight, Sight::good);
  EXPECT_EQ(world.look(catalog::HttpProbe{.url = page, .contains = "is well"}).sight, Sight::good);
  const Observation seen = world.look(catalog::HttpProbe{.url = page, .contains = "is fine"});
  EXPECT_EQ(seen.sight, Sight::bad);
  EXPECT_THAT(seen.detail, HasSubstr("without the text"));
  EXPECT_EQ(world.look(catalog::HttpProbe{.url = page, .expect = 204}).detail, "answered status 200");
}

TEST(HttpLook, AsksOverAConnectionOfItsOwnWithinTheWholeTimeOut) {
  World world;
  world.network.answer(page, 200, "");
  (void)world.look(catalog::HttpProbe{.url = page});
  ASSERT_THAT(world.network.sent, SizeIs(1));
  EXPECT_EQ(world.network.sent[0].connection, http::Outgoing::Connection::fresh);
  EXPECT_EQ(world.network.sent[0].deadline, 5s);
  EXPECT_EQ(world.network.sent[0].connect_deadline, 5s);
}

TEST(HttpLook, TakesARedirectForAnAnswerAndNamesItsHostOnly) {
  World world;
  world.network.answer(page, 302, "",
                       {{"location", "https://elsewhere.example.org/path?token=confidential"}});
  const Observation seen = world.look(catalog::HttpProbe{.url = page});
  EXPECT_EQ(seen.sight, Sight::bad);
  EXPECT_EQ(seen.detail, "answered status 302, to elsewhere.example.org");
  EXPECT_THAT(world.network.urls(), ElementsAre(page));
  EXPECT_EQ(world.look(catalog::HttpProbe{.url = page, .expect = 302}).sight, Sight::good);
}

TEST(HttpLook, IsBadWhenNobodyAnswers) {
  World world;
  const Observation seen = world.look(catalog::HttpProbe{.url = page});
  EXPECT_EQ(seen.sight, Sight::bad);
  EXPECT_FALSE(seen.warnings) << "what was said of the certificate before still stands";
}

TEST(HttpLook, WarnsOfTheServersCertificateInTheSameWordsUntilTheNextStep) {
  World world;
  world.network.answer(page, 503, "");
  world.network.certificate = until("portal", "2026-12-08T12:00:00Z").der;
  const Observation seen = world.look(catalog::HttpProbe{.url = page});
  EXPECT_EQ(seen.sight, Sight::bad) << "a warning changes nothing of the sight";
  EXPECT_THAT(warnings_of(seen),
              ElementsAre(testing::Pair(Kind::expires,
                                        "The TLS certificate of portal.example.net expires on "
                                        "2026-12-08, in less than 14 days.")));
  world.network.certificate = until("portal", "2027-11-26T12:00:00Z").der;
  EXPECT_THAT(warnings_of(world.look(catalog::HttpProbe{.url = page})), IsEmpty());
  world.network.certificate = "not a certificate";
  EXPECT_FALSE(world.look(catalog::HttpProbe{.url = page}).warnings);
  world.network.answer("http://portal.example.net/", 200, "");
  EXPECT_THAT(warnings_of(world.look(catalog::HttpProbe{.url = "http://portal.example.net/"})), IsEmpty());
}

TEST(Look, IsSlowWhenAGoodAnswerTookLongerThanItShould) {
  World world;
  world.network.answer(page, 200, "");
  catalog::Probe probe = World::probe(catalog::HttpProbe{.url = page});
  world.network.takes = 2500ms;
  EXPECT_EQ(world.look_at(probe, world.clock).sight, Sight::good) << "half of the time-out";
  world.network.takes = 2600ms;
  const Observation slow = world.look_at(probe, world.clock);
  EXPECT_EQ(slow.sight, Sight::slow);
  EXPECT_EQ(slow.detail, "slow (2.6 s): answered status 200");
  probe.slow_after = 3s;
  EXPECT_EQ(world.look_at(probe, world.clock).sight, Sight::good);
  probe.slow_after = 1s;
  EXPECT_EQ(world.look_at(probe, world.clock).sight, Sight::slow);
  world.network.answer(metadata_url, 500, "");
  EXPECT_EQ(world.look_at(World::probe(catalog::HttpProbe{.url = metadata_url}), world.clock).sight,
            Sight::bad)
      << "what does not work is not slow";
}

TEST(Look, LetsNothingOutThatCouldHarmATerminalOrFillTheLedger) {
  World world;
  const std::string hostile = "https://idp.example.net/" + std::string(2000, 'a');
  const Signer signer = make_signer(("\x1b[2J" + std::string(55, 'n')).c_str());
  world.network.answer(metadata_url, 200, metadata_of({&signer}, "", hostile));
  const Observation seen = world.look(catalog::SamlMetadataProbe{
      .url = metadata_url, .entity_id = "x", .warn_before = {seconds(100LL * 365 * 86400)}});
  EXPECT_EQ(seen.sight, Sight::bad);
  EXPECT_LE(seen.detail.size(), 300U);
  ASSERT_THAT(warnings_of(seen), SizeIs(1));
  const std::string text = warnings_of(seen)[0].second;
  EXPECT_LE(text.size(), 500U);
  EXPECT_TRUE(is_printable_text(seen.detail) && is_printable_text(text)) << text;
}

TEST(Look, LeavesWhatPeopleSayToPeople) {
  World world;
  const Observation seen = world.look(catalog::ManualProbe{.by = GroupId::parse("noc").value()});
  EXPECT_EQ(seen.sight, Sight::blind);
  EXPECT_THAT(seen.detail, HasSubstr("noc"));
}

TEST(MetadataLook, ReadsTheMetadataInsteadOfTrustingTheStatus) {
  World world;
  const auto look = [&] { return world.look(catalog::SamlMetadataProbe{.url = metadata_url}); };
  world.network.answer(metadata_url, 200, "<html><body>Sorry, something went wrong.</body></html>");
  world.network.answer(metadata_url, 503, "");
  const Signer signer = make_signer("idp");
  world.network.answer(metadata_url, 200, metadata_of({&signer}));
  const Observation page_instead = look();
  EXPECT_EQ(page_instead.sight, Sight::bad);
  EXPECT_THAT(page_instead.detail, HasSubstr("answered 200, but not with usable SAML metadata"));
  EXPECT_EQ(look().detail, "answered status 503");
  const Observation good = look();
  EXPECT_EQ(good.sight, Sight::good);
  EXPECT_EQ(good.detail, "serves its metadata (https://idp.example.net/)");
  EXPECT_THAT(warnings_of(good), IsEmpty());
}

TEST(MetadataLook, WantsTheEntityThatWasAskedFor) {
  World world;
  const Signer signer = make_signer("idp");
  world.network.answer(metadata_url, 200, metadata_of({&signer}));
  EXPECT_EQ(world.look(catalog::SamlMetadataProbe{metadata_url, "https://idp.example.net/"}).sight,
            Sight::good);
  EXPECT_THAT(world.look(catalog::SamlMetadataProbe{metadata_url, "https://idp.example.net"}).detail,
              HasSubstr("calls itself https://idp.example.net/ and not"));
}

TEST(MetadataLook, WantsTheSignatureOfThePinnedCertificate) {
  using namespace saml::for_test;  // NOLINT(google-build-using-namespace): makes signatures
  const Signer signer = make_signer("idp");
  const Signer mallory = make_signer("mallory");
  const std::string xml =
      replaced(metadata_of({&signer}, " ID=\"_root\""), "<md:IDPSSO", "{signature}<md:IDPSSO");
  const auto look = [&](const std::string& body) {
    World world;
    world.network.answer(metadata_url, 200, body);
    return world.look(catalog::SamlMetadataProbe{.url = metadata_url, .signed_by = signer.pin().hex()});
  };
  EXPECT_EQ(look(signed_by(signer, xml)).sight, Sight::good);
  const Observation forged = look(signed_by(mallory, xml));
  EXPECT_EQ(forged.sight, Sight::bad);
  EXPECT_THAT(forged.detail, HasSubstr("not with metadata that the right key has signed"));
  EXPECT_EQ(look(replaced(xml, "{signature}", "")).sight, Sight::bad);
}

TEST(MetadataLook, IsBadWhenItOrAllItsCertificatesAreOver) {
  const Signer fresh = make_signer("new");
  const Signer over = until("old", "2026-11-01T00:00:00Z");
  const auto look = [&](const std::string& body) {
    World world;
    world.network.answer(metadata_url, 200, body);
    return world.look(catalog::SamlMetadataProbe{.url = metadata_url});
  };
  EXPECT_THAT(look(metadata_of({&fresh}, " validUntil=\"2026-11-26T12:00:00Z\"")).detail,
              HasSubstr("valid until"));
  const Observation almost = look(metadata_of({&fresh}, " validUntil=\"2026-11-26T12:00:01Z\""));
  EXPECT_EQ(almost.sight, Sight::good);
  EXPECT_THAT(warnings_of(almost), ElementsAre(Warns(Kind::expires, "The metadata of the IdP expires on ")));
  const Observation renewed = look(metadata_of({&fresh}, " validUntil=\"2026-12-03T12:00:00Z\""));
  EXPECT_THAT(warnings_of(renewed), IsEmpty()) << "many IdPs renew it for a week each time";
  const Observation all_over = look(metadata_of({&over}));
  EXPECT_EQ(all_over.sight, Sight::bad);
  EXPECT_THAT(all_over.detail, HasSubstr("no certificate that is valid now"));
  const Observation beside = look(metadata_of({&over, &fresh, &over}));
  EXPECT_EQ(beside.sight, Sight::good);
  EXPECT_THAT(warnings_of(beside),
              ElementsAre(AllOf(Warns(Kind::expired, "Certificate CN=old, "),
                                Warns(Kind::expired, " of the IdP expired on 2026-11-01."))));
}

TEST(MetadataLook, SaysOfOneStepTheSameOnEachDay) {
  const Signer signer = until("idp", "2026-12-06T12:00:00Z");
  std::vector<std::string> texts;
  for (const int day : {26, 27, 29}) {
    World world;
    world.network.answer(metadata_url, 200, metadata_of({&signer}));
    const catalog::Probe probe = World::probe(catalog::SamlMetadataProbe{.url = metadata_url});
    const Outside outside{.client = world.network,
                          .clock = world.clock,
                          .aws_credentials = {},
                          .environment = {},
                          .secret = {}};
    const Observation seen = look(probe, world.catalog, outside, now + std::chrono::days(day - 26));
    texts.push_back(warnings_of(seen).at(0).second);
  }
  EXPECT_THAT(texts[0], HasSubstr("in less than 14 days"));
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_THAT(texts[2], HasSubstr("in less than 7 days")) << "that is the next step";
}

const std::string discovery_url = issuer + "/.well-known/openid-configuration";
const std::string keys_url = "https://keys.example.net/jwks";
const std::string discovery =
    R"({"issuer":"https://login.example.net","jwks_uri":"https://keys.example.net/jwks"})";
const std::string keys =
    R"({"keys":[{"kty":"RSA","use":"enc","n":"AQ","e":"AQAB"},{"kty":"RSA","use":"sig","n":"AQ","e":"AQAB"}]})";

Observation look_at_oidc(const std::string& document, const std::string& key_set,
                         const std::string& of = issuer) {
  World world;
  world.network.answer(discovery_url, 200, document);
  world.network.answer(keys_url, 200, key_set);
  return world.look(catalog::OidcDiscoveryProbe{of});
}

TEST(OidcLook, WantsTheIssuersDocumentAndAKeyThatSigns) {
  EXPECT_EQ(look_at_oidc(discovery, keys).sight, Sight::good);
  for (const char* set : {R"({"keys":[{"kty":"RSA","use":"enc","n":"AQ","e":"AQAB"}]})", R"({"keys":[]})",
                          R"({"keys":[{"kty":"RSA"}]})", R"({"keys":{}})", R"({})", "[]", "<html>",
                          R"({"keys":["kty"]})", R"({"keys":[{"kty":"oct","k":"AQ"}]})"})
    EXPECT_EQ(look_at_oidc(discovery, set).sight, Sight::bad) << set;
  EXPECT_EQ(look_at_oidc(discovery, R"({"keys":[{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"}]})").sight,
            Sight::good);
}

TEST(OidcLook, WantsTheVeryIssuerAndKeysByHttps) {
  for (const char* document :
       {R"({"issuer":"https://login.example.net/","jwks_uri":"https://keys.example.net/jwks"})",
        R"({"jwks_uri":"https://keys.example.net/jwks"})", R"({"issuer":"https://login.example.net"})",
        R"({"issuer":["https://login.example.net"],"jwks_uri":7})", "{"})
    EXPECT_EQ(look_at_oidc(document, keys).sight, Sight::bad) << document;
  EXPECT_EQ(look_at_oidc(discovery, keys, "http://login.example.net").sight, Sight::blind);
}

TEST(OidcLook, IsSentByNoDocumentToPlainHttpOrThisMachine) {
  for (const char* keys_at :
       {"http://keys.example.net/jwks", "http://127.0.0.1/jwks", "file:///etc/passwd"}) {
    World world;
    world.network.answer(
        discovery_url, 200,
        R"({"issuer":"https://login.example.net","jwks_uri":")" + std::string(keys_at) + "\"}");
    EXPECT_EQ(world.look(catalog::OidcDiscoveryProbe{issuer}).sight, Sight::bad);
    EXPECT_THAT(world.network.urls(), ElementsAre(discovery_url)) << keys_at;
  }
}

TEST(OidcLook, AsksTheIssuerWithAnEndingSlashAtTheSameAddress) {
  EXPECT_EQ(
      look_at_oidc(R"({"issuer":"https://login.example.net/","jwks_uri":"https://keys.example.net/jwks"})",
                   keys, issuer + "/")
          .sight,
      Sight::good);
}

TEST(OidcLook, GivesItsStepsOneTimeTogether) {
  World world;
  world.network.answer(discovery_url, 200, discovery);
  world.network.answer(keys_url, 200, keys);
  world.network.takes = 3s;
  (void)world.look(catalog::OidcDiscoveryProbe{issuer});
  ASSERT_THAT(world.network.sent, SizeIs(2));
  EXPECT_EQ(world.network.sent[1].deadline, 2s);
  world.network.takes = 6s;
  EXPECT_EQ(world.look(catalog::OidcDiscoveryProbe{issuer}).sight, Sight::bad);
  EXPECT_THAT(world.network.sent, SizeIs(3)) << "the time is up, so nobody is asked any more";
}

}  // namespace
}  // namespace postern::probe
