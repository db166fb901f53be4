#include "saml/metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <chrono>
#include <memory>

#include "base/encoding.h"

namespace postern::saml {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

const Instant long_ago = parse_rfc3339("2020-01-01T00:00:00Z").value();
const Instant last_year = parse_rfc3339("2025-11-23T00:00:00Z").value();
const Instant far_away =
    parse_rfc3339("2060-01-01T00:00:00Z").value();  // GeneralizedTime; the others are UTCTime

/// The DER bytes of a new self-signed certificate.
std::string make_certificate(const char* name, Instant not_before, Instant not_after) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> x509(X509_new(), X509_free);
  X509_set_version(x509.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1);
  ASN1_TIME_adj(X509_getm_notBefore(x509.get()), std::chrono::system_clock::to_time_t(not_before), 0, 0);
  ASN1_TIME_adj(X509_getm_notAfter(x509.get()), std::chrono::system_clock::to_time_t(not_after), 0, 0);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x509.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509_set_issuer_name(x509.get(), X509_get_subject_name(x509.get()));
  X509_set_pubkey(x509.get(), key.get());
  EXPECT_GT(X509_sign(x509.get(), key.get(), EVP_sha256()), 0);
  std::string der(static_cast<std::size_t>(i2d_X509(x509.get(), nullptr)), '\0');
  auto* out = reinterpret_cast<unsigned char*>(der.data());
  i2d_X509(x509.get(), &out);
  return der;
}

const std::string& good_der() {
  static const std::string der = make_certificate("idp.example.com", long_ago, far_away);
  return der;
}

std::string key_descriptor(const std::string& certificate_text,
                           const std::string& attributes = " use=\"signing\"") {
  return "<md:KeyDescriptor" + attributes + "><ds:KeyInfo><ds:X509Data><ds:X509Certificate>" +
         certificate_text + "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>";
}

constexpr const char* namespaces =
    " xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"";
constexpr const char* sign_on =
    "<md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" "
    "Location=\"https://idp.example.com/sso\"/>";

std::string provider(const std::string& inside) {
  return "<md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">" +
         inside + "</md:IDPSSODescriptor>";
}
std::string entity(const std::string& inside, const std::string& entity_id = "https://idp.example.com/") {
  return std::string("<md:EntityDescriptor") + namespaces + " entityID=\"" + entity_id + "\">" + inside +
         "</md:EntityDescriptor>";
}
std::string good_keys() { return key_descriptor(to_base64(good_der())); }
std::string good_entity() { return entity(provider(good_keys() + sign_on)); }

/// The message with which `xml` is refused, "" when it is read.
std::string refusal_of(const std::string& xml) {
  const Result<IdpMetadata> metadata = read_metadata(xml);
  if (metadata) return "";
  EXPECT_EQ(metadata.error().code, ErrorCode::invalid);
  EXPECT_TRUE(is_printable_text(metadata.error().message));
  return metadata.error().message;
}

TEST(Metadata, SaysWhoTheProviderIsWhereToSignInAndWithWhichKeys) {
  const IdpMetadata metadata = read_metadata("<?xml version=\"1.0\"?>\n" + good_entity()).value();
  EXPECT_EQ(metadata.entity_id, "https://idp.example.com/");
  EXPECT_THAT(metadata.sign_on_urls, ElementsAre("https://idp.example.com/sso"));
  EXPECT_THAT(metadata.signing_certificates,
              ElementsAre(SigningCertificate{.sha256 = sha256(good_der()),
                                             .not_before = long_ago,
                                             .not_after = far_away,
                                             .subject = "CN=idp.example.com"}));
}

TEST(Metadata, IsReadFromAWrapperThatHoldsOneProvider) {
  const std::string service = entity("<md:SPSSODescriptor/>", "https://other.example.com/");
  const std::string wrapped = std::string("<md:EntitiesDescriptor") + namespaces + ">" + service +
                              good_entity() + "</md:EntitiesDescriptor>";
  EXPECT_EQ(read_metadata(wrapped).value(), read_metadata(good_entity()).value());
}

TEST(Metadata, KeepsEveryKeyThatMaySignAndNoOther) {
  const std::string second = make_certificate("second", long_ago, far_away);
  const std::string unstated = make_certificate("unstated", long_ago, far_away);
  const std::string encryption = make_certificate("encryption", long_ago, far_away);
  const IdpMetadata metadata =
      read_metadata(
          entity(provider(good_keys() + key_descriptor(to_base64(encryption), " use=\"encryption\"") +
                          key_descriptor(to_base64(second)) + key_descriptor(to_base64(unstated), "") +
                          sign_on)))
          .value();
  ASSERT_THAT(metadata.signing_certificates, SizeIs(3));
  EXPECT_EQ(metadata.signing_certificates[1].sha256, sha256(second));
  EXPECT_EQ(metadata.signing_certificates[2].sha256, sha256(unstated));
}

TEST(Metadata, LeavesTheJudgementOfAnExpiredCertificateToTheCaller) {
  const std::string expired = make_certificate("old", long_ago, last_year);
  const IdpMetadata metadata =
      read_metadata(entity(provider(key_descriptor(to_base64(expired)) + sign_on))).value();
  EXPECT_EQ(metadata.signing_certificates.at(0).not_after, last_year);
}

TEST(Metadata, IsValidUntilTheEarliestTimeAroundTheProvider) {
  const auto until = [](const std::string& outer, const std::string& middle, const std::string& inner) {
    const auto stated = [](const std::string& time) {
      return time.empty() ? "" : " validUntil=\"" + time + "\"";
    };
    std::string xml = good_entity();
    xml.insert(xml.find("<md:IDPSSODescriptor") + 20, stated(inner));
    xml.insert(xml.find("<md:EntityDescriptor") + 20, stated(middle));
    return read_metadata(std::string("<md:EntitiesDescriptor") + namespaces + stated(outer) + ">" + xml +
                         "</md:EntitiesDescriptor>");
  };
  const std::string early = "2025-11-23T00:00:00Z";
  const std::string late = "2031-01-01T00:00:00Z";
  EXPECT_EQ(until("", "", "")->valid_until, std::nullopt);
  EXPECT_EQ(until(early, late, "")->valid_until, last_year);
  EXPECT_EQ(until(late, early, late)->valid_until, last_year);
  EXPECT_EQ(until("", late, early)->valid_until, last_year);
  // xs:dateTime without a time zone is UTC in SAML.
  EXPECT_EQ(until("2025-11-23T00:00:00", "", "")->valid_until, last_year);
  EXPECT_EQ(until("2025-11-23T01:00:00.000+01:00", "", "")->valid_until, last_year);
  for (const char* bad : {"soon", "2025-11-23", "2025-11-23T00:00:00ZZ", "2025-02-30T00:00:00Z"})
    EXPECT_FALSE(until("", bad, "")) << bad;
}

TEST(Metadata, KeepsTheCertificateItselfForWhoeverChecksASignature) {
  EXPECT_EQ(read_metadata(good_entity())->signing_certificates.at(0).der, good_der());
}

TEST(Metadata, AcceptsWhiteSpaceInACertificateAndEscapesInAnAddress) {
  std::string text = to_base64(good_der());
  for (std::size_t at = 64; at < text.size(); at += 66) text.insert(at, "\n\t");
  const std::string service =
      "<md:SingleSignOnService Location=\"https://idp.example.com/sso?a=1&amp;b=2\"/>";
  const IdpMetadata metadata =
      read_metadata(entity(provider(key_descriptor(text) + service + service))).value();
  EXPECT_EQ(metadata.signing_certificates.at(0).sha256, sha256(good_der()));
  EXPECT_THAT(metadata.sign_on_urls, ElementsAre("https://idp.example.com/sso?a=1&b=2"));
}

TEST(Metadata, ShowsASubjectThatCannotHarmATerminal) {
  const std::string nasty =
      make_certificate("\xe7\x9b\xa3\xe8\xa6\x96\x1b[31m\xe2\x80\xae", long_ago, far_away);
  const std::string subject = read_metadata(entity(provider(key_descriptor(to_base64(nasty)) + sign_on)))
                                  .value()
                                  .signing_certificates.at(0)
                                  .subject;
  EXPECT_TRUE(is_printable_text(subject)) << subject;
  EXPECT_THAT(subject, HasSubstr("\xe7\x9b\xa3\xe8\xa6\x96"));
}

TEST(Metadata, RefusesEveryDoctypeBeforeItsDeclarationsAreRead) {
  const std::string body = good_entity();
  EXPECT_THAT(refusal_of("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>" + body),
              HasSubstr("DOCTYPE"));
  EXPECT_THAT(refusal_of("<!DOCTYPE x SYSTEM \"http://127.0.0.1:1/x.dtd\">" + body), HasSubstr("DOCTYPE"));
  EXPECT_THAT(refusal_of("<!DOCTYPE x PUBLIC \"p\" \"x.dtd\" [" + body), HasSubstr("DOCTYPE"));
  std::string bomb = "<!DOCTYPE x [<!ENTITY e0 \"ha\">";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "&e" + std::to_string(i - 1) + ";";
    bomb += "<!ENTITY e" + std::to_string(i) + " \"" + before + before + before + before + "\">";
  }
  EXPECT_THAT(refusal_of(bomb + "]><x>&e29;</x>"), HasSubstr("DOCTYPE"));
  EXPECT_THAT(refusal_of(entity(provider(key_descriptor("&undeclared;") + sign_on))),
              HasSubstr("well-formed"));
}

TEST(Metadata, TellsAWebPageFromBrokenXml) {
  for (const char* page :
       {"<!DOCTYPE html>\n<html><body><h1>Something went wrong<br></body></html>",
        "<html><head></head><body>Sign in</body></html>", "<HTML><body><p>502 Bad Gateway"})
    EXPECT_THAT(refusal_of(page), HasSubstr("web page")) << page;
  EXPECT_THAT(refusal_of(good_entity().substr(0, 700)), HasSubstr("well-formed"));
  EXPECT_THAT(refusal_of("{\"error\":\"unavailable\"}"), HasSubstr("well-formed"));
  EXPECT_THAT(refusal_of(""), HasSubstr("empty"));
  EXPECT_THAT(refusal_of("\n \n"), HasSubstr("well-formed"));
  EXPECT_THAT(refusal_of("<rss/>"), HasSubstr("not SAML"));
}

TEST(Metadata, RefusesTwoRootsAndTwoProviders) {
  EXPECT_THAT(refusal_of(good_entity() + good_entity()), HasSubstr("well-formed"));
  const std::string one = provider(good_keys() + sign_on);
  EXPECT_THAT(refusal_of(entity(one + one)), HasSubstr("2 identity providers"));
  EXPECT_THAT(refusal_of(std::string("<md:EntitiesDescriptor") + namespaces + ">" + good_entity() +
                         "<md:EntitiesDescriptor>" + good_entity() +
                         "</md:EntitiesDescriptor></md:EntitiesDescriptor>"),
              HasSubstr("2 identity providers"));
  EXPECT_THAT(refusal_of(entity("<md:SPSSODescriptor/>")), HasSubstr("no identity provider"));
}

TEST(Metadata, CountsOnlyElementsOfTheRightNamespace) {
  std::string foreign = good_entity();
  const std::string wanted = "urn:oasis:names:tc:SAML:2.0:metadata";
  EXPECT_THAT(refusal_of(foreign.replace(foreign.find(wanted), wanted.size(), "urn:example:other")),
              HasSubstr("not SAML"));
  EXPECT_THAT(refusal_of("<EntityDescriptor entityID=\"x\"/>"), HasSubstr("not SAML"));
  std::string foreign_key = good_entity();
  const std::string dsig = "http://www.w3.org/2000/09/xmldsig#";
  EXPECT_THAT(refusal_of(foreign_key.replace(foreign_key.find(dsig), dsig.size(), "urn:example:other")),
              HasSubstr("no signing certificate"));
  // Outside the place where the schema allows it, a provider is only decoration.
  EXPECT_THAT(refusal_of(entity("<md:Extensions>" + provider(good_keys() + sign_on) + "</md:Extensions>")),
              HasSubstr("no identity provider"));
}

TEST(Metadata, RefusesTextThatReadersDisagreeAbout) {
  const std::string text = to_base64(good_der());
  const std::string split = text.substr(0, 40);
  for (const char* between : {"<!-- c -->", "<?php x?>", "<![CDATA[AA]]>", "<ds:X/>"})
    EXPECT_THAT(refusal_of(entity(provider(key_descriptor(split + between + text.substr(40)) + sign_on))),
                HasSubstr("plain text"))
        << between;
  EXPECT_THAT(refusal_of(entity(provider(good_keys() + sign_on), "https://idp.example.com/<!-- c -->")),
              HasSubstr("well-formed"));
  EXPECT_THAT(refusal_of(entity(provider(good_keys() + sign_on), "https://idp.example.com/&lt;!-- c --&gt;")),
              HasSubstr("entityID"));
  EXPECT_THAT(
      refusal_of(entity(provider(good_keys() + "<md:SingleSignOnService Location=\"https://a/<!--c-->\"/>"))),
      HasSubstr("well-formed"));
}

TEST(Metadata, RefusesAnEntityIdOrAnAddressThatIsNoUri) {
  EXPECT_THAT(refusal_of(entity(provider(good_keys() + sign_on), "")), HasSubstr("entityID"));
  EXPECT_THAT(refusal_of(entity(provider(good_keys() + sign_on), "a&#10;b")), HasSubstr("entityID"));
  EXPECT_THAT(refusal_of(entity(provider(good_keys() + sign_on), std::string(3000, 'a'))),
              HasSubstr("entityID"));
  for (const char* location : {"javascript:alert(1)", "", "https://idp.example.com/a b", "/sso"})
    EXPECT_THAT(
        refusal_of(entity(provider(good_keys() + "<md:SingleSignOnService Location=\"" + location + "\"/>"))),
        HasSubstr("sign-on address"))
        << location;
  EXPECT_THAT(refusal_of(entity(provider(good_keys()))), HasSubstr("no sign-on address"));
}

TEST(Metadata, RefusesACertificateThatCannotBeRead) {
  const auto with = [](const std::string& text) { return entity(provider(key_descriptor(text) + sign_on)); };
  EXPECT_THAT(refusal_of(with("not*base64")), HasSubstr("base64"));
  EXPECT_THAT(refusal_of(with(to_base64("not a certificate"))), HasSubstr("X.509"));
  EXPECT_THAT(refusal_of(with("")), HasSubstr("X.509"));
  EXPECT_THAT(refusal_of(with(to_base64(good_der().substr(0, good_der().size() - 1)))), HasSubstr("X.509"));
  EXPECT_THAT(refusal_of(with(to_base64(good_der() + "x"))), HasSubstr("bytes follow"));
  EXPECT_THAT(refusal_of(with(std::string(70'000, 'A'))), HasSubstr("64 KB"));
  EXPECT_THAT(refusal_of(entity(provider(good_keys() + key_descriptor("AAAA") + sign_on))),
              HasSubstr("X.509"));
  EXPECT_THAT(refusal_of(entity(provider(sign_on))), HasSubstr("no signing certificate"));
  std::string many;
  for (std::size_t i = 0; i <= signing_certificates_max; ++i) many += good_keys();
  EXPECT_THAT(refusal_of(entity(provider(many + sign_on))), HasSubstr("more than 32"));
}

TEST(Metadata, HasAValidityThatCanBeWrittenDown) {
  const std::string ancient =
      make_certificate("ancient", parse_rfc3339("1970-01-01T00:00:00Z").value() - 24h, far_away);
  EXPECT_THAT(refusal_of(entity(provider(key_descriptor(to_base64(ancient)) + sign_on))),
              HasSubstr("validity"));
}

TEST(Metadata, IsBoundedInSizeDepthAndCount) {
  const auto repeated = [](std::size_t times, const std::string& text) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
  };
  EXPECT_THAT(refusal_of(entity(std::string(3'000'000, ' '))), HasSubstr("2 MB"));
  EXPECT_THAT(refusal_of(repeated(100'000, "<a>")), HasSubstr("nested"));
  EXPECT_THAT(refusal_of(repeated(33, "<a>") + repeated(33, "</a>")), HasSubstr("nested"));
  EXPECT_THAT(refusal_of(repeated(32, "<a>") + repeated(32, "</a>")), HasSubstr("not SAML"));
  EXPECT_THAT(refusal_of("<a>" + repeated(50'000, "<b/>") + "</a>"), HasSubstr("more than 50000 elements"));
  // 200,000 attributes would keep libxml2 2.9 busy for minutes.
  std::string crowded = "<a";
  for (int i = 0; i < 200'000; ++i) crowded += " a" + std::to_string(i) + "=\"\"";
  EXPECT_THAT(refusal_of(crowded.substr(0, 2'000'000) + "/>"), HasSubstr("attributes"));
  std::string declared;
  for (int i = 0; i < 30; ++i)
    declared += "<a xmlns:a" + std::to_string(i) + "=\"a\" xmlns:b" + std::to_string(i) + "=\"b\" xmlns:c" +
                std::to_string(i) + "=\"c\" xmlns:d" + std::to_string(i) + "=\"d\" xmlns:e" +
                std::to_string(i) + "=\"e\">";
  EXPECT_THAT(refusal_of(declared + repeated(30, "</a>")), HasSubstr("more than 128 namespaces"));
}

TEST(Metadata, IsUtf8WhateverItSaysOfItself) {
  EXPECT_THAT(refusal_of("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><caf\xe9/>"), HasSubstr("UTF-8"));
  EXPECT_EQ(refusal_of("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" + good_entity()), "");
  std::string wide = "\xff\xfe";
  for (const char c : good_entity()) wide += {c, '\0'};
  EXPECT_THAT(refusal_of(wide), HasSubstr("UTF-8"));
  EXPECT_THAT(refusal_of(good_entity() + '\0' + good_entity()), HasSubstr("UTF-8"));
}

}  // namespace
}  // namespace postern::saml
