#include <algorithm>
#include <array>

#include "catalog_file/forms.h"
#include "catalog_file/sections.h"

namespace postern::catalog_file {
namespace {

using namespace catalog;
using Check = decltype(Probe::check);

constexpr std::string_view url_form = "an http:// or https:// address without a password";
constexpr std::string_view safe_url_form =
    "an https:// address without a password (http:// to this machine only)";
constexpr std::size_t warnings_max = 10;
constexpr std::size_t arguments_max = 20;
constexpr int regions_max = 50;

std::vector<seconds> read_warn_before(const Mapping& check) {
  if (!check.has("warn_before")) return default_warn_before;
  const Value list = check.optional("warn_before");
  std::vector<seconds> out;
  for (const Value& each : list.distinct_items()) out.push_back(each.duration(seconds(1), seconds(1)));
  if (out.size() > warnings_max) list.error("\"warn_before\" holds at most 10 times.");
  return out;
}

/// The probe whose metadata tells what the IdP signs with.
ProbeId read_of(const Mapping& check) {
  return check.required("of").name<ProbeId>(Kind::probe).value_or(ProbeId::parse("x").value());
}

std::string read_optional_line(const Mapping& check, std::string_view key, std::string otherwise = "") {
  return check.has(key) ? check.optional(key).line() : std::move(otherwise);
}

std::pair<std::string, int> read_address(const Value& value, std::string_view name) {
  const std::string text = value.line();
  if (auto address = host_and_port(text)) return *std::move(address);
  if (!text.empty())
    value.error("\"" + std::string(name) + "\" must be host:port, such as \"192.0.2.1:443\".");
  return {};
}

Check read_saml_metadata(const Value& value) {
  const Mapping metadata(value, {"url", "entity_id", "signed_by", "warn_before"});
  SamlMetadataProbe out{.url = metadata.required("url").matching(is_url, url_form),
                        .entity_id = read_optional_line(metadata, "entity_id"),
                        .warn_before = read_warn_before(metadata)};
  if (metadata.has("signed_by"))
    out.signed_by = metadata.optional("signed_by")
                        .matching(is_sha256, "the SHA-256 of a certificate: 64 digits of 0-9 and a-f");
  return out;
}

Check read_http(const Value& value) {
  const Mapping http(value, {"url", "expect", "contains", "warn_before"});
  return HttpProbe{.url = http.required("url").matching(is_url, url_form),
                   .expect = http.optional("expect").integer(100, 599, 200),
                   .contains = read_optional_line(http, "contains"),
                   .warn_before = read_warn_before(http)};
}

Check read_tcp(const Value& value) {
  auto [host, port] = read_address(value, "tcp");
  return TcpProbe{.host = std::move(host), .port = port};
}

Check read_tls(const Value& value) {
  const Mapping tls(value, {"address", "warn_before"});
  auto [host, port] = read_address(tls.required("address"), "address");
  return TlsProbe{.host = std::move(host), .port = port, .warn_before = read_warn_before(tls)};
}

std::optional<SamlProvider> read_iam_provider(const Value& value) {
  const Mapping provider(value, {"account", "name"});
  const auto account = provider.required("account").account_id();
  std::string name = provider.required("name").matching(
      is_provider_name, "the name of a SAML provider: up to 128 letters, digits and ._-");
  if (!account) return std::nullopt;
  return SamlProvider{.account = *account, .name = std::move(name)};
}

Check read_certificate(const Value& value) {
  const Mapping certificate(value, {"of", "trusted_copy", "iam_provider", "role", "warn_before"});
  CertificateProbe out{.of = read_of(certificate), .warn_before = read_warn_before(certificate)};
  // AWS's side must come from somewhere.
  if (certificate.has("trusted_copy") || !certificate.has("iam_provider"))
    out.trusted_copy = certificate.required("trusted_copy")
                           .matching(is_metadata_path, "a path to a .xml file beside the catalog file");
  if (certificate.has("iam_provider"))
    out.iam_provider = read_iam_provider(certificate.optional("iam_provider"));
  if (!certificate.has("role")) return out;
  const Value role = certificate.optional("role");
  const std::string name = role.matching(is_role_name, "the name of an IAM role");
  if (!certificate.has("iam_provider"))
    role.error("The role reads the iam_provider, and none stands here. Add it, or remove the role.");
  if (out.iam_provider) out.role = "arn:aws:iam::" + out.iam_provider->account.text() + ":role/" + name;
  return out;
}

Check read_saml_login(const Value& value) {
  const Mapping login(value, {"of", "url", "username", "password", "username_field", "password_field"});
  return SamlLoginProbe{.of = read_of(login),
                        .url = login.required("url").matching(is_safe_url, safe_url_form),
                        .username = login.required("username").line(),
                        .password = read_secret(login.required("password")),
                        .username_field = read_optional_line(login, "username_field", "username"),
                        .password_field = read_optional_line(login, "password_field", "password")};
}

Check read_oidc(const Value& value) {
  const Mapping oidc(value, {"issuer"});
  return OidcDiscoveryProbe{.issuer = oidc.required("issuer").matching(is_safe_url, safe_url_form)};
}

Check read_dns(const Value& value) {
  const Mapping dns(value, {"name", "record", "server", "expect"});
  DnsProbe out{.name = dns.required("name").matching(is_host, "the name of a host, such as idp.example.net")};
  const std::string record = dns.optional("record").one_of({"a", "aaaa", "cname"});
  if (record == "aaaa") out.record = DnsRecord::aaaa;
  if (record == "cname") out.record = DnsRecord::cname;
  if (dns.has("server"))
    out.server = dns.optional("server").matching(is_resolver,
                                                 "an IP address, perhaps with a port: \"192.0.2.53:5353\"");
  for (const Value& each : dns.optional("expect").distinct_items()) out.expect.push_back(each.line());
  return out;
}

Check read_sts(const Value& value) {
  const Mapping sts(value, {"regions", "at_least"});
  StsProbe out;
  const Value regions = sts.required("regions");
  if (regions.present() && regions.node()->kind == Node::Kind::list)
    for (const Value& each : regions.distinct_items())
      out.regions.push_back(each.matching(is_region, "an AWS Region, such as eu-west-1"));
  else
    (void)regions.one_of({"all"});
  out.at_least = sts.optional("at_least").integer(1, regions_max, 1);
  return out;
}

Check read_identity_center(const Value& value) {
  const Mapping center(value, {"portal", "region", "role"});
  IdentityCenterProbe out{
      .portal = center.required("portal").matching(is_url, url_form),
      .region = center.required("region").matching(is_region, "an AWS Region, such as eu-west-1")};
  if (center.has("role"))
    out.role = center.optional("role").matching(is_role_arn,
                                                "the ARN of a role: arn:aws:iam::<account>:role/<name>");
  return out;
}

Check read_scim_group(const Value& value) {
  const Mapping scim(value, {"url", "group", "token"});
  return ScimGroupProbe{.url = scim.required("url").matching(is_safe_url, safe_url_form),
                        .group = scim.required("group").line(),
                        .token = read_secret(scim.required("token"))};
}

Check read_manual(const Value& value) {
  const Mapping manual(value, {"by", "valid_for"});
  const auto by = manual.required("by").name<GroupId>(Kind::group);
  return ManualProbe{.by = by.value_or(GroupId::parse("x").value()),
                     .valid_for = manual.optional("valid_for").duration(seconds(1), seconds(3600))};
}

Check read_exec(const Value& value) {
  const Mapping exec(value, {"program", "arguments"});
  ExecProbe out{.program = exec.required("program").matching(is_name, name_form)};
  const Value arguments = exec.optional("arguments");
  for (const Value& each : arguments.items()) out.arguments.push_back(each.line());
  if (out.arguments.size() > arguments_max) arguments.error("\"arguments\" holds at most 20.");
  return out;
}

struct Reader {
  std::string_view kind;
  Check (*read)(const Value&);
  bool may_control = false;  ///< can tell whether our own uplink works
};
constexpr std::array<Reader, 13> readers = {{{"saml_metadata", read_saml_metadata},
                                             {"http", read_http, true},
                                             {"tcp", read_tcp, true},
                                             {"tls", read_tls, true},
                                             {"saml_certificate", read_certificate},
                                             {"saml_login", read_saml_login},
                                             {"oidc_discovery", read_oidc},
                                             {"dns", read_dns, true},
                                             {"sts", read_sts},
                                             {"identity_center", read_identity_center},
                                             {"scim_group", read_scim_group},
                                             {"manual", read_manual},
                                             {"exec", read_exec}}};

Check read_check(const Mapping& probe, bool control) {
  const std::string_view kind =
      probe.exactly_one({"saml_metadata", "http", "tcp", "tls", "saml_certificate", "saml_login",
                         "oidc_discovery", "dns", "sts", "identity_center", "scim_group", "manual", "exec"});
  for (const Reader& each : readers) {
    if (each.kind != kind) continue;
    const Value value = probe.required(kind);
    if (control && !each.may_control)
      value.error("A control probe tells whether our own uplink works: http, tcp, tls or dns.");
    return each.read(value);
  }
  return StsProbe{};
}

std::optional<seconds> read_slow_after(const Value& value, seconds timeout) {
  if (!value.present()) return std::nullopt;
  const seconds out = value.duration(seconds(1), seconds(1));
  if (out > timeout)
    value.error("\"slow_after\" (" + postern::to_text(out) + ") is longer than the timeout (" +
                postern::to_text(timeout) + "), after which an answer counts as none. Shorten it.");
  return out;
}

Probe read_probe(const ProbeId& id, const Entry& entry) {
  const Mapping probe(entry.value,
                      {"control", "dependency",       "saml_metadata", "http",           "tcp",
                       "tls",     "saml_certificate", "saml_login",    "oidc_discovery", "dns",
                       "sts",     "identity_center",  "scim_group",    "manual",         "exec",
                       "every",   "timeout",          "slow_after",    "down_after",     "up_after"});
  // What is neither true nor false counts as true, so that its fault is not followed by "dependency is
  // missing".
  const bool control = probe.optional("control").boolean(probe.has("control"));
  Probe out{.id = id, .control = control, .check = read_check(probe, control)};
  if (out.control && probe.has("dependency"))
    probe.optional("dependency")
        .error("A control probe watches our own uplink, not a dependency. Remove one of the two.");
  out.dependency = out.control ? "" : probe.required("dependency").name_text(Kind::dependency);
  out.every = probe.optional("every").duration(seconds(1), out.every);
  out.timeout = probe.optional("timeout").duration(seconds(1), out.timeout);
  if (out.timeout > out.every)
    entry.key.error("The timeout (" + postern::to_text(out.timeout) +
                    ") is longer than the time between two probes (" + postern::to_text(out.every) +
                    "). Shorten it, or probe less often.");
  out.slow_after = read_slow_after(probe.optional("slow_after"), out.timeout);
  out.down_after = probe.optional("down_after").integer(1, 100, out.down_after);
  out.up_after = probe.optional("up_after").integer(1, 100, out.up_after);
  return out;
}

}  // namespace

std::map<ProbeId, Probe> read_probes(const Value& value) {
  std::map<ProbeId, Probe> out;
  for (const Entry& each : value.entries())
    if (const auto id = each.key.id<ProbeId>()) out.emplace(*id, read_probe(*id, each));
  return out;
}

}  // namespace postern::catalog_file
