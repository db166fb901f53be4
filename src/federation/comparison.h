#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "aws/credentials.h"
#include "aws/iam.h"
#include "catalog/catalog.h"
#include "federation/destinations.h"
#include "http/client.h"
#include "saml/trust.h"

/// What an IdP says of itself now, beside every place where AWS's side is known: the signed copies in the
/// catalog and the IAM providers that can be read.
namespace postern::federation {

struct Idp {
  ProbeId probe;
  std::string text;
  saml::IdpMetadata metadata;
};

/// `text` as metadata of the IdP that the saml_metadata probe watches: signed and of the entity id that the
/// probe asks for. `not_found` when there is no such probe, `forbidden` when it is somebody else's, `invalid`
/// when it is no metadata.
Result<Idp> read_idp(const catalog::Catalog& catalog, const ProbeId& probe, std::string text);
/// The same, from the probe's URL, within its time-out and `saml::metadata_bytes_max`; `unavailable` when it
/// is not served.
Result<Idp> fetch_idp(const catalog::Catalog& catalog, const ProbeId& probe, http::Client& client);

/// Reading in AWS.
struct Aws {
  http::Client& client;
  aws::Environment environment;  ///< for endpoint overrides
  std::function<Result<aws::Credentials>(const std::string& role_arn)>
      credentials;                                                     ///< "" for the host's own
  std::function<Result<std::string>(const aws::Credentials&)> caller;  ///< whose they are: an ARN
  Instant now;
};

/// The provider as IAM holds it. `not_found` only when its own account says so: credentials of another
/// account are `forbidden` before IAM is asked.
Result<aws::SamlProviderDocument> read_provider(const catalog::SamlProvider& provider,
                                                const std::string& reading_role, const Aws& aws);

struct Comparison {
  std::string side;  ///< for people: "IAM SAML provider okta in account 200000000001"
  saml::Held held = saml::Held::copy;
  std::string copy_path = {};         ///< beside the catalog; "" for a live side
  std::optional<ProbeId> idp = {};    ///< whose metadata it should be
  std::optional<Instant> since = {};  ///< from when AWS's side is
  Result<saml::Trust> trust;          ///< an error says why the two could not be compared
  bool is_deleted = false;            ///< AWS has no such provider any more
};
enum class Verdict { same, differs, would_not_work, unknown };
Verdict verdict_of(const Comparison& comparison);

/// Every side once, copies first. `idps` holds an entry for each of compared_idps(). Without `aws` (a host
/// that has no credentials) only copies are compared, and a provider of which there is no copy is unknown.
std::vector<Comparison> compare_all(const catalog::Catalog& catalog,
                                    const std::map<ProbeId, Result<Idp>>& idps, const Aws* aws,
                                    Instant judged_at);

}  // namespace postern::federation
