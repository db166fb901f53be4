#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "probe/look.h"
#include "saml/metadata.h"

/// What the kinds of looks share. Inside this folder only. Texts need not be safe here: look() sanitizes and
/// cuts everything that leaves it.
namespace postern::probe {

/// One look: what it may use, and how long it may take.
struct Looking {
  const catalog::Probe& probe;
  const catalog::Catalog& catalog;
  const Outside& outside;
  const Deadline& deadline;
  Instant now;
};

Observation look_at(const catalog::HttpProbe& probe, const Looking& looking);
Observation look_at(const catalog::SamlMetadataProbe& probe, const Looking& looking);
Observation look_at(const catalog::CertificateProbe& probe, const Looking& looking);
Observation look_at(const catalog::SamlLoginProbe& probe, const Looking& looking);
Observation look_at(const catalog::OidcDiscoveryProbe& probe, const Looking& looking);
Observation look_at(const catalog::TcpProbe& probe, const Looking& looking);
Observation look_at(const catalog::TlsProbe& probe, const Looking& looking);
Observation look_at(const catalog::DnsProbe& probe, const Looking& looking);
Observation look_at(const catalog::StsProbe& probe, const Looking& looking);
Observation look_at(const catalog::IdentityCenterProbe& probe, const Looking& looking);
Observation look_at(const catalog::ScimGroupProbe& probe, const Looking& looking);
Observation look_at(const catalog::ManualProbe& probe, const Looking& looking);
Observation look_at(const catalog::ExecProbe& probe, const Looking& looking);

using Warnings = std::vector<emergency::ProbeWarning>;

Observation bad(std::string detail);
Observation blind(std::string detail);
/// What an error says of the other side: bad, unless the fault is ours.
Observation bad_or_ours(const Error& error);

/// Outside text on one line, harmless to a terminal; at most so many bytes, and never cut inside a character.
std::string shown(std::string_view text, std::size_t bytes_max);

/// Sends over a connection of its own within the time that is left, and wipes body and headers afterwards,
/// because a password or a token may be in them.
Result<http::Response> send(http::Outgoing request, const Looking& looking);

/// The host of an URL, all that a detail may say of it; "" when there is none.
std::string host_of(const std::string& url);
/// True where a password or token may be sent: https, or http to this very machine.
bool is_confidential(const std::string& url);

Result<Secret> secret_of(const catalog::SecretReference& reference, const Looking& looking);
Result<aws::Credentials> credentials_of(const std::string& role, const Looking& looking);

/// The warning that is due for what ends at `not_after`, and says the same until the next one is: "`what`
/// expires on 2027-01-05, in less than 14 days." nullopt while none is due.
std::optional<emergency::ProbeWarning> expiry_warning(const std::string& what, Instant not_after,
                                                      const std::vector<seconds>& before, Instant now);
/// "CN=idp.example.net, 3FA1B2C3…9C0D": short enough for a warning, whatever its subject says.
std::string short_name(const saml::SigningCertificate& certificate);
/// Adds a warning unless it stands there already; twenty are enough.
void add(Warnings& warnings, emergency::ProbeWarning warning);

/// The metadata of the IdP as it serves it now, its signature checked where the probe asks for one. The
/// message goes on from "the IdP ".
Result<saml::IdpMetadata> fetch_metadata(const catalog::SamlMetadataProbe& probe, const Looking& looking);
/// The same for the saml_metadata probe of that name. `not_found` when it is none.
Result<saml::IdpMetadata> fetch_metadata_of(const ProbeId& probe, const Looking& looking);

}  // namespace postern::probe
