#include "saml/signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/rsa.h>

#include <chrono>
#include <thread>

#include "saml/signing_for_test.h"

// Signed metadata; the forms in which a signature is refused are the same for a Response.
namespace postern::saml {
namespace {

using namespace for_test;
using testing::HasSubstr;

const Signer& idp() {
  static const Signer signer = make_signer("idp.example.com");
  return signer;
}
const Signer& rsa() {
  static const Signer signer = make_signer("rsa.example.com", EVP_RSA_gen(2048));
  return signer;
}
const Signer& mallory() {
  static const Signer signer = make_signer("mallory");
  return signer;
}

std::string provider(const std::string& address = "https://idp.example.com/sso") {
  return "<md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">"
         "<md:KeyDescriptor use=\"signing\">" +
         replaced(idp().key_info(), "<ds:KeyInfo>", "<ds:KeyInfo xmlns:ds=\"" + dsig + "\">") +
         "</md:KeyDescriptor><md:SingleSignOnService Location=\"" + address + "\"/></md:IDPSSODescriptor>";
}
std::string entity(const std::string& attributes, const std::string& inside) {
  return "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" "
         "entityID=\"https://idp.example.com/\"" +
         attributes + ">" + inside + "</md:EntityDescriptor>";
}
std::string unsigned_entity() { return entity(" ID=\"_root\"", "{signature}" + provider()); }
std::string signed_entity(const Making& making = {}, const Signer& signer = idp()) {
  return signed_by(signer, unsigned_entity(), making);
}

/// The message with which `xml` is refused, "" when it is read.
std::string refusal_of(const std::string& xml, const Digest& pin = idp().pin()) {
  const auto metadata = read_signed_metadata(xml, pin);
  if (metadata) return "";
  EXPECT_EQ(metadata.error().code, ErrorCode::forbidden) << metadata.error().message;
  EXPECT_TRUE(is_printable_text(metadata.error().message));
  return metadata.error().message;
}

TEST(SignedMetadata, IsReadWhenThePinnedCertificateSignedIt) {
  const auto metadata = read_signed_metadata("<?xml version=\"1.0\"?>\n" + signed_entity(), idp().pin());
  ASSERT_TRUE(metadata) << metadata.error().message;
  EXPECT_EQ(*metadata, read_metadata(replaced(unsigned_entity(), "{signature}", "")).value());
}

TEST(SignedMetadata, MayUseEachAlgorithmThatIsGoodEnough) {
  const Signer p384 = make_signer("p384", EVP_EC_gen("P-384"));
  for (const char* size : {"256", "384", "512"}) {
    for (const auto& [kind, signer] :
         {std::pair("rsa-sha", &rsa()), {"ecdsa-sha", &idp()}, {"ecdsa-sha", &p384}})
      EXPECT_EQ(refusal_of(signed_entity({.method = more + kind + size}, *signer), signer->pin()), "")
          << kind << size;
    const std::string digest = (size == std::string("384") ? more : enc) + "sha" + size;
    EXPECT_EQ(refusal_of(signed_entity({.digest = digest})), "") << digest;
  }
}

TEST(SignedMetadata, MayBeSignedAsAWholeWhenItsRootHasNoId) {
  const std::string xml = entity("", "{signature}" + provider());
  EXPECT_EQ(refusal_of(signed_by(idp(), xml, {.id = "", .uri = ""})), "");
  EXPECT_THAT(refusal_of(signed_by(idp(), xml, {.id = "", .uri = "#"})), HasSubstr("something else"));
  // With an ID, the empty reference is one way too many to say the same.
  EXPECT_THAT(refusal_of(signed_entity({.uri = ""})), HasSubstr("something else"));
}

TEST(SignedMetadata, MayNamePrefixesForItsCanonicalForm) {
  // None of the prefixes is declared, so the list changes nothing in the form itself.
  const auto transforms = [](const std::string& prefixes) {
    return enveloped_transform + "<ds:Transform Algorithm=\"" + exclusive +
           "\"><ec:InclusiveNamespaces xmlns:ec=\"" + exclusive + "\" PrefixList=\"" + prefixes +
           "\"/></ds:Transform>";
  };
  EXPECT_EQ(refusal_of(signed_entity({.transforms = transforms("xs xsi")})), "");
  std::string many;
  for (int i = 0; i < 40; ++i) many += "p" + std::to_string(i) + " ";
  EXPECT_THAT(refusal_of(signed_entity({.transforms = transforms(many)})), HasSubstr("parameters"));
}

TEST(SignedMetadata, MayCarryACommentButReadsNothingFromIt) {
  EXPECT_EQ(
      refusal_of(replaced(signed_entity(), "<md:SingleSignOnService", "<!-- x --><md:SingleSignOnService")),
      "");
}

TEST(SignedMetadata, IsRefusedUnsigned) {
  EXPECT_THAT(refusal_of(replaced(unsigned_entity(), "{signature}", "")), HasSubstr("not signed"));
}

TEST(SignedMetadata, IsInvalidAsUnsignedMetadataIs) {
  const auto refused = [](const std::string& xml) {
    const auto metadata = read_signed_metadata(xml, idp().pin());
    return metadata ? ErrorCode::internal : metadata.error().code;
  };
  EXPECT_EQ(refused(""), ErrorCode::invalid);
  EXPECT_EQ(refused("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>" + signed_entity()),
            ErrorCode::invalid);
  EXPECT_EQ(refused(signed_entity() + signed_entity()), ErrorCode::invalid);
  EXPECT_EQ(refused(signed_by(idp(), entity(" ID=\"_root\"", "{signature}"))), ErrorCode::invalid);
  EXPECT_EQ(refused(signed_entity() + std::string(50'000'000, ' ')), ErrorCode::invalid);
}

TEST(SignedMetadata, IsRefusedFromSomebodyElse) {
  const std::string honest_name = refusal_of(signed_entity({}, mallory()));
  EXPECT_THAT(honest_name, HasSubstr("CN=mallory"));
  EXPECT_THAT(refusal_of(signed_entity({.key_info = idp().key_info()}, mallory())),
              HasSubstr("not made with"));
  EXPECT_THAT(refusal_of(signed_entity({.method = more + "rsa-sha256", .key_info = idp().key_info()}, rsa())),
              HasSubstr("not made with"));
  // Both certificates are there, and the key of the wrong one signed.
  EXPECT_THAT(refusal_of(signed_entity({.key_info = replaced(mallory().key_info(), "</ds:X509Data>",
                                                             "<ds:X509Certificate>" + to_base64(idp().der) +
                                                                 "</ds:X509Certificate></ds:X509Data>")},
                                       mallory())),
              HasSubstr("not made with"));
}

TEST(SignedMetadata, FindsThePinnedCertificateAmongOthers) {
  const std::string chain = replaced(mallory().key_info(), "</ds:X509Data>",
                                     "<ds:X509Certificate>AAAA</ds:X509Certificate><ds:X509Certificate>" +
                                         to_base64(idp().der) + "</ds:X509Certificate></ds:X509Data>");
  EXPECT_EQ(refusal_of(signed_entity({.key_info = chain})), "");
}

TEST(SignedMetadata, NeedsTheCertificateBecauseAPinIsOnlyItsHash) {
  const std::string name = "<ds:KeyInfo><ds:KeyName>idp</ds:KeyName></ds:KeyInfo>";
  EXPECT_THAT(refusal_of(signed_entity({.key_info = name})), HasSubstr("does not carry the certificate"));
}

TEST(SignedMetadata, IsRefusedWhenItWasAltered) {
  EXPECT_THAT(
      refusal_of(replaced(signed_entity(), "https://idp.example.com/sso", "https://evil.example.com/sso")),
      HasSubstr("changed after it was signed"));
  EXPECT_THAT(
      refusal_of(replaced(signed_entity(), "entityID=", "validUntil=\"2030-01-01T00:00:00Z\" entityID=")),
      HasSubstr("changed after it was signed"));
  const std::string good = signed_entity();
  const std::size_t value = good.find("<ds:SignatureValue>") + 19;
  std::string other_value = good;
  other_value[value] = good[value] == 'A' ? 'B' : 'A';
  EXPECT_THAT(refusal_of(other_value), HasSubstr("not made with"));
  // The digest fits what was altered, so only the signature over it can tell.
  const std::string evil =
      replaced(unsigned_entity(), "https://idp.example.com/sso", "https://evil.example.com/sso");
  const std::string other_digest =
      to_base64(hashed(canonical(replaced(evil, "{signature}", ""), "_root"), EVP_sha256()));
  const std::size_t digest = good.find("<ds:DigestValue>") + 16;
  std::string forged = replaced(good, "https://idp.example.com/sso", "https://evil.example.com/sso");
  EXPECT_THAT(refusal_of(forged.replace(digest, other_digest.size(), other_digest)),
              HasSubstr("not made with"));
}

TEST(SignedMetadata, IsRefusedWithAWeakOrForeignAlgorithm) {
  EXPECT_THAT(refusal_of(signed_entity({.digest = dsig + "sha1"})), HasSubstr("sha1"));
  EXPECT_THAT(refusal_of(signed_entity({.method = dsig + "rsa-sha1"}, rsa()), rsa().pin()),
              HasSubstr("rsa-sha1"));
  EXPECT_THAT(refusal_of(signed_entity({.method = more + "ecdsa-sha1"})), HasSubstr("ecdsa-sha1"));
  EXPECT_THAT(refusal_of(signed_entity({.method = ""})), HasSubstr("only RSA or ECDSA"));
  EXPECT_THAT(refusal_of(signed_entity({.canonicalization = "<ds:CanonicalizationMethod Algorithm=\"" +
                                                            exclusive + "WithComments\"/>"})),
              HasSubstr("WithComments"));
  EXPECT_THAT(refusal_of(signed_entity(
                  {.canonicalization = "<ds:CanonicalizationMethod "
                                       "Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"/>"})),
              HasSubstr("canonicalisation"));
}

TEST(SignedMetadata, IsRefusedWithThePublicKeyAsASecret) {
  unsigned char* spki = nullptr;
  const int size = i2d_PUBKEY(rsa().key.get(), &spki);
  const Bytes public_key(reinterpret_cast<const char*>(spki), static_cast<std::size_t>(size));
  OPENSSL_free(spki);
  for (const Bytes& secret : {public_key, rsa().der})
    EXPECT_THAT(refusal_of(signed_entity({.method = more + "hmac-sha256", .hmac_secret = secret}, rsa()),
                           rsa().pin()),
                HasSubstr("hmac-sha256"));
}

// Each of these transforms changes nothing, so the digest is right: only the rule stands against it.
TEST(SignedMetadata, IsRefusedWithAnyOtherTransform) {
  const std::string xpath =
      "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>"
      "true()</ds:XPath></ds:Transform>";
  const std::string xslt =
      "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"><xsl:stylesheet "
      "xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" version=\"1.0\"/></ds:Transform>";
  for (const std::string& more_than : {xpath, xslt, exclusive_transform})
    EXPECT_THAT(
        refusal_of(signed_entity({.transforms = enveloped_transform + more_than + exclusive_transform})),
        HasSubstr("never used honestly"));
  for (const std::string& other : {xpath, xslt}) {
    EXPECT_THAT(refusal_of(signed_entity({.transforms = enveloped_transform + other})),
                HasSubstr("canonicalisation"));
    EXPECT_THAT(refusal_of(signed_entity({.transforms = other + exclusive_transform})),
                HasSubstr("never used"));
  }
  EXPECT_THAT(refusal_of(signed_entity({.transforms = enveloped_transform})),
              HasSubstr("never used honestly"));
  EXPECT_THAT(refusal_of(signed_entity({.transforms = exclusive_transform + enveloped_transform})),
              HasSubstr("where only"));
}

TEST(SignedMetadata, IsRefusedWhenItsReferenceLeadsElsewhere) {
  for (const char* uri : {"http://127.0.0.1:1/x", "file:///etc/passwd", "#other", "#", "#xpointer(/)",
                          "#xpointer(id('_root'))", "_root", ""})
    EXPECT_THAT(refusal_of(signed_entity({.uri = uri})), HasSubstr("something else")) << uri;
  EXPECT_THAT(refusal_of(replaced(signed_entity(), " URI=\"#_root\"", "")), HasSubstr("does not say what"));
}

TEST(SignedMetadata, IsRefusedWithASecondReferenceOrAnObject) {
  const std::string reference = "<ds:Reference URI=\"#_root\"/>";
  EXPECT_THAT(refusal_of(signed_entity({.more_references = reference})), HasSubstr("never used honestly"));
  EXPECT_THAT(refusal_of(signed_entity({.more_inside = "<ds:Object><x/></ds:Object>"})),
              HasSubstr("never used honestly"));
  EXPECT_THAT(refusal_of(signed_entity({.more_inside = "<ds:KeyInfo/>"})), HasSubstr("never used honestly"));
}

TEST(SignedMetadata, IsRefusedWithAnEmptySignature) {
  for (const char* empty : {"<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"/>",
                            "<ds:Signature "
                            "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo/"
                            "><ds:SignatureValue/></ds:Signature>"})
    EXPECT_THAT(refusal_of(replaced(unsigned_entity(), "{signature}", empty)),
                HasSubstr("never used honestly"));
  const std::string good = signed_entity();
  const std::size_t value = good.find("<ds:SignatureValue>") + 19;
  std::string without_value = good;
  without_value.erase(value, good.find('<', value) - value);
  EXPECT_THAT(refusal_of(without_value), HasSubstr("not made with"));
}

TEST(SignedMetadata, IsRefusedWhenItsDigestIsSplitByAComment) {
  EXPECT_THAT(refusal_of(replaced(signed_entity(), "<ds:DigestValue>", "<ds:DigestValue><!-- x -->")),
              HasSubstr("not plain text"));
  EXPECT_THAT(refusal_of(replaced(signed_entity(), "<ds:SignatureValue>", "<ds:SignatureValue><!-- x -->")),
              HasSubstr("not plain text"));
}

TEST(SignedMetadata, IsRefusedWithAnIdThatCouldMeanMore) {
  const auto with_id = [](const std::string& id) {
    return signed_by(idp(), entity(" ID=\"" + id + "\"", "{signature}" + provider()),
                     {.id = id, .uri = "#" + id});
  };
  EXPECT_EQ(refusal_of(with_id("_a.B-9")), "");
  for (const char* id : {"a')|//*['", "1a", "a b", "a:b", "\xc3\xa9"})
    EXPECT_THAT(refusal_of(with_id(id)), HasSubstr("unusual characters")) << id;
}

TEST(SignedMetadata, IsRefusedWhenWrapped) {
  const std::string evil = entity(" ID=\"_evil\"", provider("https://evil.example.com/sso"));
  const std::string evil_twin = entity(" ID=\"_root\"", provider("https://evil.example.com/sso"));
  const std::string good = signed_entity();
  const std::size_t begin = good.find("<ds:Signature ");
  const std::size_t end = good.find("</ds:Signature>") + 15;
  const std::string signature = good.substr(begin, end - begin);
  const std::string bare = good.substr(0, begin) + good.substr(end);
  const auto evil_with = [&](const std::string& id, const std::string& inside) {
    return entity(" ID=\"" + id + "\"", inside + provider("https://evil.example.com/sso"));
  };
  const auto in_extensions = [](const std::string& xml) {
    return "<md:Extensions>" + xml + "</md:Extensions>";
  };
  const auto in_entities = [](const std::string& xml) {
    return "<md:EntitiesDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\">" + xml +
           "</md:EntitiesDescriptor>";
  };
  // The signed element hides in an evil one, with its signature in it, beside it, or around it.
  EXPECT_THAT(refusal_of(evil_with("_evil", in_extensions(good))), HasSubstr("elsewhere"));
  EXPECT_THAT(refusal_of(evil_with("_evil", signature + in_extensions(bare))), HasSubstr("something else"));
  EXPECT_THAT(refusal_of(evil_with("_root", signature + in_extensions(bare))), HasSubstr("several elements"));
  const std::string around =
      replaced(signature, "</ds:Signature>", "<ds:Object>" + bare + "</ds:Object></ds:Signature>");
  EXPECT_THAT(refusal_of(evil_with("_evil", around)), HasSubstr("never used honestly"));
  const std::string in_key_info = replaced(signature, "</ds:KeyInfo>", bare + "</ds:KeyInfo>");
  EXPECT_THAT(refusal_of(evil_with("_root", in_key_info)), HasSubstr("several elements"));
  // Beside an evil one, in either order.
  EXPECT_THAT(refusal_of(in_entities(good + evil)), HasSubstr("elsewhere"));
  EXPECT_THAT(refusal_of(in_entities(evil + good)), HasSubstr("elsewhere"));
  EXPECT_THAT(refusal_of(in_entities(signature + good)), HasSubstr("several signatures"));
  // An evil one inside the signed one, where the signature does not reach: in itself.
  EXPECT_THAT(refusal_of(replaced(good, "</ds:KeyInfo>", evil_twin + "</ds:KeyInfo>")),
              HasSubstr("several elements"));
  EXPECT_EQ(read_signed_metadata(replaced(good, "</ds:KeyInfo>", evil + "</ds:KeyInfo>"), idp().pin())
                .value()
                .sign_on_urls.at(0),
            "https://idp.example.com/sso");
}

TEST(SignedMetadata, IsRefusedWhenAnyKindOfIdIsBorneTwice) {
  for (const char* twin : {"ID", "Id", "id", "xml:id", "md:ID"}) {
    const std::string element = std::string("<md:Extensions ") + twin + "=\"_root\"/>";
    const std::string xml = entity(" ID=\"_root\"", "{signature}" + element + provider());
    EXPECT_THAT(refusal_of(signed_by(idp(), xml)), HasSubstr("several elements")) << twin;
  }
}

TEST(SignedMetadata, IsCheckedFromManyThreadsAtOnce) {
  const std::string good = signed_entity();
  const std::string bad = replaced(good, "https://idp.example.com/sso", "https://evil.example.com/sso");
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(read_signed_metadata(good, idp().pin()));
        EXPECT_FALSE(read_signed_metadata(bad, idp().pin()));
      }
    });
  for (std::thread& each : threads) each.join();
}

TEST(SignedMetadata, SaysNothingOnStandardError) {
  testing::internal::CaptureStderr();
  refusal_of(signed_entity({}, mallory()));
  refusal_of(signed_entity({.key_info = idp().key_info()}, mallory()));
  refusal_of(replaced(signed_entity(), "https://idp.example.com/sso", "https://evil.example.com/sso"));
  // libxml2's canonicalisation complains about a relative namespace.
  refusal_of(
      replaced(signed_entity(), "<md:SingleSignOnService", "<x xmlns=\"relative\"/><md:SingleSignOnService"));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(SignedMetadata, KeepsNobodyBusyBeforeItIsKnownWhoSigned) {
  std::string declarations;
  for (int i = 0; i < 120; ++i)
    declarations += " xmlns:n" + std::to_string(i) + "=\"urn:n" + std::to_string(i) + "\"";
  std::string crowd;
  for (int i = 0; i < 45'000; ++i) crowd += "<n9:a n8:b=\"\" n7:c=\"\"/>";
  const std::string xml = entity(" ID=\"_root\"" + declarations,
                                 "{signature}<md:Extensions>" + crowd + "</md:Extensions>" + provider());
  const std::string hostile = replaced(signed_by(idp(), xml), "n9:a", "n9:b");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THAT(refusal_of(hostile), HasSubstr("changed"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  const std::string too_many = replaced(xml, declarations, declarations + replaced(declarations, "n0", "m0"));
  EXPECT_FALSE(read_signed_metadata(too_many, idp().pin()));
}

}  // namespace
}  // namespace postern::saml
