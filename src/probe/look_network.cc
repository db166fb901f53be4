#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "probe/look_parts.h"
#include "probe/resolve.h"
#include "probe/tcp.h"
#include "probe/tls.h"
#include "saml/certificate.h"

namespace postern::probe {
namespace {

using emergency::WarningKind;

/// As resolve.h writes records, so that 2001:DB8:0::1 and Example.net. are found again.
std::string normal_form(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  std::array<char, INET6_ADDRSTRLEN> written{};
  for (const int family : {AF_INET, AF_INET6})
    if (::inet_pton(family, text.c_str(), address.data()) == 1 &&
        ::inet_ntop(family, address.data(), written.data(), written.size()) != nullptr)
      return written.data();
  std::string name = text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
  for (char& c : name)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return name;
}

/// At most five of them.
std::string list(const std::vector<std::string>& texts) {
  std::string out;
  for (std::size_t i = 0; i < texts.size() && i < 5; ++i) out += (i == 0 ? "" : ", ") + shown(texts[i], 60);
  return texts.size() > 5 ? out + fmt::format(" and {} more", texts.size() - 5) : out;
}

std::vector<std::string> unexpected(const std::vector<std::string>& records, const catalog::DnsProbe& probe) {
  std::vector<std::string> out;
  if (probe.expect.empty()) return out;
  for (const std::string& each : records) {
    const bool is_expected =
        std::any_of(probe.expect.begin(), probe.expect.end(),
                    [&](const std::string& wanted) { return normal_form(wanted) == each; });
    if (!is_expected) out.push_back(each);
  }
  return out;
}

}  // namespace

Observation look_at(const catalog::TcpProbe& probe, const Looking& looking) {
  const Result<Socket> connected = connect_to(probe.host, probe.port, looking.deadline);
  if (!connected) return bad_or_ours(connected.error());
  return {.sight = Sight::good, .detail = "accepts connections"};
}

Observation look_at(const catalog::TlsProbe& probe, const Looking& looking) {
  const std::string what = "The TLS certificate of " + probe.host;
  const Result<Greeting> greeting = greet(probe.host, probe.port, looking.deadline);
  if (!greeting) return bad_or_ours(greeting.error());
  if (greeting->certificate == Greeting::Certificate::expired) {
    Observation seen = bad("its TLS certificate has expired");
    seen.warnings = Warnings{{WarningKind::expired, what + " has expired."}};
    return seen;
  }
  if (greeting->certificate == Greeting::Certificate::not_believed)
    return bad("its TLS certificate is not to be believed: " + greeting->why);
  Observation seen{.sight = Sight::good, .detail = "shakes hands by " + greeting->protocol};
  const auto certificate = saml::read_certificate(to_base64(greeting->der));
  if (!certificate) return seen;
  seen.warnings = Warnings();
  if (auto due = expiry_warning(what, certificate->not_after, probe.warn_before, looking.now))
    add(*seen.warnings, *std::move(due));
  return seen;
}

Observation look_at(const catalog::DnsProbe& probe, const Looking& looking) {
  const Result<std::vector<std::string>> records =
      ask_resolver({.name = probe.name, .record = probe.record, .server = probe.server}, looking.deadline);
  // A name or a resolver that cannot be one is the catalog's fault.
  if (!records && records.error().code == ErrorCode::invalid) return blind(records.error().message);
  if (!records) return bad_or_ours(records.error());
  const std::vector<std::string> wrong = unexpected(*records, probe);
  Observation seen{.sight = Sight::good, .detail = "resolves to " + list(*records), .warnings = Warnings()};
  if (wrong.empty()) return seen;
  seen.sight = Sight::bad;
  seen.detail = "resolves to what nobody expects: " + list(wrong);
  add(*seen.warnings,
      {WarningKind::changed,
       fmt::format("Changed: {} now resolves to {}, which is not expected.", probe.name, list(wrong))});
  return seen;
}

}  // namespace postern::probe
