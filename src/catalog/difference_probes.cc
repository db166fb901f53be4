#include <fmt/format.h>

#include "catalog/difference_parts.h"

namespace postern::catalog {
namespace {

Says says_times(const std::vector<seconds>& times) {
  Says out;
  for (const seconds& each : times) out.push_back(to_text(each));
  return out;
}
/// Nothing where an empty text means that nothing is asked for.
Says says_unless_empty(const std::string& text) { return text.empty() ? Says{} : says(text); }

/// One field of a check: all of them change what the probe can see.
void say(Part& out, const char* field, std::string verb, Says what) {
  out.say(Weight::safety, field, std::move(verb), std::move(what));
}

void say_check(const SamlMetadataProbe& check, Part& out) {
  const auto& [url, entity_id, signed_by, warn_before] = check;
  say(out, "saml_metadata.url", "reads the SAML metadata at", says(url));
  say(out, "saml_metadata.entity_id", "expects the entity id", says_unless_empty(entity_id));
  say(out, "saml_metadata.signed_by", "expects a signature by the certificate", says_unless_empty(signed_by));
  say(out, "saml_metadata.warn_before", "warns before the end of its certificates by",
      says_times(warn_before));
}
void say_check(const HttpProbe& check, Part& out) {
  const auto& [url, expect, contains, warn_before] = check;
  say(out, "http.url", "asks", says(url));
  say(out, "http.expect", "expects the status", says(std::to_string(expect)));
  say(out, "http.contains", "expects in the body", says_text(contains));
  say(out, "http.warn_before", "warns before the end of the TLS certificate by", says_times(warn_before));
}
void say_check(const TcpProbe& check, Part& out) {
  const auto& [host, port] = check;
  say(out, "tcp", "connects to", says(fmt::format("{}:{}", host, port)));
}
void say_check(const TlsProbe& check, Part& out) {
  const auto& [host, port, warn_before] = check;
  say(out, "tls.address", "shakes hands by TLS with", says(fmt::format("{}:{}", host, port)));
  say(out, "tls.warn_before", "warns before the end of the TLS certificate by", says_times(warn_before));
}
void say_check(const CertificateProbe& check, Part& out) {
  const auto& [of, trusted_copy, iam_provider, role, warn_before] = check;
  say(out, "saml_certificate.of", "looks at the certificates of", says(of.text()));
  say(out, "saml_certificate.trusted_copy", "compares them with", says_unless_empty(trusted_copy));
  Says live;
  if (iam_provider) {
    const auto& [account, name] = *iam_provider;
    live = says(fmt::format("{} in account {}", name, account.text()));
  }
  say(out, "saml_certificate.iam_provider", "compares them with the live provider", live);
  say(out, "saml_certificate.role", "reads that as the role", says_unless_empty(role));
  say(out, "saml_certificate.warn_before", "warns before their end by", says_times(warn_before));
}
void say_check(const SamlLoginProbe& check, Part& out) {
  const auto& [of, url, username, password, username_field, password_field] = check;
  say(out, "saml_login.of", "expects an assertion by", says(of.text()));
  say(out, "saml_login.url", "begins to sign in at", says(url));
  say(out, "saml_login.username", "signs in as", says(quoted(username)));
  say(out, "saml_login.password", "has its password in", says(in_words(password)));
  say(out, "saml_login.username_field", "writes the name into the field", says(quoted(username_field)));
  say(out, "saml_login.password_field", "writes the password into the field", says(quoted(password_field)));
}
void say_check(const OidcDiscoveryProbe& check, Part& out) {
  const auto& [issuer] = check;
  say(out, "oidc_discovery.issuer", "reads the discovery document of", says(issuer));
}
void say_check(const DnsProbe& check, Part& out) {
  const auto& [name, record, server, expect] = check;
  const char* kind = record == DnsRecord::a ? "a" : record == DnsRecord::aaaa ? "aaaa" : "cname";
  say(out, "dns.name", "resolves", says(name));
  say(out, "dns.record", "asks for records of the kind", says(kind));
  say(out, "dns.server", "asks the server", says_unless_empty(server));
  say(out, "dns.expect", "takes the answer", expect);
}
void say_check(const StsProbe& check, Part& out) {
  const auto& [regions, at_least] = check;
  say(out, "sts.regions", "asks STS in",
      regions.empty() ? says("every Region of the organization") : regions);
  say(out, "sts.at_least", "wants an answer of", says(counted(at_least, "Region")));
}
void say_check(const IdentityCenterProbe& check, Part& out) {
  const auto& [portal, region, role] = check;
  say(out, "identity_center.portal", "asks the portal", says(portal));
  say(out, "identity_center.region", "lists instances in", says(region));
  say(out, "identity_center.role", "reads that as the role", says_unless_empty(role));
}
void say_check(const ScimGroupProbe& check, Part& out) {
  const auto& [url, group, token] = check;
  say(out, "scim_group.url", "asks the SCIM service", says(url));
  say(out, "scim_group.group", "expects to be empty the group", says(quoted(group)));
  say(out, "scim_group.token", "has its token in", says(in_words(token)));
}
void say_check(const ManualProbe& check, Part& out) {
  const auto& [by, valid_for] = check;
  say(out, "manual.by", "is spoken for by", says(by.text()));
  say(out, "manual.valid_for", "takes their word for", says(to_text(valid_for)));
}
void say_check(const ExecProbe& check, Part& out) {
  const auto& [program, arguments] = check;
  say(out, "exec.program", "runs the program", says(program));
  say(out, "exec.arguments", "gives it the argument", arguments);
}

Part part_of(const Probe& probe) {
  const auto& [id, control, dependency, check, every, timeout, slow_after, down_after, up_after] = probe;
  Part out{.where = "probes." + id.text(), .name = "Probe " + id.text()};
  out.say(Weight::safety, "control", "tests", control ? says("our own uplink") : Says{});
  out.say(Weight::safety, "dependency", "watches", dependency.empty() ? Says{} : says(dependency));
  std::visit([&](const auto& each) { say_check(each, out); }, check);
  out.say(Weight::safety, "every", "runs every", says(to_text(every)));
  out.say(Weight::safety, "timeout", "waits for an answer up to", says(to_text(timeout)));
  out.say(Weight::safety, "slow_after", "calls an answer slow after", says_duration(slow_after));
  out.say(Weight::safety, "down_after", "says down after",
          says(counted(down_after, "failure") + " in a row"));
  out.say(Weight::safety, "up_after", "says up again after",
          says(counted(up_after, "success") + " in a row"));
  return out;
}

}  // namespace

std::string in_words(const SecretReference& secret) {
  const auto& [place, name] = secret;
  return (place == SecretReference::Place::environment ? "the variable " : "the file ") + name;
}

void compare_probes(const Pair& pair, Changes& out) {
  compare_maps(
      pair.before.probes, pair.after.probes,
      [](const ProbeId& /*id*/, const Probe& probe) { return part_of(probe); }, out);
}

}  // namespace postern::catalog
