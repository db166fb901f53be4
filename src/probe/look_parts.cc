#include "probe/look_parts.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "saml/html_form.h"
#include "saml/trust.h"

namespace postern::probe {
namespace {

using emergency::ProbeWarning;
using emergency::WarningKind;

constexpr std::size_t warnings_max = 20;
constexpr std::size_t subject_bytes_max = 120;

std::string day_of(Instant instant) { return to_rfc3339(instant).substr(0, 10); }

std::string in_words(seconds duration) {
  constexpr int day = 86400;
  if (duration.count() % day != 0) return to_text(duration);
  const auto days = duration.count() / day;
  return fmt::format("{} day{}", days, days == 1 ? "" : "s");
}

bool is_loopback(const std::string& host) {
  in_addr four{};
  if (::inet_pton(AF_INET, host.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24U) == 127;
  return host == "localhost" || host == "[::1]";
}

void wipe_secrets(http::Outgoing& request) {
  wipe(request.body);
  for (auto& [name, value] : request.headers) wipe(value);
}

}  // namespace

Observation bad(std::string detail) { return {.sight = Sight::bad, .detail = std::move(detail)}; }
Observation blind(std::string detail) { return {.sight = Sight::blind, .detail = std::move(detail)}; }

Observation bad_or_ours(const Error& error) {
  return error.code == ErrorCode::internal ? blind(error.message) : bad(error.message);
}

std::string shown(std::string_view text, std::size_t bytes_max) {
  // Sanitizing may make three bytes of one, so nothing is lost by cutting roughly before.
  std::string safe = sanitized(text.substr(0, bytes_max + 4), Lines::replace);
  if (safe.size() <= bytes_max && text.size() <= bytes_max) return safe;
  safe.resize(std::min(safe.size(), bytes_max - 3));
  while (!safe.empty() && !is_utf8(safe)) safe.pop_back();
  return safe + "…";
}

Result<http::Response> send(http::Outgoing request, const Looking& looking) {
  const milliseconds left = looking.deadline.left();
  request.connect_deadline = request.deadline = left;
  request.connection = http::Outgoing::Connection::fresh;
  Result<http::Response> response =
      left == milliseconds(0)
          ? Result<http::Response>(fail(ErrorCode::unavailable, host_of(request.url) +
                                                                    " was too slow: the time was "
                                                                    "up before it was asked"))
          : looking.outside.client.send(request);
  wipe_secrets(request);
  return response;
}

std::string host_of(const std::string& url) {
  const Result<std::string> origin = saml::origin_of(url);  // https://host:port
  if (!origin) return "";
  const std::size_t begin = origin->find("://");
  const std::size_t end = origin->rfind(':');
  return begin == std::string::npos || end < begin + 3 ? "" : origin->substr(begin + 3, end - begin - 3);
}

bool is_confidential(const std::string& url) {
  const Result<std::string> origin = saml::origin_of(url);
  return origin && (origin->starts_with("https://") || is_loopback(host_of(url)));
}

Result<Secret> secret_of(const catalog::SecretReference& reference, const Looking& looking) {
  if (!looking.outside.secret) return fail(ErrorCode::not_found, "this host keeps no secrets");
  return looking.outside.secret(reference);
}

Result<aws::Credentials> credentials_of(const std::string& role, const Looking& looking) {
  if (!looking.outside.aws_credentials) return fail(ErrorCode::not_found, "this host has no AWS credentials");
  return looking.outside.aws_credentials(role);
}

std::optional<ProbeWarning> expiry_warning(const std::string& what, Instant not_after,
                                           const std::vector<seconds>& before, Instant now) {
  const std::optional<seconds> due = saml::due_warning(not_after, before, now);
  if (!due) return std::nullopt;
  if (now >= not_after)
    return ProbeWarning{WarningKind::expired, fmt::format("{} expired on {}.", what, day_of(not_after))};
  return ProbeWarning{WarningKind::expires, fmt::format("{} expires on {}, in less than {}.", what,
                                                        day_of(not_after), in_words(*due))};
}

std::string short_name(const saml::SigningCertificate& certificate) {
  std::string print = certificate.sha256.hex();
  for (char& c : print)
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  const std::string subject = certificate.subject.empty() ? "without a name" : certificate.subject;
  return shown(subject, subject_bytes_max) + ", " + print.substr(0, 8) + "…" + print.substr(print.size() - 4);
}

void add(Warnings& warnings, ProbeWarning warning) {
  if (warnings.size() < warnings_max &&
      std::find(warnings.begin(), warnings.end(), warning) == warnings.end())
    warnings.push_back(std::move(warning));
}

}  // namespace postern::probe
