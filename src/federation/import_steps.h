#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "saml/metadata.h"

/// What a person does to give AWS an IdP's current SAML metadata (failure mode FM2), as text to read and to
/// copy commands from. Pure. Postern itself changes nothing: whoever does it has a grant.
///
/// An IAM SAML provider is read and changed by commands. Identity Center's side is a console's, because AWS
/// has no call for it: of the 79 operations of sso-admin (2020-07-20), the 19 of identitystore (2020-06-15)
/// and the 4 of sso (2019-06-10) in botocore 1.43.11 none reads or writes an external IdP, its metadata or
/// its certificates, nor does any of their shapes hold one. What Identity Center was given is therefore known
/// only from the signed copy in the catalog. Imported certificates all count at once (IAM Identity Center
/// User Guide, "Rotate a SAML 2.0 certificate").
namespace postern::federation {

enum class Language { en, ja };

/// A certificate of the IdP, and where it lies as PEM.
struct Certificate {
  saml::SigningCertificate certificate;
  std::string file;
};

/// What is to be imported. Paths are as the commands name them.
struct NewMetadata {
  std::string file;  ///< where it lies
  std::string text;  ///< the whole file
  saml::IdpMetadata idp;
  std::vector<Certificate> certificates;  ///< all that `idp` signs with
};

/// Where it is to be imported.
struct Destination {
  std::variant<catalog::SamlProvider, catalog::IdentityCenter> aws;
  std::string process = {};  ///< by which people get there; "" leaves it to the failure mode
  std::string role = {};     ///< that they then have; "" when the catalog names none for that account
  /// AWS has said that it has no such IAM provider.
  bool is_deleted = false;
};

/// The steps, as Markdown with shell commands: what to compare on the phone, the way back before the change,
/// the change, and how to see that it worked. Whatever comes from the IdP stands in fenced blocks on lines of
/// its own, sanitized, so that it can be neither Markdown nor a command; paths and names are quoted for a
/// shell.
std::string steps(const Destination& destination, const NewMetadata& metadata, Language language);

/// arn:aws:iam::ACCOUNT:saml-provider/NAME.
std::string provider_arn(const catalog::SamlProvider& provider);

/// The IAM policy of a role that may repair these providers, which stand in one account, and nothing else.
json::Value repair_policy(const std::vector<catalog::SamlProvider>& providers);

/// RFC 7468, as Identity Center's console takes it.
std::string pem(const saml::SigningCertificate& certificate);

/// The document as AWS takes it: without the byte order mark that it would refuse as "Unable to parse
/// metadata". `invalid` when it has fewer than 1,000 or more than 10,000,000 characters (IAM API reference,
/// CreateSAMLProvider).
Result<std::string> importable(std::string_view served);

}  // namespace postern::federation
