#pragma once

#include <optional>
#include <vector>

#include "catalog/catalog.h"
#include "federation/import_steps.h"

namespace postern::federation {

/// A place in AWS that holds an IdP's metadata.
struct Assigned {
  Destination destination;
  /// The saml_metadata probe of the IdP that is believed there; absent when the catalog does not say it.
  std::optional<ProbeId> idp = {};
  std::string reading_role = {};  ///< ARN to assume for reading; "" for the host's own credentials
};

/// All that the catalog names, each once: the IAM providers of saml_certificate probes, those of
/// federation.iam_saml, and Identity Center. An IdP is known by the probe that names the provider; Identity
/// Center's by the first saml_certificate probe without one; otherwise only where the catalog has one IdP
/// alone. Process and role are those of a failure mode that takes the probe's dependency away, or of the
/// first process that names the account. Pure.
std::vector<Assigned> destinations(const catalog::Catalog& catalog);

/// The IdPs whose metadata the catalog compares with AWS: those that saml_certificate probes are `of`, or
/// without any such probe the only saml_metadata one.
std::vector<ProbeId> compared_idps(const catalog::Catalog& catalog);

}  // namespace postern::federation
