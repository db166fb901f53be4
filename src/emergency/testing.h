#pragma once

#include <openssl/evp.h>

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "emergency/codec.h"
#include "emergency/decide.h"
#include "emergency/statement.h"

/// A small company with its emergencies, for tests and for the simulation. All of it is real: the catalog,
/// Ed25519 keys and SSHSIG signatures, decide and apply; every fact passes through the codec on its way. Only
/// the keys are no secret: each is made from its name, so that every run gives the same bytes. Never linked
/// into the program.
namespace postern::emergency::test_world {

// --- Who and what
// ----------------------------------------------------------------------------------------------------

template <class IdType>
IdType id(std::string_view text) {
  return IdType::parse(text).value();
}
inline Instant at(std::string_view text) { return parse_rfc3339(text).value(); }

inline const PersonId aiko = id<PersonId>("aiko"), ben = id<PersonId>("ben"), chie = id<PersonId>("chie"),
                      dana = id<PersonId>("dana"), emil = id<PersonId>("emil"), fumi = id<PersonId>("fumi");
inline const GroupId emergency_admins = id<GroupId>("emergency-admins"),
                     identity_admins = id<GroupId>("identity-admins"),
                     security_leads = id<GroupId>("security-leads"), executives = id<GroupId>("executives");
inline const ProbeId okta = id<ProbeId>("okta"), keycloak = id<ProbeId>("keycloak"), sts = id<ProbeId>("sts");
inline const ModeId idp_unavailable = id<ModeId>("idp-unavailable");
inline const ProcessId operate_workload = id<ProcessId>("operate-workload"),
                       operate_workload_standby = id<ProcessId>("operate-workload-standby");
inline const AccountId prod_web = id<AccountId>("200000000001"), dev_web = id<AccountId>("200000000003");
inline constexpr EmergencyId e1{1};
inline constexpr RequestId r1{1};
inline constexpr GrantId g1{1};
inline constexpr SessionId s1{1};
inline constexpr OverrideId o1{1};

inline constexpr std::string_view ledger_origin = "postern.example.net/ledger";
inline constexpr std::string_view sign_in_failed = "I tried to sign in at both IdPs myself and failed.";
inline const Instant start = at("2026-11-23T03:00:00Z");

// --- Keys and signatures
// ---------------------------------------------------------------------------------------------

/// An SSH key that everybody may know: its seed is made of its name. "aiko" is Aiko's.
class TestKey {
 public:
  explicit TestKey(std::string_view name) {
    const Digest seed = sha256({"postern test key\n", name});
    key_.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.bytes.data(), seed.bytes.size()));
    ENSURE(key_ != nullptr);
  }
  /// As in authorized_keys, without a comment.
  [[nodiscard]] std::string line() const { return "ssh-ed25519 " + to_base64(blob()); }
  /// What `ssh-keygen -Y sign` writes: OpenSSH PROTOCOL.sshsig, with SHA-512.
  [[nodiscard]] std::string sign(std::string_view name_space, std::string_view message) const {
    Bytes hash(64, '\0');
    ENSURE(EVP_Digest(message.data(), message.size(), raw(hash), nullptr, EVP_sha512(), nullptr) == 1);
    const Bytes under_the_signature = "SSHSIG" + wire(name_space) + wire("") + wire("sha512") + wire(hash);
    const Bytes version_one("\0\0\0\1", 4);
    const Bytes whole = "SSHSIG" + version_one + wire(blob()) + wire(name_space) + wire("") + wire("sha512") +
                        wire(wire("ssh-ed25519") + wire(raw_signature(under_the_signature)));
    const std::string base64 = to_base64(whole);
    std::string armored = "-----BEGIN SSH SIGNATURE-----\n";
    for (std::size_t i = 0; i < base64.size(); i += 70) armored += base64.substr(i, 70) + "\n";
    return armored + "-----END SSH SIGNATURE-----\n";
  }

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  static unsigned char* raw(Bytes& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
  /// A string of RFC 4251: its length in 32 bits, then its bytes.
  static Bytes wire(std::string_view bytes) {
    Bytes out;
    for (const unsigned shift : {24U, 16U, 8U, 0U}) out += static_cast<char>((bytes.size() >> shift) & 0xFFU);
    return out.append(bytes);
  }
  [[nodiscard]] Bytes blob() const {
    Bytes point(32, '\0');
    std::size_t size = point.size();
    ENSURE(EVP_PKEY_get_raw_public_key(key_.get(), raw(point), &size) == 1);
    return wire("ssh-ed25519") + wire(point);
  }
  [[nodiscard]] Bytes raw_signature(const Bytes& message) const {
    Bytes signature(64, '\0');
    std::size_t size = signature.size();
    const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    ENSURE(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1);
    ENSURE(EVP_DigestSign(context.get(), raw(signature), &size,
                          reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1);
    return signature;
  }
  std::unique_ptr<EVP_PKEY, Free> key_;
};

// --- The catalog
// -----------------------------------------------------------------------------------------------------

inline catalog::Person example_person(const PersonId& who, bool has_iam_user) {
  catalog::Person person{.id = who, .name = who.text(), .email = who.text() + "@example.net"};
  person.ssh_keys = {TestKey(who.text()).line() + " " + who.text() + "@laptop"};
  if (has_iam_user)
    person.iam_user = catalog::IamUser{who.text(), "arn:aws:iam::100000000009:mfa/" + who.text()};
  return person;
}

/// Both IdPs are down and one admin says so, or two admins say so (design/catalog-example.yaml, FM1).
inline catalog::FailureMode example_mode() {
  using catalog::AtLeast, catalog::Attested, catalog::ProbeDown;
  const std::string statement(sign_in_failed);
  const AtLeast seen_and_said{3,
                              {{ProbeDown{okta, std::chrono::minutes(5)}},
                               {ProbeDown{keycloak, std::chrono::minutes(5)}},
                               {Attested{identity_admins, 1, statement}}}};
  return {.id = idp_unavailable,
          .title = "The IdP used to federate into AWS is unavailable",
          .leads_to = "Nobody can sign in to any AWS account.",
          .takes_away = {"corporate-idp", "standby-idp"},
          .confirm = {AtLeast{1, {{seen_and_said}, {Attested{identity_admins, 2, statement}}}}},
          .declared_by = {security_leads, identity_admins},
          .process = operate_workload};
}

inline catalog::Process example_process(const ProcessId& which, catalog::Mechanism mechanism) {
  using std::chrono::minutes, std::chrono::hours;
  return {.id = which,
          .title = "Operate a production workload without the IdP",
          .use_when = "A change in a production account cannot wait for the IdP to come back.",
          .do_not_use_when = "The IdP is slow but working.",
          .assumptions = {{.text = "STS answers in at least one configured Region", .probe = sts},
                          {.text = "The reason names the customer impact", .attest = true}},
          .who_may_request = {emergency_admins},
          .access = {.mechanism = mechanism,
                     .emergency_role = "EmergencyAccess_Ops",
                     .target_role = "EmergencyAccess_Ops",
                     .target_tags = {"production"},
                     .grant_max = hours(4),
                     .session_max = hours(1)},
          .tiers = {{.from = {emergency_admins}, .count = 1, .within = minutes(5)},
                    {.from = {security_leads}, .count = 1, .within = minutes(5)},
                    {.from = {executives}, .count = 1, .within = minutes(5)}},
          .when_nobody_answers = catalog::WhenNobodyAnswers::override,
          .override_rule = catalog::Override{.by = {emergency_admins, security_leads}, .co_signers = 1},
          .playbook = "playbooks/idp-unavailable.md"};
}

inline catalog::Catalog example_catalog() {
  using catalog::Mechanism;
  catalog::Catalog catalog{
      .owners = {.people = {dana, emil, chie}, .quorum = 2},
      .organization = {.name = "Example Corp",
                       .emergency_account = id<AccountId>("100000000009"),
                       .sts_regions = {"eu-west-1", "us-west-2", "ap-northeast-1"}},
      .accounts = {{.id = prod_web, .name = "prod-web", .tags = {"production"}},
                   {.id = dev_web, .name = "dev-web"}},
      .people = {},
      .groups = {{emergency_admins, {aiko, ben}},
                 {identity_admins, {chie, emil}},
                 {security_leads, {dana, emil}},
                 {executives, {fumi}}},
      .probes = {},
      .modes = {{idp_unavailable, example_mode()}},
      .processes = {{operate_workload, example_process(operate_workload, Mechanism::iam_user)},
                    {operate_workload_standby,
                     example_process(operate_workload_standby, Mechanism::standby_saml)}},
      .playbooks = {{"playbooks/idp-unavailable.md", "# The IdP is unavailable\n"}}};
  for (const PersonId& who : {aiko, ben}) catalog.people.emplace(who, example_person(who, true));
  for (const PersonId& who : {chie, dana, emil, fumi})
    catalog.people.emplace(who, example_person(who, false));
  for (const auto& [probe, dependency] :
       {std::pair(okta, "corporate-idp"), std::pair(keycloak, "standby-idp"), std::pair(sts, "aws-sts")})
    catalog.probes.emplace(
        probe, catalog::Probe{.id = probe, .dependency = dependency, .check = catalog::StsProbe{}});
  catalog.processes.at(operate_workload).alternatives = {operate_workload_standby};
  return catalog;
}

// --- The world and what happens in it
// --------------------------------------------------------------------------------

inline Ask by(const PersonId& person, Command command) {
  return {.by = {person}, .key = "", .command = std::move(command)};
}
inline Ask by_postern(Command command) { return {.by = {}, .key = "", .command = std::move(command)}; }

/// The record as the ledger gives it back.
inline Record through_the_ledger(const Record& record) {
  const Bytes bytes = ledger::encode(to_entry(record, "e-1", "node-1")).value();
  return to_record(ledger::decode(bytes).value()).value();
}

struct World {
  std::shared_ptr<const catalog::Catalog> in_force = nullptr;
  Situation situation = {};
  Instant now = start;
  std::vector<Record> story = {};  ///< all that has happened

  [[nodiscard]] Policy policy() const { return {in_force.get(), std::string(ledger_origin)}; }
  [[nodiscard]] const Request& request(RequestId which = r1) const { return *situation.request(which); }
  [[nodiscard]] const Grant& grant(GrantId which = g1) const { return *situation.grant(which); }
  [[nodiscard]] const Session& session(SessionId which = s1) const { return *situation.session(which); }

  /// What `ask` leads to; its facts have happened then. A person's ask without a key gets one of its own.
  Outcome hear(Ask ask) {
    if (ask.by.person && ask.key.empty()) {
      ask.key = "ask-" + std::to_string(story.size());
      ask.fingerprint = sha256(ask.key);
    }
    Outcome outcome = answer(situation, policy(), ask, now);
    for (const Fact& fact : outcome.facts) {
      const Record record{now, ask.by, ask.cause(), fact};
      ENSURE(through_the_ledger(record) == record);
      if (std::holds_alternative<CatalogAdopted>(fact)) in_force = candidate_of(ask.command);
      situation = apply(std::move(situation), record);
      story.push_back(record);
    }
    return outcome;
  }
};

/// The world after `ask`, which must be allowed.
inline World after(World world, const Ask& ask) {
  const Outcome outcome = world.hear(ask);
  if (outcome.refusal)
    static_cast<void>(std::fprintf(stderr, "refused: %s\n", outcome.refusal->message.c_str()));
  ENSURE(!outcome.refusal);
  return world;
}
/// Time passes, and nobody looks what is owed.
inline World later(World world, seconds time) {
  world.now += time;
  return world;
}
inline World settled(World world) { return after(std::move(world), by_postern(Settle{})); }

/// "forbidden: Nobody answers their own request. …", or "allowed".
inline std::string refusal(World world, const Ask& ask) {
  const Outcome outcome = world.hear(ask);
  return outcome.refusal ? std::string(name_of(outcome.refusal->code)) + ": " + outcome.refusal->message
                         : "allowed";
}

inline OwnerSignature signature_of(const PersonId& owner, std::string_view statement) {
  const TestKey key(owner.text());
  return {owner, key.line(), key.sign(catalog_namespace, statement)};
}
/// `candidate` signed by those owners to replace what is in force.
inline AdoptCatalog adoption(const World& world, catalog::Catalog candidate,
                             const std::vector<PersonId>& signers) {
  AdoptCatalog command{.digest = sha256({"test catalog\n", std::to_string(world.story.size())}),
                       .candidate = std::make_shared<const catalog::Catalog>(std::move(candidate)),
                       .replaces = world.situation.catalog,
                       .signatures = {}};
  for (const PersonId& owner : signers)
    command.signatures.push_back(signature_of(owner, catalog_statement(command.digest, command.replaces)));
  return command;
}
/// The owners put a changed catalog in force.
inline World after_change(World world, const std::function<void(catalog::Catalog&)>& change) {
  catalog::Catalog candidate = *world.in_force;
  change(candidate);
  const AdoptCatalog command = adoption(world, std::move(candidate), {dana, emil});
  return after(std::move(world), by_postern(command));
}
/// One owner's signature of a proposal that replaces what is in force.
inline SignCatalog signing(const World& world, const Digest& digest, catalog::Catalog candidate,
                           const PersonId& owner) {
  return {.digest = digest,
          .candidate = std::make_shared<const catalog::Catalog>(std::move(candidate)),
          .signature = signature_of(owner, catalog_statement(digest, world.situation.catalog))};
}
inline void remove_from(catalog::Catalog& catalog, const GroupId& group, const PersonId& person) {
  std::erase(catalog.groups.at(group), person);
}

inline ObserveProbe seen(const ProbeId& probe, Verdict verdict, Instant since) {
  return {.probe = probe, .node = "node-1", .verdict = verdict, .since = since, .detail = ""};
}
inline Attest attest() { return {idp_unavailable, std::string(sign_in_failed)}; }
inline Declare declare() { return {idp_unavailable, "INC-7"}; }
/// Aiko's reason, as it stands beside the ledger. Its salt is no secret, as nothing is here.
inline ledger::PrivatePart example_reason() {
  return {Bytes(32, 's'), json::Object{{"reason", "Checkout fails for all customers."}}};
}
inline SubmitRequest ask_for_prod_web() {
  return {.emergency = e1,
          .process = operate_workload,
          .account = prod_web,
          .duration = std::chrono::hours(1),
          .reason = ledger::commitment(example_reason()),
          .acknowledged = {"assumption: STS answers in at least one configured Region",
                           "assumption: The reason names the customer impact", std::string(own_way_in),
                           std::string(drilled_lately), std::string(signed_catalog)}};
}
inline AnswerRequest signed_answer(const World& world, const PersonId& person, Decision decision,
                                   RequestId which = r1, const Conditions& conditions = {}) {
  const Request& request = world.request(which);
  AnswerRequest command{.request = which,
                        .decision = decision,
                        .statement = approval_statement(ledger_origin, request.terms, request.tier, person,
                                                        decision, conditions),
                        .signature = "",
                        .conditions = conditions};
  if (decision == Decision::deny) command.reason = sha256("test words of a denial");
  command.signature = TestKey(person.text()).sign(approval_namespace, command.statement);
  return command;
}
inline Ask approve(const World& world, const PersonId& person, RequestId which = r1) {
  return by(person, signed_answer(world, person, Decision::approve, which));
}
inline Ask approve_with(const World& world, const PersonId& person, const Conditions& conditions,
                        RequestId which = r1) {
  return by(person, signed_answer(world, person, Decision::approve, which, conditions));
}
/// `signer` says that `person` is away.
inline Ask absent(const PersonId& signer, const PersonId& person, Instant from, Instant to) {
  MarkAbsent command{.person = person,
                     .from = from,
                     .to = to,
                     .statement = absence_statement(ledger_origin, person, from, to, signer),
                     .signature = ""};
  command.signature = TestKey(signer.text()).sign(absence_namespace, command.statement);
  return by(signer, command);
}
inline Ask deny(const World& world, const PersonId& person, RequestId which = r1) {
  return by(person, signed_answer(world, person, Decision::deny, which));
}
inline ReportSession report_issued(SessionId which = s1) {
  return {which, SessionIssued{
                     .session = which,
                     .access_key_id = "ASIAEXAMPLE000000002",
                     .hop_one_access_key_id = "ASIAEXAMPLE000000001",
                     .assumed_role_arn = "arn:aws:sts::200000000001:assumed-role/EmergencyAccess_Ops/G-1.S-1",
                     .region = "eu-west-1",
                     .expires_at = start + std::chrono::hours(1)}};
}
inline ReportSession report_failed(SessionId which = s1) {
  return {which, SessionFailed{which, "AccessDenied: MFA code was not accepted"}};
}

/// A commitment to some words; no two words have the same.
inline Digest commitment_to(std::string_view words) { return sha256({"test words\n", words}); }
/// `person` goes ahead with `what`, and has signed it.
inline Ask overriding(const PersonId& person,
                      const std::variant<OverriddenDeclaration, OverriddenApproval>& what,
                      std::string_view why = "Checkout fails.") {
  MakeOverride command{.what = OverriddenDeclaration{idp_unavailable, ""},
                       .reason = commitment_to(why),
                       .statement = "",
                       .signature = ""};
  command.statement = override_statement(ledger_origin, person, what, command.reason);
  command.signature = TestKey(person.text()).sign(override_namespace, command.statement);
  if (const auto* declaration = std::get_if<OverriddenDeclaration>(&what)) command.what = *declaration;
  if (const auto* approval = std::get_if<OverriddenApproval>(&what)) command.what = approval->request;
  return by(person, command);
}
inline Ask override_confirmation(const PersonId& person, std::string_view why = "Checkout fails.") {
  return overriding(person, OverriddenDeclaration{idp_unavailable, "INC-7"}, why);
}
inline Ask override_approval(const World& world, const PersonId& person,
                             std::string_view why = "Nobody answers.", RequestId which = r1) {
  return overriding(person, OverriddenApproval{which, digest_of(world.request(which).terms)}, why);
}
inline Ask cosign(const World& world, const PersonId& person, OverrideId which = o1) {
  CosignOverride command{
      .id = which,
      .statement = cosignature_statement(ledger_origin, world.situation.override_of(which)->terms, person),
      .signature = ""};
  command.signature = TestKey(person.text()).sign(override_namespace, command.statement);
  return by(person, command);
}

// --- How far it may have gone
// ----------------------------------------------------------------------------------------

/// The catalog is in force, signed by Dana and Emil.
inline World at_peace() {
  World world;
  const AdoptCatalog first = adoption(world, example_catalog(), {dana, emil});
  return after(std::move(world), by_postern(first));
}
/// Both IdPs went down six minutes ago.
inline World suspected() {
  World world = at_peace();
  for (const ProbeId& probe : {okta, keycloak})
    world = after(std::move(world), by_postern(seen(probe, Verdict::down, start)));
  return later(std::move(world), std::chrono::minutes(6));
}
/// Chie has seen it too.
inline World confirmed() { return after(suspected(), by(chie, attest())); }
/// Dana has declared E-1.
inline World declared() { return after(confirmed(), by(dana, declare())); }
/// Aiko has asked for prod-web for an hour: R-1, awaiting Ben.
inline World requested() { return after(declared(), by(aiko, ask_for_prod_web())); }
/// Ben has approved it: G-1.
inline World granted() {
  const World world = requested();
  return after(world, approve(world, ben));
}
/// Aiko has asked for credentials: S-1, not reported yet.
inline World in_session() { return after(granted(), by(aiko, OpenSession{g1})); }

/// Nobody answered R-1: its three tiers had five minutes each.
inline World unanswered() {
  World world = requested();
  for (int tier = 1; tier <= 3; ++tier) world = settled(later(std::move(world), std::chrono::minutes(5)));
  return world;
}

}  // namespace postern::emergency::test_world
