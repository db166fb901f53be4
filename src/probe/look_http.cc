#include <fmt/format.h>

#include "base/encoding.h"
#include "probe/look_parts.h"
#include "saml/certificate.h"
#include "saml/html_form.h"

namespace postern::probe {
namespace {

constexpr std::size_t page_bytes_max = 2U << 20U;

/// Where a redirect leads, by its host alone: a path or query may hold what must not be in the ledger.
std::string destination(const http::Response& response, const std::string& from) {
  const auto location = response.headers.find("location");
  if (response.status < 300 || response.status > 399 || location == response.headers.end()) return "";
  const Result<std::string> to = saml::resolve_url(from, location->second);
  return to ? ", to " + host_of(*to) : ", to nowhere";
}

/// nullopt when the certificate was not seen, so that nothing can be said.
std::optional<Warnings> warnings_of(const std::string& der, const catalog::HttpProbe& probe, Instant now) {
  if (probe.url.starts_with("http://")) return Warnings();
  const auto certificate = saml::read_certificate(to_base64(der));
  if (!certificate) return std::nullopt;
  Warnings warnings;
  if (auto due = expiry_warning("The TLS certificate of " + host_of(probe.url), certificate->not_after,
                                probe.warn_before, now))
    add(warnings, *std::move(due));
  return warnings;
}

}  // namespace

Observation look_at(const catalog::HttpProbe& probe, const Looking& looking) {
  std::string der;
  const auto response = send({.url = probe.url,
                              .headers = {{"accept", "*/*"}},
                              .body_bytes_max = page_bytes_max,
                              .on_certificate = [&der](std::string_view bytes) { der = bytes; }},
                             looking);
  if (!response) return bad_or_ours(response.error());
  Observation seen{
      .sight = Sight::good,
      .detail = fmt::format("answered status {}", response->status) + destination(*response, probe.url),
      .warnings = warnings_of(der, probe, looking.now)};
  if (response->status != probe.expect) {
    seen.sight = Sight::bad;
  } else if (response->body.find(probe.contains) == std::string::npos) {
    seen.sight = Sight::bad;
    seen.detail += ", but without the text that it should show";
  }
  return seen;
}

Observation look_at(const catalog::ManualProbe& probe, const Looking& /*looking*/) {
  return blind("only people say it: the group " + probe.by.text());
}

}  // namespace postern::probe
