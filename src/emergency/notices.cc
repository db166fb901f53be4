// Who is told of what. Everything that happened is looked at once, and what people must hear of is written
// down in the same append.
#include <algorithm>
#include <utility>

#include "catalog/standing.h"
#include "emergency/asking.h"
#include "emergency/rules.h"

namespace postern::emergency {
namespace {

using catalog::Moment;

constexpr seconds ask_for{3600};  ///< an approver is told within this time, or not at all
constexpr seconds tell_for{86400};
/// A notice with more is cut into several, so that each fits into an entry of 64 KiB.
constexpr std::size_t routes_bytes_max = 40'000;
constexpr std::size_t dropped_max = 1000;

/// At most what a route takes in an entry.
std::size_t bytes_of(const NoticeRoute& route) {
  std::size_t out = 40 + (route.person ? route.person->text().size() : 0);
  for (const std::string& each : route.channels) out += each.size() + 3;
  return out;
}

/// The channels of `wanted` that can reach the person (or, without one, a place): those that stand on
/// something that is down come last, since what is down may have come back unnoticed.
std::vector<std::string> usable(const catalog::Catalog& in_force, const std::vector<std::string>& wanted,
                                const catalog::Person* person, const catalog::Fallen& silent) {
  std::vector<std::string> out;
  std::vector<std::string> last;
  for (const std::string& name : wanted) {
    const auto channel = in_force.channels.find(name);
    if (channel == in_force.channels.end()) continue;
    const bool personal = catalog::reaches_a_person(channel->second);
    const bool is_text_message = channel->second.provider.kind == "sms";
    if (personal && (person == nullptr || (is_text_message ? person->phone : person->email).empty()))
      continue;
    (silent.contains(name) ? last : out).push_back(name);
  }
  out.insert(out.end(), last.begin(), last.end());
  return out;
}

/// Collects what has to be told of one decision.
class Telling {
 public:
  Telling(const Scene& scene, const Facts& facts) : scene_(scene), facts_(facts) {
    std::vector<std::string> gone;
    for (const EmergencyId id : scene.situation.open_emergencies)
      if (const auto* mode = scene.in_force().mode(scene.situation.emergency(id)->mode))
        gone.insert(gone.end(), mode->takes_away.begin(), mode->takes_away.end());
    if (!gone.empty())
      silent_ = catalog::silence(scene.in_force(), catalog::fallen(scene.in_force(), gone)).channels;
  }

  Facts take() && {
    for (const Fact& fact : facts_) std::visit([&](const auto& each) { tell(each); }, fact);
    std::vector<NoticeId> dropped;
    for (const NoticeId each : dropped_) {
      dropped.push_back(each);
      if (dropped.size() == dropped_max) out_.emplace_back(NoticeDropped{std::exchange(dropped, {})});
    }
    if (!dropped.empty()) out_.emplace_back(NoticeDropped{std::move(dropped)});
    return std::move(out_);
  }

 private:
  using Routes = std::vector<NoticeRoute>;

  // --- Whom

  void add_person(Routes& routes, const PersonId& id) {
    const catalog::Person* person = scene_.in_force().person(id);
    if (person == nullptr) return;
    NoticeRoute route{
        id, usable(scene_.in_force(), catalog::channels_of(scene_.in_force(), *person), person, silent_)};
    if (!route.channels.empty()) routes.push_back(std::move(route));
  }
  void add_place(Routes& routes, const std::vector<std::string>& channels) {
    NoticeRoute route{{}, usable(scene_.in_force(), channels, nullptr, silent_)};
    if (!route.channels.empty()) routes.push_back(std::move(route));
  }
  template <class People>
  Routes people(const People& ids) {
    Routes routes;
    for (const PersonId& each : ids) add_person(routes, each);
    return routes;
  }
  /// Those whom the plan of the process names for that moment.
  void add_plan(Routes& routes, const catalog::Process* process, Moment moment) {
    if (process == nullptr || !process->communication) return;
    const auto found = process->communication->on.find(moment);
    if (found == process->communication->on.end()) return;
    const auto& [groups, channels] = found->second;
    if (groups.empty()) add_place(routes, channels);
    for (const PersonId& id : catalog::people_of(scene_.in_force(), groups)) {
      const catalog::Person* person = scene_.in_force().person(id);
      if (person == nullptr || knows(routes, id)) continue;
      NoticeRoute route{id, usable(scene_.in_force(), channels, person, silent_)};
      if (!route.channels.empty()) routes.push_back(std::move(route));
    }
  }
  void add_timeline(Routes& routes) {
    if (scene_.in_force().incidents) routes.push_back({{}, {std::string(ticket_system)}});
  }
  /// The company system that asked hears of each stage.
  void add_service(Routes& routes, const RequestTerms& terms) {
    if (!terms.asked_by) return;
    const auto found = scene_.in_force().services.find(terms.asked_by->text());
    if (found != scene_.in_force().services.end() && !found->second.channel.empty())
      add_place(routes, {found->second.channel});
  }
  static bool knows(const Routes& routes, const PersonId& person) {
    return std::any_of(routes.begin(), routes.end(),
                       [&](const NoticeRoute& each) { return each.person == person; });
  }

  [[nodiscard]] const catalog::Process* process_of(const ModeId& id) const {
    const catalog::FailureMode* mode = scene_.in_force().mode(id);
    return mode == nullptr ? nullptr : scene_.in_force().process(mode->process);
  }
  [[nodiscard]] const catalog::Process* process_of(const EmergencyId& id) const {
    return process_of(scene_.situation.emergency(id)->mode);
  }
  /// A request of before, or one that these facts make.
  [[nodiscard]] const RequestTerms* terms_of(RequestId id) const {
    if (const Request* known = scene_.situation.request(id)) return &known->terms;
    for (const Fact& fact : facts_)
      if (const auto* made = std::get_if<RequestSubmitted>(&fact); made && made->terms.request == id)
        return &made->terms;
    return nullptr;
  }
  [[nodiscard]] const FrozenTier* tier_of(RequestId id, int tier) const {
    const std::vector<FrozenTier>* tiers = nullptr;
    if (const Request* known = scene_.situation.request(id)) tiers = &known->tiers;
    for (const Fact& fact : facts_)
      if (const auto* made = std::get_if<RequestSubmitted>(&fact); made && made->terms.request == id)
        tiers = &made->tiers;
    return tiers == nullptr ? nullptr : &tiers->at(static_cast<std::size_t>(tier) - 1);
  }
  /// Everybody whom the request has asked in the tier that it is at, without those who have answered.
  [[nodiscard]] std::set<PersonId> still_asked(RequestId id, int tier) const {
    const FrozenTier* frozen = tier_of(id, tier);
    if (frozen == nullptr) return {};
    std::set<PersonId> out =
        everybody_asked(*frozen, {scene_.situation, terms_of(id)->requester, scene_.now});
    if (const Request* known = scene_.situation.request(id))
      for (const Answer& each : known->answers)
        if (each.tier == tier) out.erase(each.person);
    for (const Fact& fact : facts_) {
      if (const auto* approved = std::get_if<RequestApproved>(&fact)) out.erase(approved->person);
      if (const auto* denied = std::get_if<RequestDenied>(&fact)) out.erase(denied->person);
    }
    return out;
  }

  // --- What

  void add(NoticeKind kind, std::string about, const Routes& routes, seconds keep_trying) {
    Routes part;
    std::size_t bytes = 0;
    const auto close = [&] {
      if (part.empty()) return;
      const NoticeId id(scene_.situation.notices_given_out + ++given_out_);
      out_.emplace_back(NoticeDue{id, kind, about, std::exchange(part, {}), scene_.now + keep_trying});
      bytes = 0;
    };
    for (const NoticeRoute& each : routes) {
      if (bytes + bytes_of(each) > routes_bytes_max) close();
      bytes += bytes_of(each);
      part.push_back(each);
    }
    close();
  }
  /// What is still on its way about it is of no use any more.
  void drop(const std::string& about, std::initializer_list<NoticeKind> kinds) {
    for (const auto& [id, notice] : scene_.situation.notices)
      if (notice.about == about && std::find(kinds.begin(), kinds.end(), notice.kind) != kinds.end())
        dropped_.insert(id);
  }

  /// To the plan, and into the ticket system's timeline.
  void tell_plan(NoticeKind kind, const std::string& about, const catalog::Process* process, Moment moment,
                 Routes routes = {}) {
    add_plan(routes, process, moment);
    if (moment != Moment::suspicion) add_timeline(routes);
    add(kind, about, routes, tell_for);
  }

  void tell(const SuspicionRaised& f) {
    tell_plan(NoticeKind::suspicion_raised, f.mode.text(), process_of(f.mode), Moment::suspicion);
  }
  void tell(const SuspicionCleared& f) {
    drop(f.mode.text(), {NoticeKind::suspicion_raised});
    tell_plan(NoticeKind::suspicion_cleared, f.mode.text(), process_of(f.mode), Moment::suspicion);
  }
  void tell(const EmergencyDeclared& f) {
    tell_plan(NoticeKind::emergency_declared, f.emergency.text(), process_of(f.mode), Moment::declared);
  }
  void tell(const EmergencyExtended& f) {
    tell_plan(NoticeKind::emergency_extended, f.emergency.text(), process_of(f.emergency), Moment::declared);
  }
  void tell(const EmergencyClosed& f) {
    tell_plan(NoticeKind::emergency_closed, f.emergency.text(), process_of(f.emergency), Moment::close);
  }
  void tell(const IncidentOverdue& f) {
    tell_plan(NoticeKind::incident_overdue, f.emergency.text(), process_of(f.emergency), Moment::declared,
              people(std::vector{scene_.situation.emergency(f.emergency)->declared_by}));
  }

  void ask(RequestId id, int tier) {
    Routes routes = people(still_asked(id, tier));
    add_service(routes, *terms_of(id));
    add(NoticeKind::request_waiting, id.text(), routes, ask_for);
  }
  void tell(const RequestSubmitted& f) {
    const bool is_asked = std::none_of(facts_.begin(), facts_.end(), [](const Fact& fact) {
      return std::holds_alternative<RequestExpired>(fact);
    });
    if (is_asked) ask(f.terms.request, f.tier);
  }
  void tell(const RequestTierSkipped& f) { tell_escalation(f.request); }
  void tell(const RequestEscalated& f) {
    drop(f.request.text(), {NoticeKind::request_waiting, NoticeKind::request_reminder});
    ask(f.request, f.tier);
    tell_escalation(f.request);
  }
  /// Once for all tiers that were passed over.
  void tell_escalation(RequestId id) {
    if (!escalated_.insert(id).second) return;
    const RequestTerms& terms = *terms_of(id);
    tell_plan(NoticeKind::request_escalated, id.text(), scene_.in_force().process(terms.process),
              Moment::escalation);
  }
  void tell(const RequestReminded& f) {
    add(NoticeKind::request_reminder, f.request.text(), people(still_asked(f.request, f.tier)), ask_for);
  }

  /// Nothing is left to do for the others who were asked.
  void settle(RequestId id) {
    drop(id.text(), {NoticeKind::request_waiting, NoticeKind::request_reminder});
    const Request* known = scene_.situation.request(id);
    if (known == nullptr || known->stage != Stage::awaiting_approval) return;
    Routes routes = people(still_asked(id, known->tier));
    add_alerted_places(routes, *known);
    add(NoticeKind::request_answered, id.text(), routes, ask_for);
  }
  /// A pager or an alert manager that was told of the request goes on alerting until it is told that it is
  /// over, whoever answered.
  void add_alerted_places(Routes& routes, const Request& request) {
    std::set<std::string> places;
    const auto add_from = [&](const Routes& told) {
      for (const NoticeRoute& each : told)
        for (const std::string& channel : each.channels)
          if (!catalog::reaches_a_person(scene_.in_force().channels.at(channel))) places.insert(channel);
    };
    for (int tier = 1; tier <= request.tier; ++tier)
      if (!request.skipped.contains(tier))
        add_from(people(everybody_asked(request.tiers[static_cast<std::size_t>(tier) - 1],
                                        {scene_.situation, request.terms.requester, scene_.now})));
    if (request.tier > 1 || !request.skipped.empty()) {
      Routes plan;
      add_plan(plan, scene_.in_force().process(request.terms.process), Moment::escalation);
      add_from(plan);
    }
    for (const NoticeRoute& each : routes) places.erase(each.channels.front());
    for (const std::string& each : places) routes.push_back({{}, {each}});
  }
  void end(RequestId id) {
    settle(id);
    const RequestTerms& terms = *terms_of(id);
    Routes routes = people(std::vector{terms.requester});
    add_service(routes, terms);
    add(NoticeKind::request_ended, id.text(), routes, tell_for);
  }
  void tell(const RequestDenied& f) { end(f.request); }
  void tell(const RequestExpired& f) {
    if (f.cause == ExpiryCause::unanswered) tell_escalation(f.request);
    end(f.request);
  }
  void tell(const RequestWithdrawn& f) {
    settle(f.request);
    Routes routes;
    add_service(routes, *terms_of(f.request));
    add(NoticeKind::request_ended, f.request.text(), routes, tell_for);
  }

  void tell_grant(NoticeKind kind, GrantId grant, RequestId request) {
    const RequestTerms& terms = *terms_of(request);
    Routes routes = people(std::vector{terms.requester});
    add_service(routes, terms);
    tell_plan(kind, grant.text(), scene_.in_force().process(terms.process), Moment::grant, std::move(routes));
  }
  void tell(const GrantOpened& f) {
    settle(f.request);
    tell_grant(NoticeKind::grant_opened, f.grant, f.request);
  }
  void tell(const GrantExtended& f) {
    settle(f.request);
    tell_grant(NoticeKind::grant_extended, f.grant, f.request);
  }
  void tell(const GrantClosed& f) {
    tell_grant(NoticeKind::grant_closed, f.grant, scene_.situation.grant(f.grant)->request);
  }

  [[nodiscard]] const catalog::Process* process_of(const OverrideTerms& terms) const {
    if (const auto* declaration = std::get_if<OverriddenDeclaration>(&terms.what))
      return process_of(declaration->mode);
    const RequestTerms* request = terms_of(std::get<OverriddenApproval>(terms.what).request);
    return request == nullptr ? nullptr : scene_.in_force().process(request->process);
  }
  /// Whoever was skipped, whoever could sign with its maker, and the maker.
  void tell(const OverrideMade& f) {
    std::set<PersonId> all(f.skipped.begin(), f.skipped.end());
    const catalog::Process* process = process_of(f.terms);
    if (process != nullptr && process->override_rule)
      all.merge(catalog::people_of(scene_.in_force(), process->override_rule->by));
    all.erase(f.terms.person);
    tell_plan(NoticeKind::override_made, f.terms.id.text(), process, Moment::override, people(all));
  }
  void tell_override(NoticeKind kind, OverrideId id) {
    const Override* known = scene_.situation.override_of(id);
    if (known == nullptr) return;  // it opened as it was made, and was told of with that
    std::set<PersonId> all(known->skipped.begin(), known->skipped.end());
    all.insert(known->terms.person);
    if (scene_.by.person) all.erase(*scene_.by.person);
    tell_plan(kind, id.text(), process_of(known->terms), Moment::override, people(all));
  }
  void tell(const OverrideOpened& f) { tell_override(NoticeKind::override_opened, f.id); }
  void tell(const OverrideObjected& f) { tell_override(NoticeKind::override_objected, f.id); }
  void tell(const OverrideReviewed& f) { tell_override(NoticeKind::override_reviewed, f.id); }
  void tell(const OverrideEnded& f) {
    drop(f.id.text(), {NoticeKind::override_made});
    tell_override(NoticeKind::override_ended, f.id);
  }

  /// The person hears of it when somebody else says it, and so does whoever is asked in their place from now
  /// on.
  void tell(const AbsenceMarked& f) {
    if (f.signature.person != f.person)
      add(NoticeKind::absence_marked, f.person.text(), people(std::vector{f.person}), tell_for);
    if (f.from > scene_.now) return;  // whoever is asked then hears of it with the reminder
    Situation after;
    after.absences = scene_.situation.absences;
    after.absences[f.person].push_back({f.from, f.to, f.signature.person});
    for (const RequestId id : scene_.situation.awaiting) {
      const Request& request = *scene_.situation.request(id);
      std::set<PersonId> newcomers =
          everybody_asked(request.asked_tier(), {after, request.terms.requester, scene_.now});
      for (const PersonId& each :
           everybody_asked(request.asked_tier(), {scene_.situation, request.terms.requester, scene_.now}))
        newcomers.erase(each);
      add(NoticeKind::request_waiting, id.text(), people(newcomers), ask_for);
    }
  }

  template <class Other>
  void tell(const Other& /*fact*/) {}

  const Scene& scene_;
  const Facts& facts_;
  catalog::Fallen silent_;
  Facts out_;
  std::set<RequestId> escalated_;
  std::set<NoticeId> dropped_;
  std::uint64_t given_out_ = 0;
};

}  // namespace

Facts notices_after(const Scene& scene, const Facts& facts) {
  const bool can_tell = scene.policy.in_force != nullptr &&
                        (!scene.in_force().channels.empty() || scene.in_force().incidents.has_value());
  if (!can_tell || facts.empty()) return {};
  return Telling(scene, facts).take();
}

Result<Facts> decide_on(const Scene& scene, const TestNotice& command) {
  TRY(scene.permit(Action::test_notice));
  const catalog::Person& person = *scene.in_force().person(*scene.by.person);
  NoticeDue due{
      NoticeId(scene.situation.notices_given_out + 1), NoticeKind::test, "", {}, scene.now + seconds(600)};
  const auto channels = usable(scene.in_force(), catalog::channels_of(scene.in_force(), person), &person, {});
  for (const std::string& each : channels)
    if (command.channel.empty() || command.channel == each) due.routes.push_back({person.id, {each}});
  if (due.routes.empty())
    return fail(ErrorCode::not_found, command.channel.empty() ? "No channel of the catalog reaches you."
                                                              : "You are not reached by a channel " +
                                                                    short_text(command.channel) + ".");
  return Facts{std::move(due)};
}

Result<Facts> decide_on(const Scene& scene, const RecordDelivery& command) {
  TRY(scene.permit(Action::operate));
  const auto is_gone = [&](const NoticeId& id) { return !scene.situation.notices.contains(id); };
  return std::visit(
      [&](auto outcome) -> Result<Facts> {
        std::erase_if(outcome.notices, is_gone);
        if (outcome.notices.empty()) return Facts{};
        if constexpr (std::is_same_v<decltype(outcome), NoticeFailed>)
          outcome.reason = short_text(outcome.reason);
        return Facts{std::move(outcome)};
      },
      command.outcome);
}

Result<Facts> decide_on(const Scene& scene, const PublishText& command) {
  const Emergency* emergency = scene.situation.emergency(command.emergency);
  if (emergency == nullptr)
    return fail(ErrorCode::not_found, "There is no emergency " + command.emergency.text() + ".");
  TRY(scene.permit(Action::publish_text, emergency));
  if (command.audience != NoticeKind::customers && command.audience != NoticeKind::partners)
    return fail(ErrorCode::invalid, "A text is published for customers or for partners.");
  const catalog::FailureMode* mode = scene.in_force().mode(emergency->mode);
  const catalog::Process* process = scene.in_force().process(mode->process);
  if (!process->communication || process->communication->status_page.empty())
    return fail(ErrorCode::conflict, process->id.text() + " names no status page. Send the text yourself.");
  return Facts{NoticeDue{NoticeId(scene.situation.notices_given_out + 1),
                         command.audience,
                         emergency->id.text(),
                         {{{}, {process->communication->status_page}}},
                         scene.now + seconds(3600)}};
}

}  // namespace postern::emergency
