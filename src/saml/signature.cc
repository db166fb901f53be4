#include "saml/signature.h"

#include <algorithm>
#include <optional>

#include "base/encoding.h"
#include "saml/document.h"
#include "saml/metadata_node.h"
#include "saml/uri.h"
#include "saml/xml_instant.h"
#include "saml/xml_signature.h"

namespace postern::saml {
namespace {

constexpr std::string_view success = "urn:oasis:names:tc:SAML:2.0:status:Success";
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html
constexpr std::string_view role_attribute = "https://aws.amazon.com/SAML/Attributes/Role";
constexpr seconds clock_skew{60};

std::string shown(std::string_view text) { return sanitized(text.substr(0, 200), Lines::replace); }

tl::unexpected<Error> invalid_response(const std::string& what) {
  return fail(ErrorCode::invalid,
              "The SAML response " + what + ". Ask the identity provider's administrators.");
}
tl::unexpected<Error> forbidden_response(const std::string& what) {
  return fail(ErrorCode::forbidden,
              "The SAML response " + what + ". Ask the identity provider's administrators.");
}

/// The one child `name` of an assertion's element, or nothing when there is none. Two are refused, because
/// readers disagree about which one counts.
Result<const xmlNode*> at_most_one(const xmlNode* parent, std::string_view name) {
  const std::vector<xmlNode*> found = children(parent, assertion_namespace, name);
  if (found.size() > 1)
    return invalid_response("has two elements " + std::string(name) + " where one may stand");
  return found.empty() ? nullptr : found.front();
}

/// The plain text of the one child `name`.
Result<std::string> text_of_one(const xmlNode* parent, std::string_view name) {
  const xmlNode* found = TRY(at_most_one(parent, name));
  if (found == nullptr) return invalid_response("has no " + std::string(name) + " where one must stand");
  return plain_text(found);
}

/// The innermost status says most: "Responder" alone is what everybody answers.
Result<void> check_status(const xmlNode* response) {
  const std::vector<xmlNode*> status = children(response, protocol_namespace, "Status");
  if (status.size() != 1) return invalid_response("does not state one status");
  const std::vector<xmlNode*> codes = all_elements(status.front(), protocol_namespace, "StatusCode");
  if (codes.empty()) return invalid_response("does not state one status");
  if (codes.front()->parent == status.front() && attribute(codes.front(), "Value") == success) return {};
  std::string said;
  for (const xmlNode* code : codes) {
    const std::string value = attribute(code, "Value");
    said += (said.empty() ? "" : ", ") + value.substr(value.rfind(':') + 1);
    if (said.size() > 200) break;
  }
  for (const xmlNode* message : children(status.front(), protocol_namespace, "StatusMessage"))
    if (const Result<std::string> text = plain_text(message)) said += ": " + *text;
  return invalid_response("reports a failed sign-in (" + shown(said) + ")");
}

/// The Assertion, where it is the only one in the whole document and stands where it must: in wrapping
/// attacks a second one hides elsewhere (Somorovsky et al., "On Breaking SAML", USENIX Security 2012).
Result<xmlNode*> the_assertion(xmlNode* response) {
  if (!is_element(response, protocol_namespace, "Response"))
    return fail(
        ErrorCode::invalid,
        "The answer is XML but not a SAML 2.0 Response. Check what the identity provider's sign-in page "
        "hands to the browser.");
  TRY(check_status(response));
  if (!all_elements(response, assertion_namespace, "EncryptedAssertion").empty())
    return fail(ErrorCode::invalid,
                "The assertion in the SAML response is encrypted for AWS, so it cannot be read here. Let the "
                "identity provider send this probe's user an assertion that is signed but not encrypted.");
  const std::vector<xmlNode*> assertions = all_elements(response, assertion_namespace, "Assertion");
  if (assertions.empty()) return invalid_response("holds no assertion");
  if (assertions.size() > 1)
    return invalid_response("holds " + std::to_string(assertions.size()) +
                            " assertions where one must stand");
  if (assertions.front()->parent != response) return invalid_response("has its assertion in the wrong place");
  return assertions.front();
}

/// Every signature must be good, and none may stand but in the Response and in the Assertion.
Result<void> check_signatures(xmlNode* response, xmlNode* assertion, const IdpMetadata& idp) {
  std::vector<Pin> pins;
  for (const SigningCertificate& each : idp.signing_certificates)
    pins.push_back({.sha256 = each.sha256, .der = each.der});
  const std::vector<xmlNode*> signatures = all_elements(response, signature_namespace, "Signature");
  if (signatures.empty()) return forbidden_response("is not signed, so anybody may have made it");
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    xmlNode* parent = signatures[i]->parent;
    if (parent != response && parent != assertion)
      return forbidden_response("has a signature in an odd place");
    // Signatures come in the order of the document, which a second one of the same parent need not follow.
    for (std::size_t before = 0; before < i; ++before)
      if (signatures[before]->parent == parent)
        return forbidden_response("has two signatures in one element");
  }
  for (xmlNode* signature : signatures) TRY(check_signature(signature, signature->parent, pins));
  return {};
}

Result<Instant> time_in(const xmlNode* conditions, const char* name) {
  Result<Instant> time = parse_xml_instant(attribute(conditions, name));
  if (!time) return invalid_response(std::string("does not state a time as its ") + name);
  return time;
}

Result<void> read_conditions(const xmlNode* from, Instant now, Assertion& into) {
  const xmlNode* conditions = TRY(at_most_one(from, "Conditions"));
  if (conditions == nullptr) return invalid_response("does not say until when it holds (Conditions)");
  into.not_on_or_after = TRY(time_in(conditions, "NotOnOrAfter"));
  if (now >= into.not_on_or_after + clock_skew)
    return forbidden_response("ended at " + to_rfc3339(into.not_on_or_after) +
                              " by its own words; check the clocks here and at the identity provider");
  if (!attribute(conditions, "NotBefore").empty()) {
    const Instant begin = TRY(time_in(conditions, "NotBefore"));
    if (now < begin - clock_skew)
      return forbidden_response("does not begin before " + to_rfc3339(begin) +
                                "; check the clocks here and at the identity provider");
  }
  for (const xmlNode* restriction : children(conditions, assertion_namespace, "AudienceRestriction"))
    for (const xmlNode* audience : children(restriction, assertion_namespace, "Audience"))
      into.audiences.push_back(TRY(plain_text(audience)));
  return {};
}

Result<std::vector<std::string>> read_roles(const xmlNode* assertion) {
  std::vector<std::string> roles;
  for (const xmlNode* statement : children(assertion, assertion_namespace, "AttributeStatement"))
    for (const xmlNode* each : children(statement, assertion_namespace, "Attribute")) {
      if (attribute(each, "Name") != role_attribute) continue;
      for (const xmlNode* value : children(each, assertion_namespace, "AttributeValue"))
        roles.push_back(TRY(plain_text(value)));
    }
  return roles;
}

Result<void> check_issuer(const std::string& issuer, const IdpMetadata& idp) {
  if (issuer == idp.entity_id) return {};
  return forbidden_response("was issued by \"" + shown(issuer) + "\", not by \"" + shown(idp.entity_id) +
                            "\"");
}

/// What a verified assertion says.
Result<Assertion> read_assertion(const xmlNode* from, const IdpMetadata& idp, Instant now) {
  Assertion assertion{
      .issuer = TRY(text_of_one(from, "Issuer")), .subject = {}, .not_on_or_after = {}, .audiences = {}};
  TRY(check_issuer(assertion.issuer, idp));
  const xmlNode* subject = TRY(at_most_one(from, "Subject"));
  if (subject == nullptr) return invalid_response("does not say who signed in (Subject)");
  assertion.subject = TRY(text_of_one(subject, "NameID"));
  TRY(read_conditions(from, now, assertion));
  assertion.roles = TRY(read_roles(from));
  return assertion;
}

}  // namespace

Result<IdpMetadata> read_signed_metadata(std::string_view xml, const Digest& signed_by) {
  const Document document = TRY(parse_document(xml, Kind::metadata));
  xmlNode* root = xmlDocGetRootElement(document.get());
  const std::vector<xmlNode*> signatures = all_elements(root, signature_namespace, "Signature");
  if (signatures.empty())
    return fail(
        ErrorCode::forbidden,
        "The SAML metadata is not signed, and only signed metadata is accepted here. Check that the URL "
        "is the one for signed metadata, or ask the identity provider's administrators.");
  if (signatures.size() > 1)
    return fail(
        ErrorCode::forbidden,
        "The SAML metadata has several signatures. Use the metadata of one identity provider with one "
        "signature over all of it.");
  TRY(check_signature(signatures.front(), root, {{.sha256 = signed_by}}));
  return read_metadata_node(root);
}

Result<Assertion> read_response(std::string_view xml, const IdpMetadata& idp, Instant now) {
  const Document document = TRY(parse_document(xml, Kind::response));
  xmlNode* response = xmlDocGetRootElement(document.get());
  xmlNode* assertion = TRY(the_assertion(response));
  TRY(check_signatures(response, assertion, idp));
  // An issuer of the Response may be unsigned; it can only speak against it.
  if (const xmlNode* issuer = TRY(at_most_one(response, "Issuer")); issuer != nullptr)
    TRY(check_issuer(TRY(plain_text(issuer)), idp));
  return read_assertion(assertion, idp, now);
}

}  // namespace postern::saml
