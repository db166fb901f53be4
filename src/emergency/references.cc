// Whether a fact speaks of things that the ledger knows.
#include "emergency/situation.h"

namespace postern::emergency {
namespace {

std::string unknown(const std::string& what) {
  return "it speaks of " + what + ", which the ledger does not know";
}

template <class Map, class Id>
std::optional<std::string> missing_in(const Map& map, const Id& id) {
  if (map.contains(id)) return std::nullopt;
  return unknown(id.text());
}

using Broken = std::optional<std::string>;
Broken reference(const Situation& s, const EmergencyClosed& f) {
  return missing_in(s.emergencies, f.emergency);
}
Broken reference(const Situation& s, const EmergencyExtended& f) {
  return missing_in(s.emergencies, f.emergency);
}
Broken reference(const Situation& s, const EmergencyDeclared& f) {
  return f.by_override ? missing_in(s.overrides, *f.by_override) : std::nullopt;
}
Broken reference(const Situation& s, const OverrideMade& f) {
  const auto* approval = std::get_if<OverriddenApproval>(&f.terms.what);
  return approval == nullptr ? std::nullopt : missing_in(s.requests, approval->request);
}
Broken reference(const Situation& s, const OverrideCosigned& f) { return missing_in(s.overrides, f.id); }
Broken reference(const Situation& s, const OverrideOpened& f) { return missing_in(s.overrides, f.id); }
Broken reference(const Situation& s, const OverrideObjected& f) { return missing_in(s.overrides, f.id); }
Broken reference(const Situation& s, const OverrideEnded& f) { return missing_in(s.overrides, f.id); }
Broken reference(const Situation& s, const OverrideReviewed& f) { return missing_in(s.overrides, f.id); }
Broken reference(const Situation& s, const RequestSubmitted& f) {
  if (f.tier < 1 || f.tier > std::ssize(f.tiers)) return unknown("tier " + std::to_string(f.tier));
  return missing_in(s.emergencies, f.terms.emergency);
}
Broken reference(const Situation& s, const RequestChecked& f) { return missing_in(s.requests, f.request); }
Broken reference(const Situation& s, const RequestEscalated& f) {
  const Request* request = s.request(f.request);
  if (request == nullptr) return unknown(f.request.text());
  if (f.tier < 1 || f.tier > std::ssize(request->tiers)) return unknown("tier " + std::to_string(f.tier));
  return std::nullopt;
}
Broken reference(const Situation& s, const SignedAnswer& f) { return missing_in(s.requests, f.request); }
Broken reference(const Situation& s, const RequestTierSkipped& f) {
  return missing_in(s.requests, f.request);
}
Broken reference(const Situation& s, const RequestReminded& f) { return missing_in(s.requests, f.request); }
Broken reference(const Situation& s, const GrantExtended& f) {
  if (const Broken broken = missing_in(s.requests, f.request)) return broken;
  return missing_in(s.grants, f.grant);
}
Broken reference(const Situation& s, const IncidentRecorded& f) {
  return missing_in(s.emergencies, f.emergency);
}
Broken reference(const Situation& s, const IncidentOverdue& f) {
  return missing_in(s.emergencies, f.emergency);
}
Broken reference(const Situation& s, const EmergencyNoted& f) {
  return missing_in(s.emergencies, f.emergency);
}
Broken reference(const Situation& s, const RequestWithdrawn& f) { return missing_in(s.requests, f.request); }
Broken reference(const Situation& s, const CatalogSigned& f) {
  if (s.proposals.contains(f.catalog)) return std::nullopt;
  return "It signs catalog " + f.catalog.hex().substr(0, 12) + ", which was not proposed.";
}
Broken reference(const Situation& s, const RequestExpired& f) { return missing_in(s.requests, f.request); }
Broken reference(const Situation& s, const GrantOpened& f) { return missing_in(s.requests, f.request); }
Broken reference(const Situation& s, const GrantClosed& f) { return missing_in(s.grants, f.grant); }
Broken reference(const Situation& s, const SessionIntended& f) { return missing_in(s.grants, f.grant); }
Broken reference(const Situation& s, const SessionIssued& f) { return missing_in(s.sessions, f.session); }
Broken reference(const Situation& s, const SessionFailed& f) { return missing_in(s.sessions, f.session); }
Broken reference(const Situation& s, const SessionOutcomeUnknown& f) {
  return missing_in(s.sessions, f.session);
}
template <class Other>
Broken reference(const Situation& /*s*/, const Other& /*f*/) {
  return std::nullopt;
}

}  // namespace

std::optional<std::string> broken_reference(const Situation& situation, const Fact& fact) {
  return std::visit(
      [&](const auto& each) -> Broken {
        if constexpr (std::is_base_of_v<SignedAnswer, std::decay_t<decltype(each)>>)
          return reference(situation, static_cast<const SignedAnswer&>(each));
        else
          return reference(situation, each);
      },
      fact);
}

}  // namespace postern::emergency
