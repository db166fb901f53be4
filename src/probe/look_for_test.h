#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "aws/scripted_client.h"
#include "base/encoding.h"
#include "probe/look.h"
#include "saml/signing_for_test.h"

/// A world to look at: a network from a script, a clock that stands still, secrets and credentials.
namespace postern::probe::for_test {

using saml::for_test::make_signer;
using saml::for_test::Signer;

inline Instant at(const char* text) { return parse_rfc3339(text).value(); }
inline const Instant now = at("2026-11-26T12:00:00Z");

/// As ScriptedClient, and: https servers show `certificate`, and each exchange takes `takes` of the clock.
class Network : public aws::ScriptedClient {
 public:
  explicit Network(aws::StoppedClock& clock) : clock_(clock) {}
  Result<http::Response> send(const http::Outgoing& request) override {
    if (takes > milliseconds(0)) clock_.move(takes);  // a clock that moves is for one thread
    Result<http::Response> response = ScriptedClient::send(request);
    if (response && request.on_certificate && !certificate.empty()) request.on_certificate(certificate);
    return response;
  }
  Bytes certificate = {};
  milliseconds takes{0};

 private:
  aws::StoppedClock& clock_;
};

/// The time that passes; for real sockets and programs.
class RealClock : public Clock {
 public:
  [[nodiscard]] Instant wall() const override {
    return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
  }
  [[nodiscard]] milliseconds steady() const override {
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
  }
};

inline catalog::Catalog small_catalog() {
  return {.owners = {},
          .organization = {.name = "Example",
                           .emergency_account = AccountId::parse("100000000009").value(),
                           .sts_regions = {"eu-west-1"}},
          .accounts = {},
          .people = {},
          .groups = {},
          .probes = {},
          .modes = {},
          .processes = {},
          .playbooks = {}};
}

class World {
 public:
  aws::StoppedClock clock{now};
  Network network{clock};
  catalog::Catalog catalog = small_catalog();
  std::map<std::string, std::string> environment = {};
  std::map<std::string, std::string> secrets = {};
  Result<aws::Credentials> credentials = fail(ErrorCode::not_found, "no credentials on this host");
  std::vector<std::string> roles_asked_for = {};
  std::string programs_folder = {};
  http::Client* client = &network;  ///< or a real one

  static catalog::Probe probe(decltype(catalog::Probe::check) check, seconds timeout = seconds(5)) {
    return {.id = ProbeId::parse("p").value(), .check = std::move(check), .timeout = timeout};
  }
  Observation look(decltype(catalog::Probe::check) check) { return look_at(probe(std::move(check)), clock); }
  /// By the clock of the real world.
  Observation look_really(decltype(catalog::Probe::check) check, seconds timeout = seconds(5)) {
    return look_at(probe(std::move(check), timeout), RealClock());
  }
  Observation look_at(const catalog::Probe& probe, const Clock& by) {
    const Outside outside{.client = *client,
                          .clock = by,
                          .aws_credentials =
                              [this](const std::string& role) {
                                roles_asked_for.push_back(role);
                                return credentials;
                              },
                          .environment = [this](const std::string& name) -> std::optional<std::string> {
                            const auto found = environment.find(name);
                            return found == environment.end() ? std::nullopt : std::optional(found->second);
                          },
                          .secret = [this](const catalog::SecretReference& reference) -> Result<Secret> {
                            const auto found = secrets.find(reference.name);
                            if (found == secrets.end())
                              return fail(ErrorCode::not_found, reference.name + " is not set");
                            return Secret::copy_of(found->second);
                          },
                          .programs_folder = programs_folder};
    return probe::look(probe, catalog, outside, now);
  }
  void have_credentials() {
    credentials =
        aws::Credentials{.access_key_id = "AKIAEXAMPLEEXAMPLE", .secret_access_key = Secret::copy_of("key")};
  }
  /// The IdP that other probes name by `of`.
  ProbeId have_idp(const std::string& url) {
    ProbeId id = ProbeId::parse("idp").value();
    catalog.probes.insert_or_assign(
        id, catalog::Probe{.id = id, .check = catalog::SamlMetadataProbe{.url = url}});
    return id;
  }
};

/// Metadata of an IdP that signs with these.
inline std::string metadata_of(const std::vector<const Signer*>& signers, const std::string& attributes = "",
                               const std::string& entity_id = "https://idp.example.net/") {
  std::string keys;
  for (const Signer* each : signers)
    keys += "<md:KeyDescriptor use=\"signing\">" + each->key_info() + "</md:KeyDescriptor>";
  return "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" xmlns:ds=\"" +
         saml::for_test::dsig + "\" entityID=\"" + entity_id + "\"" + attributes +
         "><md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">" + keys +
         "<md:SingleSignOnService Location=\"https://idp.example.net/sso\"/></md:IDPSSODescriptor>"
         "</md:EntityDescriptor>";
}

/// A certificate's owner whose certificate ends then.
inline Signer until(const char* name, const char* end) {
  return make_signer(name, EVP_EC_gen("P-256"), at("2020-01-01T00:00:00Z"), at(end));
}

using Kind = emergency::WarningKind;

/// The kinds and texts of what a look warns of; empty when it says that there is nothing.
inline std::vector<std::pair<Kind, std::string>> warnings_of(const Observation& seen) {
  std::vector<std::pair<Kind, std::string>> out;
  EXPECT_TRUE(seen.warnings.has_value()) << "it could not tell: " << seen.detail;
  for (const emergency::ProbeWarning& each : seen.warnings.value_or(std::vector<emergency::ProbeWarning>()))
    out.emplace_back(each.kind, each.text);
  return out;
}

inline auto Warns(Kind kind, const std::string& text) {
  return testing::Pair(kind, testing::HasSubstr(text));
}

}  // namespace postern::probe::for_test

namespace postern::probe {

/// For a test's message: what was seen.
inline void PrintTo(Sight sight, std::ostream* out) {
  *out << (sight == Sight::good   ? "good"
           : sight == Sight::slow ? "slow"
           : sight == Sight::bad  ? "bad"
                                  : "blind");
}

}  // namespace postern::probe
