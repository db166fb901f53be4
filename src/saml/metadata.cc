#include "saml/metadata.h"

#include <algorithm>

#include "saml/certificate.h"
#include "saml/document.h"
#include "saml/metadata_node.h"
#include "saml/uri.h"
#include "saml/xml_instant.h"

namespace postern::saml {
namespace {

bool is_metadata(const xmlNode* node, std::string_view name) {
  return is_element(node, metadata_namespace, name);
}

/// Every IDPSSODescriptor where the schema allows one. The depth is bounded by the parse.
void collect_providers(const xmlNode* node, std::vector<const xmlNode*>& found) {
  if (is_metadata(node, "EntityDescriptor")) {
    const std::vector<xmlNode*> here = children(node, metadata_namespace, "IDPSSODescriptor");
    found.insert(found.end(), here.begin(), here.end());
  }
  if (is_metadata(node, "EntitiesDescriptor"))
    for (const xmlNode* child = node->children; child != nullptr; child = child->next)
      collect_providers(child, found);
}

Result<const xmlNode*> the_provider(const xmlNode* root) {
  if (!is_metadata(root, "EntityDescriptor") && !is_metadata(root, "EntitiesDescriptor"))
    return fail(ErrorCode::invalid,
                "The answer is XML but not SAML 2.0 metadata. Check that the URL is the identity provider's "
                "metadata.");
  std::vector<const xmlNode*> providers;
  collect_providers(root, providers);
  if (providers.empty())
    return fail(ErrorCode::invalid,
                "The SAML metadata describes no identity provider. Check that the URL is not that "
                "of a service provider.");
  if (providers.size() > 1)
    return fail(ErrorCode::invalid,
                "The SAML metadata describes " + std::to_string(providers.size()) +
                    " identity providers. Use the metadata of the one that signs in to AWS.");
  return providers.front();
}

Result<std::vector<std::string>> read_sign_on_urls(const xmlNode* provider) {
  std::vector<std::string> urls;
  for (const xmlNode* service : children(provider, metadata_namespace, "SingleSignOnService")) {
    std::string location = attribute(service, "Location");
    if (!is_uri_text(location) || (!location.starts_with("https://") && !location.starts_with("http://")))
      return fail(ErrorCode::invalid,
                  "A sign-on address in the SAML metadata is not an http or https URL. Ask the "
                  "identity provider's administrators.");
    if (std::find(urls.begin(), urls.end(), location) == urls.end()) urls.push_back(std::move(location));
  }
  if (urls.empty())
    return fail(ErrorCode::invalid,
                "The SAML metadata names no sign-on address (SingleSignOnService). Ask the "
                "identity provider's administrators.");
  return urls;
}

Result<std::vector<SigningCertificate>> read_signing_certificates(const xmlNode* provider) {
  std::vector<SigningCertificate> certificates;
  for (const xmlNode* key : children(provider, metadata_namespace, "KeyDescriptor")) {
    const std::string use = attribute(key, "use");
    if (!use.empty() && use != "signing") continue;
    for (const xmlNode* key_info : children(key, signature_namespace, "KeyInfo"))
      for (const xmlNode* data : children(key_info, signature_namespace, "X509Data"))
        for (const xmlNode* element : children(data, signature_namespace, "X509Certificate")) {
          if (certificates.size() == signing_certificates_max)
            return fail(ErrorCode::invalid, "The SAML metadata has more than " +
                                                std::to_string(signing_certificates_max) +
                                                " signing certificates; AWS takes 10. Remove old ones.");
          const std::string text = TRY(plain_text(element));
          certificates.push_back(TRY(read_certificate(text)));
        }
  }
  if (certificates.empty())
    return fail(ErrorCode::invalid,
                "The SAML metadata has no signing certificate, so nobody can check what this "
                "identity provider signs. Ask its administrators.");
  return certificates;
}

Result<std::optional<Instant>> read_valid_until(const xmlNode* provider) {
  std::optional<Instant> earliest;
  for (const xmlNode* node = provider; node != nullptr && node->type == XML_ELEMENT_NODE;
       node = node->parent) {
    const std::string text = attribute(node, "validUntil");
    if (text.empty()) continue;
    const Result<Instant> end = parse_xml_instant(text);
    if (!end)
      return fail(ErrorCode::invalid,
                  "The SAML metadata states until when it is valid (validUntil), but not as a time. Ask the "
                  "identity provider's administrators.");
    if (!earliest || *end < *earliest) earliest = *end;
  }
  return earliest;
}

}  // namespace

Result<IdpMetadata> read_metadata(std::string_view xml) {
  const Document document = TRY(parse_document(xml, Kind::metadata));
  return read_metadata_node(xmlDocGetRootElement(document.get()));
}

Result<IdpMetadata> read_metadata_node(const xmlNode* root) {
  const xmlNode* provider = TRY(the_provider(root));
  IdpMetadata metadata{.entity_id = attribute(provider->parent, "entityID")};
  if (!is_uri_text(metadata.entity_id))
    return fail(ErrorCode::invalid,
                "The SAML metadata has no usable entityID (a URI). Ask the identity provider's "
                "administrators.");
  metadata.sign_on_urls = TRY(read_sign_on_urls(provider));
  metadata.signing_certificates = TRY(read_signing_certificates(provider));
  metadata.valid_until = TRY(read_valid_until(provider));
  return metadata;
}

}  // namespace postern::saml
