#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "saml/signature.h"
#include "saml/signing_for_test.h"

// Responses, and the signature wrapping attacks on them: XSW 1 to 8 as SAML Raider numbers them, after
// Somorovsky et al., "On Breaking SAML", USENIX Security 2012.
namespace postern::saml {
namespace {

using namespace for_test;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Instant now = parse_rfc3339("2026-11-26T03:00:00Z").value();
const std::string role =
    "arn:aws:iam::111122223333:role/Engineer,arn:aws:iam::111122223333:saml-provider/idp";

const Signer& idp() {
  static const Signer signer = make_signer("idp.example.com");
  return signer;
}
const Signer& next_idp() {
  static const Signer signer = make_signer("next", EVP_RSA_gen(2048));
  return signer;
}
const Signer& mallory() {
  static const Signer signer = make_signer("mallory");
  return signer;
}

IdpMetadata trusted(const std::vector<Signer>& signers = {idp()}) {
  IdpMetadata metadata{.entity_id = "https://idp.example.com/",
                       .sign_on_urls = {"https://idp.example.com/sso"}};
  for (const Signer& each : signers)
    metadata.signing_certificates.push_back(
        {.sha256 = each.pin(), .not_before = {}, .not_after = {}, .subject = {}, .der = each.der});
  return metadata;
}

const std::string conditions =
    "<saml:Conditions NotBefore=\"2026-11-26T02:55:00Z\" NotOnOrAfter=\"2026-11-26T03:05:00.000Z\">"
    "<saml:AudienceRestriction><saml:Audience>urn:amazon:webservices</saml:Audience></"
    "saml:AudienceRestriction>"
    "</saml:Conditions>";

std::string assertion(const std::string& name = "anna", const std::string& id = "_assertion") {
  return "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"" + id +
         "\" "
         "Version=\"2.0\"><saml:Issuer>https://idp.example.com/</"
         "saml:Issuer>{assertion_signature}<saml:Subject>"
         "<saml:NameID>" +
         name + "</saml:NameID></saml:Subject>" + conditions +
         "<saml:AttributeStatement><saml:Attribute Name=\"https://aws.amazon.com/SAML/Attributes/Role\">"
         "<saml:AttributeValue>" +
         role +
         "</saml:AttributeValue></saml:Attribute><saml:Attribute Name=\"mail\"><saml:AttributeValue><b/>"
         "</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>";
}
std::string response_with(const std::string& inside, const std::string& id = "_response",
                          const std::string& status = "Success") {
  return "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" "
         "xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"" +
         id +
         "\" "
         "Version=\"2.0\"><saml:Issuer>https://idp.example.com/</"
         "saml:Issuer>{response_signature}<samlp:Status>"
         "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:" +
         status + "\"/></samlp:Status>" + inside + "</samlp:Response>";
}
std::string response() { return response_with(assertion()); }

std::string unsigned_of(std::string xml) {
  for (const std::string marker : {"{assertion_signature}", "{response_signature}"})
    while (xml.find(marker) != std::string::npos) xml = replaced(xml, marker, "");
  return xml;
}
std::string with_signed_assertion(const std::string& xml, const Signer& signer = idp(), Making making = {}) {
  making.id = "_assertion";
  making.uri = "#_assertion";
  return signed_by(signer, xml, making, "{assertion_signature}");
}
std::string with_signed_response(const std::string& xml, const Signer& signer = idp(), Making making = {}) {
  making.id = "_response";
  making.uri = "#_response";
  return signed_by(signer, xml, making, "{response_signature}");
}
/// The usual one: only the assertion is signed.
std::string good() { return unsigned_of(with_signed_assertion(response())); }

Error refusal_of(const std::string& xml, const IdpMetadata& from = trusted(), Instant when = now) {
  const auto read = read_response(xml, from, when);
  if (read) return {.code = ErrorCode::internal, .message = "was read: " + read->subject};
  EXPECT_TRUE(is_printable_text(read.error().message));
  return read.error();
}
auto forbidden(const std::string& text) {
  return testing::AllOf(testing::Field(&Error::code, ErrorCode::forbidden),
                        testing::Field(&Error::message, HasSubstr(text)));
}
auto invalid(const std::string& text) {
  return testing::AllOf(testing::Field(&Error::code, ErrorCode::invalid),
                        testing::Field(&Error::message, HasSubstr(text)));
}

TEST(Response, SaysWhoMaySignInToWhatAndUntilWhen) {
  const auto read = read_response("<?xml version=\"1.0\"?>" + good(), trusted(), now);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->issuer, "https://idp.example.com/");
  EXPECT_EQ(read->subject, "anna");
  EXPECT_EQ(read->not_on_or_after, now + 5min);
  EXPECT_THAT(read->audiences, ElementsAre("urn:amazon:webservices"));
  EXPECT_THAT(read->roles, ElementsAre(role));
}

TEST(Response, MayBeSignedItselfOrTogetherWithItsAssertion) {
  EXPECT_TRUE(
      read_response(with_signed_response(replaced(response(), "{assertion_signature}", "")), trusted(), now));
  const std::string both = with_signed_response(with_signed_assertion(response()));
  EXPECT_TRUE(read_response(both, trusted(), now));
}

TEST(Response, NeedsBothSignaturesGoodWhenItHasBoth) {
  const std::string bad_inside = with_signed_response(with_signed_assertion(response(), mallory()));
  EXPECT_THAT(refusal_of(bad_inside), forbidden("CN=mallory"));
  const std::string bad_outside = with_signed_response(with_signed_assertion(response()), mallory());
  EXPECT_THAT(refusal_of(bad_outside), forbidden("CN=mallory"));
}

TEST(Response, MayBeSignedByAnyOfTheProvidersCertificates) {
  const std::string next =
      unsigned_of(with_signed_assertion(response(), next_idp(), {.method = more + "rsa-sha256"}));
  EXPECT_TRUE(read_response(next, trusted({idp(), next_idp()}), now));
  EXPECT_THAT(refusal_of(next), forbidden("CN=next"));
}

TEST(Response, IsHeldAgainstEveryCertificateWhenItCarriesNone) {
  const std::string name = "<ds:KeyInfo><ds:KeyName>x</ds:KeyName></ds:KeyInfo>";
  const auto bare = [&](const Signer& signer) {
    return unsigned_of(with_signed_assertion(response(), signer, {.key_info = name}));
  };
  EXPECT_TRUE(read_response(bare(idp()), trusted({next_idp(), idp()}), now));
  EXPECT_THAT(refusal_of(bare(mallory()), trusted({next_idp(), idp()})), forbidden("not made with"));
  // A certificate that does not belong to its own hash was never pinned.
  IdpMetadata confused = trusted();
  confused.signing_certificates[0].der = mallory().der;
  EXPECT_THAT(refusal_of(bare(mallory()), confused), forbidden("does not carry the certificate"));
}

TEST(Response, IsRefusedUnsignedOrFromSomebodyElse) {
  EXPECT_THAT(refusal_of(unsigned_of(response())), forbidden("not signed"));
  EXPECT_THAT(refusal_of(unsigned_of(with_signed_assertion(response(), mallory()))), forbidden("CN=mallory"));
  EXPECT_THAT(
      refusal_of(unsigned_of(with_signed_assertion(response(), mallory(), {.key_info = idp().key_info()}))),
      forbidden("not made with"));
}

TEST(Response, IsRefusedWhenItWasAltered) {
  EXPECT_THAT(refusal_of(replaced(good(), "anna", "root")), forbidden("changed after it was signed"));
  EXPECT_THAT(refusal_of(replaced(good(), "role/Engineer", "role/Admin")),
              forbidden("changed after it was signed"));
}

TEST(Response, IsRefusedWithACommentInTheName) {
  const std::string split =
      unsigned_of(with_signed_assertion(response_with(assertion("anna.evil.example.com"))));
  // The comment is no part of what is signed, so the signature is good; some readers would see "anna".
  EXPECT_THAT(refusal_of(replaced(split, "anna.evil", "anna<!-- x -->.evil")), invalid("plain text"));
  EXPECT_THAT(refusal_of(replaced(good(), role, "<!-- x -->" + role)), invalid("plain text"));
  EXPECT_THAT(refusal_of(replaced(good(), "urn:amazon:web", "urn:amazon:<!-- x -->web")),
              invalid("plain text"));
  EXPECT_EQ(
      read_response(replaced(good(), "<saml:Subject>", "<!-- x --><saml:Subject>"), trusted(), now)->subject,
      "anna");
}

TEST(Response, IsRefusedWhenWrapped) {
  const std::string whole = with_signed_response(replaced(response(), "{assertion_signature}", ""));
  const std::string evil_assertion = unsigned_of(assertion("root", "_evil"));
  const std::string evil_response = unsigned_of(response_with(assertion("root", "_evil"), "_evil_response"));
  const auto signature_of = [](const std::string& xml) {
    const std::size_t begin = xml.find("<ds:Signature ");
    return xml.substr(begin, xml.find("</ds:Signature>") + 15 - begin);
  };
  const std::string signature = signature_of(whole);
  const std::string original = replaced(whole, signature, "");
  const auto in_signature = [](const std::string& outer, const std::string& inner) {
    return replaced(outer, "</ds:Signature>", "<ds:Object>" + inner + "</ds:Object></ds:Signature>");
  };
  const std::string issuer = "</saml:Issuer>";
  // XSW1: an evil Response around; the original one hides in the signature.
  EXPECT_THAT(refusal_of(replaced(evil_response, issuer, issuer + in_signature(signature, original))),
              invalid("2 assertions"));
  // XSW2: the signature is detached, beside the original Response.
  EXPECT_THAT(refusal_of(replaced(evil_response, issuer, issuer + original + signature)),
              invalid("2 assertions"));

  const std::string signed_assertion_text = unsigned_of(with_signed_assertion(assertion()));
  const std::string assertion_signature = signature_of(signed_assertion_text);
  const std::string bare_assertion = replaced(signed_assertion_text, assertion_signature, "");
  const auto in_response = [](const std::string& inside) { return unsigned_of(response_with(inside)); };
  EXPECT_TRUE(read_response(in_response(signed_assertion_text), trusted(), now));
  // XSW3: an evil assertion before the signed one; and after it.
  EXPECT_THAT(refusal_of(in_response(evil_assertion + signed_assertion_text)), invalid("2 assertions"));
  EXPECT_THAT(refusal_of(in_response(signed_assertion_text + evil_assertion)), invalid("2 assertions"));
  // XSW4: the signed one is a child of the evil one.
  EXPECT_THAT(refusal_of(in_response(replaced(evil_assertion, "</saml:Assertion>",
                                              signed_assertion_text + "</saml:Assertion>"))),
              invalid("2 assertions"));
  // XSW5: the evil one bears the signature, the original one lies at the end.
  const std::string evil_bearer = replaced(evil_assertion, issuer, issuer + assertion_signature);
  EXPECT_THAT(refusal_of(in_response(evil_bearer + bare_assertion)), invalid("2 assertions"));
  // XSW6: as XSW5, with the original one inside the signature.
  EXPECT_THAT(refusal_of(in_response(replaced(evil_assertion, issuer,
                                              issuer + in_signature(assertion_signature, bare_assertion)))),
              invalid("2 assertions"));
  // XSW7: the evil one hides in Extensions.
  EXPECT_THAT(refusal_of(in_response("<samlp:Extensions>" + evil_assertion + "</samlp:Extensions>" +
                                     signed_assertion_text)),
              invalid("2 assertions"));
  // XSW8: the original one hides in an Object of the evil one's signature.
  EXPECT_THAT(refusal_of(in_response(in_signature(evil_bearer, bare_assertion))), invalid("2 assertions"));
}

// The same attacks where the original is no longer an Assertion by name: what it is called does not help.
TEST(Response, IsRefusedWhenTheSignatureIsMovedToAnotherElement) {
  const std::string signed_text = unsigned_of(with_signed_assertion(assertion()));
  const std::size_t begin = signed_text.find("<ds:Signature ");
  const std::string signature = signed_text.substr(begin, signed_text.find("</ds:Signature>") + 15 - begin);
  const std::string evil = unsigned_of(response_with(assertion("root", "_evil")));
  const std::string issuer = "</saml:Issuer>";
  EXPECT_THAT(refusal_of(replaced(evil, issuer, issuer + signature)), forbidden("something else"));
  EXPECT_THAT(refusal_of(replaced(evil, "<saml:Subject>", signature + "<saml:Subject>")),
              forbidden("something else"));
  const std::string twin = unsigned_of(response_with(assertion("root")));
  EXPECT_THAT(refusal_of(replaced(twin, "<saml:Subject>", signature + "<saml:Subject>")),
              forbidden("changed"));
  EXPECT_THAT(refusal_of(replaced(twin, "<samlp:Status>", signature + "<samlp:Status>")),
              forbidden("something else"));
  EXPECT_THAT(refusal_of(replaced(twin, "<saml:NameID>", signature + "<saml:NameID>")),
              forbidden("odd place"));
  EXPECT_THAT(refusal_of(replaced(good(), "<saml:Subject>", signature + "<saml:Subject>")),
              forbidden("two signatures"));
  EXPECT_THAT(refusal_of(replaced(good(), "<samlp:Status>",
                                  "<samlp:Extensions><x ID=\"_assertion\"/></samlp:Extensions>"
                                  "<samlp:Status>")),
              forbidden("several elements"));
}

TEST(Response, ReadsItsAssertionOnlyWhereOneMayStand) {
  const std::string signed_text = unsigned_of(with_signed_assertion(assertion()));
  EXPECT_THAT(
      refusal_of(unsigned_of(response_with("<samlp:Extensions>" + signed_text + "</samlp:Extensions>"))),
      invalid("wrong place"));
  EXPECT_THAT(refusal_of(unsigned_of(response_with(""))), invalid("no assertion"));
  EXPECT_THAT(refusal_of(signed_text), invalid("not a SAML 2.0 Response"));
  EXPECT_THAT(refusal_of("<a>" + good() + "</a>"), invalid("not a SAML 2.0 Response"));
  EXPECT_THAT(refusal_of(good() + good()), invalid("well-formed"));
}

TEST(Response, IsOfTheProviderThatWasAsked) {
  IdpMetadata other = trusted();
  other.entity_id = "https://other.example.com/";
  EXPECT_THAT(refusal_of(good(), other), forbidden("issued by \"https://idp.example.com/\""));
  const std::string foreign = unsigned_of(with_signed_assertion(
      response_with(replaced(assertion(), "https://idp.example.com/", "https://evil.example.com/"))));
  EXPECT_THAT(refusal_of(foreign), forbidden("issued by \"https://evil.example.com/\""));
  // The Response's own issuer is not signed here; it can speak against the Response, not for it.
  EXPECT_THAT(refusal_of(replaced(good(), "https://idp.example.com/", "https://evil.example.com/")),
              forbidden("issued by \"https://evil.example.com/\""));
}

TEST(Response, HoldsOnlyWithinItsConditions) {
  const Instant begin = now - 5min;
  const Instant end = now + 5min;
  EXPECT_THAT(refusal_of(good(), trusted(), begin - 60s - 1ms),
              forbidden("does not begin before 2026-11-26T02:55"));
  EXPECT_TRUE(read_response(good(), trusted(), begin - 60s));
  EXPECT_TRUE(read_response(good(), trusted(), end + 60s - 1ms));
  EXPECT_THAT(refusal_of(good(), trusted(), end + 60s), forbidden("ended at 2026-11-26T03:05"));
}

TEST(Response, MustSayUntilWhenItHolds) {
  const auto with = [](const std::string& other) {
    return unsigned_of(with_signed_assertion(response_with(replaced(assertion(), conditions, other))));
  };
  EXPECT_THAT(refusal_of(with("")), invalid("Conditions"));
  EXPECT_THAT(refusal_of(with(conditions + conditions)), invalid("two elements Conditions"));
  EXPECT_THAT(refusal_of(with("<saml:Conditions/>")), invalid("NotOnOrAfter"));
  EXPECT_THAT(refusal_of(with("<saml:Conditions NotOnOrAfter=\"soon\"/>")), invalid("NotOnOrAfter"));
  EXPECT_THAT(refusal_of(with("<saml:Conditions NotOnOrAfter=\"2026-11-26T03:05:00Z\" NotBefore=\"soon\"/>")),
              invalid("NotBefore"));
  const auto read =
      read_response(with("<saml:Conditions NotOnOrAfter=\"2026-11-26T03:05:00\"/>"), trusted(), now);
  ASSERT_TRUE(read);
  EXPECT_THAT(read->audiences, IsEmpty());
}

TEST(Response, MustSayWhoSignedIn) {
  const auto without = [](const std::string& what) {
    return unsigned_of(with_signed_assertion(response_with(replaced(assertion(), what, ""))));
  };
  EXPECT_THAT(refusal_of(without("<saml:NameID>anna</saml:NameID>")), invalid("no NameID"));
  EXPECT_THAT(refusal_of(without("<saml:Subject><saml:NameID>anna</saml:NameID></saml:Subject>")),
              invalid("Subject"));
  EXPECT_THAT(refusal_of(without("<saml:Issuer>https://idp.example.com/</saml:Issuer>")),
              invalid("no Issuer"));
  const std::string two =
      unsigned_of(with_signed_assertion(response_with(assertion("anna</saml:NameID><saml:NameID>root"))));
  EXPECT_THAT(refusal_of(two), invalid("two elements NameID"));
}

TEST(Response, NamesTheStatusOfASignInThatFailed) {
  const std::string failed =
      "Responder\"><samlp:StatusCode "
      "Value=\"urn:oasis:names:tc:SAML:2.0:status:AuthnFailed\"/></samlp:StatusCode>"
      "<samlp:StatusMessage>Wrong\x1b password</samlp:StatusMessage><samlp:x y=\"";
  const std::string text = unsigned_of(response_with("", "_response", replaced(failed, "\x1b", "")));
  EXPECT_THAT(refusal_of(text), invalid("failed sign-in (Responder, AuthnFailed: Wrong password)"));
  EXPECT_THAT(refusal_of(replaced(good(), "status:Success", "status:Requester")), invalid("Requester"));
  // A Success below another status is none.
  EXPECT_THAT(refusal_of(replaced(text, "AuthnFailed", "Success")), invalid("failed sign-in"));
  EXPECT_THAT(refusal_of(replaced(good(), "<samlp:StatusCode ", "<samlp:Other ")), invalid("one status"));
  EXPECT_THAT(refusal_of(replaced(replaced(good(), "<samlp:Status>", "<samlp:Status><samlp:StatusDetail>"),
                                  "</samlp:Status>", "</samlp:StatusDetail></samlp:Status>")),
              invalid("failed sign-in"));
}

TEST(Response, SaysPlainlyThatAnEncryptedAssertionCannotBeRead) {
  const std::string encrypted = "<saml:EncryptedAssertion><x/></saml:EncryptedAssertion>";
  EXPECT_THAT(refusal_of(unsigned_of(response_with(encrypted))),
              invalid("encrypted for AWS, so it cannot be read"));
  EXPECT_THAT(refusal_of(unsigned_of(response_with(encrypted + assertion()))), invalid("cannot be read"));
}

TEST(Response, IsParsedAsWarilyAsMetadata) {
  EXPECT_THAT(refusal_of("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>" + good()),
              invalid("DOCTYPE"));
  std::string bomb = "<!DOCTYPE x [<!ENTITY e0 \"ha\">";
  for (int i = 1; i < 30; ++i)
    bomb += "<!ENTITY e" + std::to_string(i) + " \"&e" + std::to_string(i - 1) + ";&e" +
            std::to_string(i - 1) + ";\">";
  EXPECT_THAT(refusal_of(bomb + "]><x>&e29;</x>"), invalid("DOCTYPE"));
  EXPECT_THAT(refusal_of(std::string(50'000'000, 'x')), invalid("larger than 2 MB"));
  EXPECT_THAT(refusal_of("<html><body>Wrong password</body></html>"), invalid("web page, not SAML response"));
  EXPECT_THAT(refusal_of(""), invalid("empty"));
  EXPECT_THAT(refusal_of(replaced(good(), "<saml:NameID>", "<saml:NameID>&x;")), invalid("well-formed"));
}

}  // namespace
}  // namespace postern::saml
