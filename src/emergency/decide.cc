#include "emergency/decide.h"

#include <algorithm>

#include "base/encoding.h"
#include "emergency/rules.h"
#include "signature/sshsig.h"

namespace postern::emergency {

const catalog::Catalog& Scene::in_force() const {
  ENSURE(policy.in_force != nullptr);
  return *policy.in_force;
}

Result<void> Scene::permit(Action action, const Target& target) const {
  const Permission permission = may(policy, situation, by, action, target);
  if (!permission.allowed) return fail(ErrorCode::forbidden, permission.reason);
  return {};
}

std::string short_text(std::string_view said) {
  constexpr std::size_t bytes_max = 500;
  std::string text = sanitized(said.substr(0, bytes_max), Lines::replace);
  // A replaced byte has grown to three, and no character may be cut in two.
  std::size_t size = std::min(text.size(), bytes_max);
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  text.resize(size);
  return text;
}

Result<std::string> signing_key(const catalog::Person& person, std::string_view name_space,
                                const std::string& statement, const std::string& signature) {
  const auto parsed = TRY(signature::parse_armored(signature));
  for (const std::string& line : person.ssh_keys) {
    const auto key = signature::SshPublicKey::parse(line);
    if (!key || *key != parsed.key) continue;
    TRY(signature::verify(signature, name_space, statement, *key));
    return key->line();
  }
  return fail(ErrorCode::forbidden, "The signature is by key " + parsed.key.fingerprint() +
                                        ", which is not one of " + person.id.text() +
                                        "'s in the catalog in force.");
}

Result<Facts> decide(const Situation& situation, const Policy& policy, const Ask& ask, Instant now) {
  const Scene scene{situation, policy, ask.by, now};
  Facts facts = TRY(std::visit([&](const auto& command) { return decide_on(scene, command); }, ask.command));
  // However an emergency was declared, its incident is due.
  if (policy.in_force != nullptr && policy.in_force->incidents && policy.in_force->incidents->link_within)
    for (Fact& each : facts)
      if (auto* declared = std::get_if<EmergencyDeclared>(&each))
        declared->link_by = now + *policy.in_force->incidents->link_within;
  // Whoever must hear of it is written down with it, so that no crash comes between.
  for (Fact& each : notices_after(scene, facts)) facts.push_back(std::move(each));
  return facts;
}

Outcome answer(const Situation& situation, const Policy& policy, const Ask& ask, Instant now) {
  if (!ask.by.is_postern()) {
    const auto known = situation.answers.find(ask.answer_name());
    if (known != situation.answers.end()) {
      if (known->second.fingerprint == ask.fingerprint.hex().substr(0, 16))
        return {{}, known->second.refusal, known->second};
      return {{CommandRefused{name_of(ask.command), resource_of(ask.command), ErrorCode::conflict,
                              "This idempotency key was used for another command."}},
              Error{ErrorCode::conflict, "This idempotency key was used for another command. Use a new one."},
              {}};
    }
  }
  Result<Facts> decided = decide(situation, policy, ask, now);
  if (decided) return {std::move(*decided), {}, {}};
  // Postern's own asks are refused only by its own mistakes, which go to the operator's log.
  if (ask.by.is_postern()) return {{}, std::move(decided).error(), {}};
  const Error& error = decided.error();
  return {
      {CommandRefused{name_of(ask.command), resource_of(ask.command), error.code, error.message}}, error, {}};
}

Result<Facts> decide_on(const Scene& scene, const RecordLogin& command) {
  TRY(scene.permit(Action::login));
  return Facts{LoginOpened{*scene.by.person, command.key_fingerprint, command.until}};
}

Result<Facts> decide_on(const Scene& scene, const RecordRefusal& command) {
  const bool is_known_service = scene.by.service && scene.policy.in_force != nullptr &&
                                scene.in_force().services.contains(scene.by.service->text());
  if (!is_known_service) TRY(scene.permit(Action::login));
  return Facts{command.refusal};
}

Result<Facts> decide_on(const Scene& scene, const RecordNoise& command) {
  TRY(scene.permit(Action::operate));
  return Facts{command.noise};
}

Result<Facts> decide_on(const Scene& scene, const RecordClockJump& command) {
  TRY(scene.permit(Action::operate));
  if (command.jump.in_doubt == scene.situation.clock_in_doubt) return Facts{};
  return Facts{command.jump};
}

}  // namespace postern::emergency
