// The catalog that all rules stand on: proposed, signed, put in force.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "catalog/difference.h"
#include "emergency/rules.h"
#include "emergency/statement.h"
#include "signature/sshsig.h"

namespace postern::emergency {
namespace {

constexpr std::size_t announced_max = 50;

/// The key line in the catalog with which the owner made this signature; absent if it is none of theirs.
std::optional<std::string> signing_key(const catalog::Person& owner, const OwnerSignature& claim,
                                       const std::string& statement) {
  const auto claimed = signature::SshPublicKey::parse(claim.key);
  for (const std::string& line : owner.ssh_keys) {
    const auto key = signature::SshPublicKey::parse(line);
    if (key && claimed && *key == *claimed &&
        signature::verify(claim.signature, catalog_namespace, statement, *key))
      return key->line();
  }
  return {};
}

/// Those signatures of `statement` that count: by owners in `of`, each once, with a key of their own. What
/// does not count is not recorded, so that every signature in the ledger verifies.
std::vector<OwnerSignature> valid_signatures(const catalog::Catalog& of,
                                             const std::vector<OwnerSignature>& signatures,
                                             const std::string& statement) {
  std::vector<OwnerSignature> valid;
  std::set<PersonId> signed_by;
  for (const OwnerSignature& each : signatures) {
    const auto& owners = of.owners.people;
    const catalog::Person* person = of.person(each.person);
    if (person == nullptr || std::find(owners.begin(), owners.end(), each.person) == owners.end()) continue;
    const std::optional<std::string> key = signing_key(*person, each, statement);
    if (key && signed_by.insert(each.person).second) valid.push_back({each.person, *key, each.signature});
  }
  return valid;
}

/// Grants whose holder could not ask for them any more under `candidate` end with its adoption.
Facts end_grants_without_standing(const Situation& situation, const catalog::Catalog& candidate) {
  Facts facts;
  for (const GrantId id : situation.open_grants) {
    const Grant* grant = situation.grant(id);
    const RequestTerms& terms = situation.request(grant->request)->terms;
    const catalog::Process* process = candidate.process(terms.process);
    if (process == nullptr || !candidate.is_member_of_any(process->who_may_request, grant->person))
      facts.emplace_back(GrantClosed{id, GrantEnd::standing_lost});
  }
  return facts;
}

/// Whoever may not override any more under `candidate` does not go on with one.
Facts end_overrides_without_standing(const Situation& situation, const catalog::Catalog& candidate) {
  const auto process_of = [&](const Override& each) -> const catalog::Process* {
    if (const auto* declaration = std::get_if<OverriddenDeclaration>(&each.terms.what)) {
      const catalog::FailureMode* mode = candidate.mode(declaration->mode);
      return mode == nullptr ? nullptr : candidate.process(mode->process);
    }
    const auto& approval = std::get<OverriddenApproval>(each.terms.what);
    return candidate.process(situation.request(approval.request)->terms.process);
  };
  Facts facts;
  for (const OverrideId id : situation.pending_overrides) {
    const Override& each = *situation.override_of(id);
    const catalog::Process* process = process_of(each);
    const bool is_approval = std::holds_alternative<OverriddenApproval>(each.terms.what);
    if (process == nullptr || !process->override_rule ||
        !candidate.is_member_of_any(process->override_rule->by, each.terms.person) ||
        (is_approval && !candidate.is_member_of_any(process->who_may_request, each.terms.person)))
      facts.emplace_back(OverrideEnded{id, OverrideEnd::standing_lost});
  }
  return facts;
}

/// Changes of keys, groups and owners, for everybody to hear while an emergency is open: who takes over a
/// catalog takes over the way in.
std::optional<ChangeAnnounced> announcement(const Scene& scene, const catalog::Catalog& candidate) {
  if (scene.policy.in_force == nullptr || scene.situation.open_emergencies.empty()) return std::nullopt;
  ChangeAnnounced out;
  std::size_t left_out = 0;
  for (const catalog::Change& each : catalog::difference(*scene.policy.in_force, candidate)) {
    if (!each.tells_everybody && each.weight != catalog::Weight::power) continue;
    if (out.changes.size() + 1 < announced_max)
      out.changes.push_back(short_text(each.what));
    else
      ++left_out;
  }
  if (left_out > 0) out.changes.push_back(fmt::format("And {} more.", left_out));
  return out.changes.empty() ? std::nullopt : std::optional(std::move(out));
}

/// Its signatures lie in the ledger for everybody to copy, so that a catalog that was replaced must not come
/// back with them.
Result<void> never_in_force_before(const Scene& scene, const Digest& digest) {
  if (!scene.situation.former_catalogs.contains(digest)) return {};
  return fail(
      ErrorCode::conflict,
      "This catalog was in force before and was replaced. Each comes in force once: to return to what it "
      "says, change something in it, a comment with the date, and have that signed.");
}

/// Everything that follows when `candidate` comes in force.
Facts adoption(const Scene& scene, const catalog::Catalog& candidate, CatalogAdopted adopted) {
  Facts facts{std::move(adopted)};
  if (auto announced = announcement(scene, candidate)) facts.push_back(*std::move(announced));
  for (Fact& each : suspicions_after(candidate, scene.situation)) facts.push_back(std::move(each));
  for (Fact& ended : end_grants_without_standing(scene.situation, candidate))
    facts.push_back(std::move(ended));
  for (Fact& ended : end_overrides_without_standing(scene.situation, candidate))
    facts.push_back(std::move(ended));
  return facts;
}

}  // namespace

Result<Facts> decide_on(const Scene& scene, const AdoptCatalog& command) {
  TRY(scene.permit(Action::adopt_catalog));
  ENSURE(command.candidate != nullptr);
  if (scene.situation.catalog == command.digest) return Facts{};
  TRY(never_in_force_before(scene, command.digest));
  if (command.replaces != scene.situation.catalog)
    return fail(ErrorCode::conflict,
                "The catalog was signed to replace another one than is in force now. Sign it again: postern "
                "catalog sign.");
  // Only the very first catalog is judged by its own owners.
  ENSURE((scene.policy.in_force != nullptr) == scene.situation.catalog.has_value());
  std::vector<OwnerSignature> signatures;
  if (command.accept_unsigned && scene.situation.catalog && !scene.situation.catalog_unsigned)
    return fail(ErrorCode::forbidden,
                "A catalog that its owners signed is in force. Only their signatures can replace it.");
  if (!command.accept_unsigned) {
    const catalog::Catalog& judges =
        scene.policy.in_force != nullptr ? *scene.policy.in_force : *command.candidate;
    signatures =
        valid_signatures(judges, command.signatures, catalog_statement(command.digest, command.replaces));
    if (std::ssize(signatures) < judges.owners.quorum)
      return fail(ErrorCode::forbidden, fmt::format("The catalog has {} valid signature(s) of its owners and "
                                                    "needs {}. Sign it: postern catalog sign.",
                                                    signatures.size(), judges.owners.quorum));
  }
  return adoption(scene, *command.candidate, {command.digest, command.replaces, std::move(signatures)});
}

Result<Facts> decide_on(const Scene& scene, const ProposeCatalog& command) {
  TRY(scene.permit(Action::propose_catalog));
  if (scene.situation.catalog == command.digest)
    return fail(ErrorCode::conflict, "This catalog is in force already.");
  if (scene.situation.proposals.contains(command.digest)) return Facts{};
  TRY(never_in_force_before(scene, command.digest));
  return Facts{CatalogProposed{command.digest, scene.situation.catalog}};
}

Result<Facts> decide_on(const Scene& scene, const SignCatalog& command) {
  TRY(scene.permit(Action::sign_catalog));
  ENSURE(command.candidate != nullptr);
  const auto found = scene.situation.proposals.find(command.digest);
  if (found == scene.situation.proposals.end())
    return fail(
        ErrorCode::not_found,
        "This catalog is not proposed, or another one came in force since. See: postern catalog status");
  const Proposal& proposal = found->second;
  const std::string statement = catalog_statement(command.digest, proposal.replaces);
  if (command.signature.person != *scene.by.person ||
      valid_signatures(scene.in_force(), {command.signature}, statement).empty())
    return fail(
        ErrorCode::forbidden,
        "This signature does not hold. It must be over this proposal and what it replaces, with a key that "
        "you have in the catalog in force.");
  std::vector<OwnerSignature> signatures = proposal.signatures;
  const bool is_new = std::none_of(signatures.begin(), signatures.end(), [&](const OwnerSignature& each) {
    return each.person == command.signature.person;
  });
  if (!is_new) return Facts{};
  signatures.push_back(command.signature);
  // The key line is kept as the catalog has it.
  signatures = valid_signatures(scene.in_force(), signatures, statement);
  Facts facts{CatalogSigned{command.digest, signatures.back()}};
  if (std::ssize(signatures) < scene.in_force().owners.quorum) return facts;
  for (Fact& each :
       adoption(scene, *command.candidate, {command.digest, proposal.replaces, std::move(signatures)}))
    facts.push_back(std::move(each));
  return facts;
}

}  // namespace postern::emergency
