#include <fmt/format.h>

#include <cstdlib>

#include "base/encoding.h"
#include "probe/look_parts.h"
#include "probe/tls.h"
#include "saml/certificate.h"
#include "saml/html_form.h"

namespace postern::probe {
namespace {

using emergency::WarningKind;

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

/// libcurl shows no certificate that it does not believe; a handshake of our own does.
bool has_expired(const catalog::HttpProbe& probe, const Looking& looking) {
  const Result<std::string> origin = saml::origin_of(probe.url);
  constexpr std::string_view scheme = "https://";
  if (!origin || !origin->starts_with(scheme) || looking.deadline.left() == milliseconds(0)) return false;
  const std::size_t colon = origin->rfind(':');
  const int port = std::atoi(origin->c_str() + colon + 1);  // of an origin, which always states one
  const Result<Greeting> greeting =
      greet(origin->substr(scheme.size(), colon - scheme.size()), port, looking.deadline);
  return greeting && greeting->certificate == Greeting::Certificate::expired;
}

}  // namespace

Observation look_at(const catalog::HttpProbe& probe, const Looking& looking) {
  std::string der;
  const auto response = send({.url = probe.url,
                              .headers = {{"accept", "*/*"}},
                              .body_bytes_max = page_bytes_max,
                              .on_certificate = [&der](std::string_view bytes) { der = bytes; }},
                             looking);
  if (!response) {
    Observation seen = bad_or_ours(response.error());
    if (has_expired(probe, looking)) {
      seen.detail = "its TLS certificate has expired";
      seen.warnings =
          Warnings{{WarningKind::expired, "The TLS certificate of " + host_of(probe.url) + " has expired."}};
    }
    return seen;
  }
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
