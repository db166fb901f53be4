#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "broker/broker.h"
#include "catalog/catalog.h"
#include "http/message.h"
#include "identity/challenge.h"
#include "identity/login.h"
#include "identity/noise.h"
#include "store/log.h"

/// The HTTP API /api/v1 (docs/openapi.yaml): reads what is published, and turns bodies into commands for the
/// broker. Holds no rule: who may do what is decided behind the broker.
namespace postern::server {

/// What the API is built from. Everything outlives it.
struct Parts {
  broker::Broker& broker;
  store::Store& store;
  identity::Challenges& challenges;
  const identity::Tokens& tokens;
  identity::NoiseMeter& noise;
  Random& random;
  std::string version;
  /// Reads a bundle and judges it: a catalog that may be put in force, or `invalid` with its faults.
  std::function<Result<std::shared_ptr<const catalog::Catalog>>(std::string_view bundle)> judge_catalog;
  /// Asks the ticket system for a number, or, with "", whether it answers; empty when there is none. Takes a
  /// few seconds at most.
  std::function<emergency::IncidentAnswer(const std::string& number)> ask_ticket_system = {};
  /// The text for customers or partners of an emergency, filled in; empty where texts are not at hand.
  std::function<Result<catalog::Text>(const broker::Published&, const emergency::Emergency&,
                                      emergency::NoticeKind audience, catalog::Language)>
      text_for = {};
};

/// One call of one route.
struct Call {
  const http::Request& request;
  std::vector<std::string> captures;       ///< what stood for {…} in the route
  std::optional<identity::Login> login;    ///< of a person; set on every route that needs one, but for
  std::optional<ServiceId> service = {};   ///< another company system, on the few routes that it may use
  json::Value body;                        ///< an object; empty for GET
  mutable bool reached_the_rules = false;  ///< set when the broker had it, which records refusals itself

  [[nodiscard]] emergency::Actor actor() const {
    return login ? emergency::Actor{login->person, {}} : emergency::Actor{{}, service};
  }
};

class Api {
 public:
  explicit Api(Parts parts) : parts_(std::move(parts)) {}

  /// Every address as (method, path), for holding docs/openapi.yaml against it.
  static std::vector<std::pair<std::string, std::string>> addresses();

  /// Thread-safe; never throws.
  http::Response handle(const http::Request& request) const;

  /// Writes the minutes of anonymous noise that are over into the ledger; to be called every few seconds.
  void flush_noise(identity::NoiseMeter::Which which = identity::NoiseMeter::Which::finished) const;

 private:
  using Answer = Result<json::Value>;
  using Method = Answer (Api::*)(const Call&) const;
  struct Route {
    std::string_view method;
    std::string_view pattern;
    Method run;
    enum class For { anybody, people, services_too } who;
    std::size_t body_bytes_max = 64U << 10U;
  };
  static const std::vector<Route>& routes();
  http::Response run(const Route& route, const http::Request& request,
                     std::vector<std::string> captures) const;
  Result<void> check_caller(const Route& route, Call& call) const;

  // Reading
  Answer health(const Call& call) const;
  Answer me(const Call& call) const;
  Answer status(const Call& call) const;
  Answer emergency(const Call& call) const;
  Answer request(const Call& call) const;
  Answer processes(const Call& call) const;
  Answer explain_request(const Call& call) const;
  Answer timeline(const Call& call) const;
  Answer notices(const Call& call) const;
  Answer text(const Call& call) const;
  Answer grant(const Call& call) const;
  Answer overriding(const Call& call) const;
  Answer process(const Call& call) const;
  Answer playbook(const Call& call) const;
  Answer checkpoint(const Call& call) const;
  Answer entries(const Call& call) const;
  Answer proof(const Call& call) const;

  // The catalog and what people confirm
  Answer catalog(const Call& call) const;
  Answer catalog_bundle(const Call& call) const;
  Answer propose_catalog(const Call& call) const;
  Answer sign_catalog(const Call& call) const;
  Answer check_self(const Call& call) const;
  Answer confirm_upkeep(const Call& call) const;

  // Logging in
  Answer challenge(const Call& call) const;
  Answer login(const Call& call) const;

  // Commands
  Answer attest(const Call& call) const;
  Answer declare(const Call& call) const;
  Answer close_emergency(const Call& call) const;
  Answer extend_emergency(const Call& call) const;
  Answer report_probe(const Call& call) const;
  Answer make_override(const Call& call) const;
  Answer cosign_override(const Call& call) const;
  Answer object_to_override(const Call& call) const;
  Answer withdraw_override(const Call& call) const;
  Answer review_override(const Call& call) const;
  Answer submit_request(const Call& call) const;
  Answer answer_request(const Call& call) const;
  Answer withdraw_request(const Call& call) const;
  Answer mark_absent(const Call& call) const;
  Answer end_absence(const Call& call) const;
  Answer test_notice(const Call& call) const;
  Answer note_timeline(const Call& call) const;
  Answer link_incident(const Call& call) const;
  Answer publish_text(const Call& call) const;
  Answer open_session(const Call& call) const;
  Answer report_session(const Call& call) const;
  Answer close_grant(const Call& call) const;

  /// Hands a command to the broker and describes what became of it.
  Answer carry_out(const Call& call, emergency::Command command,
                   std::optional<ledger::PrivatePart> private_part = {}) const;
  [[nodiscard]] bool could_be_declared(const Call& call, const emergency::Declare& command) const;
  /// A reason that people typed, to go beside the entry: printable, 1 to 2,000 bytes, with a salt of ours.
  [[nodiscard]] Result<ledger::PrivatePart> private_reason(const std::string& text) const;
  void record_refusal(const emergency::Actor& by, const std::string& command, const Error& error) const;
  [[nodiscard]] Instant now() const { return parts_.broker.now(); }

  Parts parts_;
};

}  // namespace postern::server
