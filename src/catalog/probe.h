#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/instant.h"
#include "catalog/channel.h"

/// What Postern looks at to know that something is down before people do.
namespace postern::catalog {

/// When people are told that something expires: the first time and again, 60, 30, 14, 7 and 1 days before.
inline const std::vector<seconds> default_warn_before = {
    seconds(60 * 86400), seconds(30 * 86400), seconds(14 * 86400), seconds(7 * 86400), seconds(86400)};

/// A SAML provider of IAM, read where AWS keeps it.
struct SamlProvider {
  AccountId account;
  std::string name;
  friend bool operator==(const SamlProvider&, const SamlProvider&) = default;
};

/// An IdP's metadata: well-formed, of one IdP, with a signing certificate that is valid now.
struct SamlMetadataProbe {
  std::string url;
  std::string entity_id = {};  ///< that it must state; "" takes any
  /// SHA-256 (64 hex digits) of the certificate that must have signed the metadata; "" asks for no signature.
  std::string signed_by = {};
  std::vector<seconds> warn_before = default_warn_before;
  friend bool operator==(const SamlMetadataProbe&, const SamlMetadataProbe&) = default;
};
struct HttpProbe {
  std::string url;
  int expect = 200;
  std::string contains = {};                               ///< text that must stand in the body; "" for none
  std::vector<seconds> warn_before = default_warn_before;  ///< of the server's TLS certificate
  friend bool operator==(const HttpProbe&, const HttpProbe&) = default;
};
struct TcpProbe {
  std::string host;
  int port = 0;
  friend bool operator==(const TcpProbe&, const TcpProbe&) = default;
};
/// A TLS handshake with a certificate that a browser would believe.
struct TlsProbe {
  std::string host;
  int port = 0;
  std::vector<seconds> warn_before = default_warn_before;
  friend bool operator==(const TlsProbe&, const TlsProbe&) = default;
};
/// Whether AWS still believes the IdP: the certificates that the IdP of the probe `of` (a saml_metadata one)
/// signs with, against those that AWS holds. AWS's side is the signed copy of what was imported, the live IAM
/// provider, or both: then the copy also shows that somebody changed the provider.
struct CertificateProbe {
  ProbeId of;
  std::string trusted_copy = {};  ///< path beside the catalog file; "" for none
  std::optional<SamlProvider> iam_provider = {};
  std::string role = {};  ///< ARN to assume for reading; "" for the host's own. The file names the role alone
  std::vector<seconds> warn_before = default_warn_before;
  friend bool operator==(const CertificateProbe&, const CertificateProbe&) = default;
};
/// A synthetic user signs in at the IdP by its HTML form and gets an assertion that the IdP of `of` signed.
struct SamlLoginProbe {
  ProbeId of;       ///< whose certificates verify the assertion
  std::string url;  ///< where sign-in to AWS begins at the IdP
  std::string username;
  SecretReference password;
  std::string username_field = "username";  ///< names of the form's inputs
  std::string password_field = "password";
  friend bool operator==(const SamlLoginProbe&, const SamlLoginProbe&) = default;
};
/// OpenID Connect Discovery 1.0: the document of the issuer, and keys where it says that they are.
struct OidcDiscoveryProbe {
  std::string issuer;
  friend bool operator==(const OidcDiscoveryProbe&, const OidcDiscoveryProbe&) = default;
};
enum class DnsRecord { a, aaaa, cname };
struct DnsProbe {
  std::string name;
  DnsRecord record = DnsRecord::a;
  std::string server = {};               ///< address[:port] of the resolver to ask; "" asks the host's own
  std::vector<std::string> expect = {};  ///< every answer must be one of these; empty takes any answer
  friend bool operator==(const DnsProbe&, const DnsProbe&) = default;
};
/// Whether STS answers in these Regions (GetCallerIdentity). Signed when the host has credentials.
struct StsProbe {
  std::vector<std::string> regions;  ///< all of the organization's when empty
  int at_least = 1;                  ///< so many must answer; fewer than all is `degraded`
  friend bool operator==(const StsProbe&, const StsProbe&) = default;
};
/// The access portal, and sso:ListInstances where the host may call it.
struct IdentityCenterProbe {
  std::string portal;  ///< URL
  std::string region;
  std::string role = {};  ///< ARN to assume for reading; "" asks with the host's own credentials, if any
  friend bool operator==(const IdentityCenterProbe&, const IdentityCenterProbe&) = default;
};
/// A group at the IdP that must be empty in normal times (SCIM 2.0, RFC 7644): whoever is in it gets into AWS
/// by FM3's way.
struct ScimGroupProbe {
  std::string url;    ///< of the SCIM service, up to and without /Groups
  std::string group;  ///< displayName
  SecretReference token;
  friend bool operator==(const ScimGroupProbe&, const ScimGroupProbe&) = default;
};
/// People say it: `postern report NAME down`. What they said counts for `valid_for`.
struct ManualProbe {
  GroupId by;
  seconds valid_for{3600};
  friend bool operator==(const ManualProbe&, const ManualProbe&) = default;
};
/// A program of the host with the exit codes of monitoring plugins: 0 up, 1 slow, 2 down, 3 cannot tell. It
/// lies in the folder that the host names (serve --probe-programs): the catalog names no path.
struct ExecProbe {
  std::string program;
  std::vector<std::string> arguments = {};
  friend bool operator==(const ExecProbe&, const ExecProbe&) = default;
};

struct Probe {
  ProbeId id;
  /// Tests our own uplink: while all such are down, or all such of the kind dns, every other is unknown.
  bool control = false;
  std::string dependency = {};  ///< which dependency it watches; "" for a control probe
  std::variant<SamlMetadataProbe, HttpProbe, TcpProbe, CertificateProbe, StsProbe, TlsProbe, SamlLoginProbe,
               OidcDiscoveryProbe, DnsProbe, IdentityCenterProbe, ScimGroupProbe, ManualProbe, ExecProbe>
      check;
  seconds every{30};
  seconds timeout{5};  ///< for the whole look
  /// An answer that took longer is `degraded`, never down. Absent: half of `timeout`.
  std::optional<seconds> slow_after = {};
  int down_after = 3;  ///< so many failures in a row make it down
  int up_after = 2;    ///< so many successes in a row make it up again
  friend bool operator==(const Probe&, const Probe&) = default;
};

}  // namespace postern::catalog
