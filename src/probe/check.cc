#include "probe/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "probe/tcp.h"
#include "saml/metadata.h"

namespace postern::probe {
namespace {

Result<http::Response> fetch(const std::string& url, seconds timeout, http::Client& client) {
  return client.send({.url = url,
                      .headers = {{"accept", "*/*"}},
                      .body = {},
                      .unix_socket = {},
                      .connect_deadline = timeout,
                      .deadline = timeout,
                      .body_bytes_max = saml::metadata_bytes_max});
}

Observation look(const catalog::SamlMetadataProbe& probe, seconds timeout, http::Client& client,
                 Instant now) {
  const auto response = fetch(probe.url, timeout, client);
  if (!response) return {false, response.error().message};
  if (response->status != 200) return {false, fmt::format("answered status {}", response->status)};
  const auto metadata = saml::read_metadata(response->body);
  if (!metadata)
    return {false, "answered 200, but not with usable SAML metadata: " + metadata.error().message};
  const auto& certificates = metadata->signing_certificates;
  const bool any_valid = std::any_of(certificates.begin(), certificates.end(), [&](const auto& each) {
    return each.not_before <= now && now < each.not_after;
  });
  if (!any_valid) return {false, "none of its signing certificates is valid now"};
  return {true, "serves its metadata (" + metadata->entity_id.substr(0, 200) + ")"};
}

Observation look(const catalog::HttpProbe& probe, seconds timeout, http::Client& client, Instant /*now*/) {
  const auto response = fetch(probe.url, timeout, client);
  if (!response) return {false, response.error().message};
  return {response->status == probe.expect, fmt::format("answered status {}", response->status)};
}

Observation look(const catalog::TcpProbe& probe, seconds timeout, http::Client& /*client*/, Instant /*now*/) {
  const auto connected = connect_once(probe.host, probe.port, timeout);
  return connected ? Observation{true, "accepts connections"} : Observation{false, connected.error().message};
}

Observation look(const catalog::CertificateProbe&, seconds, http::Client&, Instant) {
  return {false, "this version cannot run probes of kind saml_certificate"};
}

Observation look(const catalog::StsProbe&, seconds, http::Client&, Instant) {
  return {false, "this version cannot run probes of kind sts"};
}

}  // namespace

Observation check(const catalog::Probe& probe, http::Client& client, Instant now) {
  return std::visit([&](const auto& kind) { return look(kind, probe.timeout, client, now); }, probe.check);
}

bool can_run(const catalog::Probe& probe) {
  return !std::holds_alternative<catalog::CertificateProbe>(probe.check) &&
         !std::holds_alternative<catalog::StsProbe>(probe.check);
}

}  // namespace postern::probe
