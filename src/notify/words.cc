#include "notify/words.h"

#include "emergency/describe.h"
#include "notify/texts.h"
#include "notify/words_parts.h"

namespace postern::notify {
namespace {

using broker::Published;
using catalog::Language;
using emergency::NoticeKind;

Language language_for(const Published& published, const std::vector<PersonId>& people) {
  const catalog::Person* only = people.size() == 1 ? published.in_force->person(people.front()) : nullptr;
  return only != nullptr ? only->language : published.in_force->organization.language;
}

/// The catalog's text of that name, in the language or else in the other; nullptr when there is none.
const catalog::Text* own_text(const Published& published, const std::string& name, Language language) {
  const auto found = published.in_force->templates.find(name);
  if (found == published.in_force->templates.end()) return nullptr;
  const auto& [english, japanese] = found->second;
  const auto& first = language == Language::japanese ? japanese : english;
  const auto& second = language == Language::japanese ? english : japanese;
  if (first) return &*first;
  return second ? &*second : nullptr;
}

const catalog::Text& text_of(const Published& published, const std::string& name, const std::string& kind,
                             Language language) {
  if (const catalog::Text* own = own_text(published, name, language)) return *own;
  const catalog::Text* ours = builtin(kind, language);
  ENSURE(ours != nullptr);
  return *ours;
}

/// The name of the text for customers or partners of the emergency's process; the kind's own otherwise.
std::string text_name(const Published& published, NoticeKind kind, const std::string& about) {
  const std::string plain(emergency::name_of(kind));
  if (kind != NoticeKind::customers && kind != NoticeKind::partners) return plain;
  const auto id = EmergencyId::parse(about);
  const emergency::Emergency* found = id ? published.situation.emergency(*id) : nullptr;
  const catalog::FailureMode* mode = found == nullptr ? nullptr : published.in_force->mode(found->mode);
  const catalog::Process* process = mode == nullptr ? nullptr : published.in_force->process(mode->process);
  if (process == nullptr || !process->communication) return plain;
  const std::string& named = kind == NoticeKind::customers ? process->communication->customer_template
                                                           : process->communication->partner_template;
  return named.empty() ? plain : named;
}

std::vector<Recipient> recipients(const Published& published, const std::vector<PersonId>& people) {
  std::vector<Recipient> out;
  for (const PersonId& id : people)
    if (const catalog::Person* person = published.in_force->person(id))
      out.push_back({id.text(), person->name, person->email, person->phone});
  return out;
}

/// Opening it shows something and changes nothing: there is no address that acts on being read.
std::string link_to(const std::string& page, const std::string& about) {
  if (page.empty()) return "";
  if (EmergencyId::parse(about)) return page + "/emergencies/" + about;
  if (RequestId::parse(about)) return page + "/requests/" + about;
  if (GrantId::parse(about)) return page + "/grants/" + about;
  if (OverrideId::parse(about)) return page + "/overrides/" + about;
  return page + "/";
}

bool is_over(NoticeKind kind) {
  return kind == NoticeKind::suspicion_cleared || kind == NoticeKind::emergency_closed ||
         kind == NoticeKind::request_answered || kind == NoticeKind::request_ended ||
         kind == NoticeKind::grant_closed || kind == NoticeKind::override_ended ||
         kind == NoticeKind::override_reviewed;
}

/// For programs: numbers, stages and names that stand in the ledger, and no words of people.
json::Object data_of(const Published& published, const emergency::Notice& notice) {
  json::Object out{{"about", notice.about},
                   {"kind", emergency::name_of(notice.kind)},
                   {"organization", published.in_force->organization.name}};
  const emergency::Situation& situation = published.situation;
  // A status page may be anybody's: it gets what is meant for everybody.
  if (notice.kind == NoticeKind::customers || notice.kind == NoticeKind::partners) return out;
  if (const auto id = EmergencyId::parse(notice.about); id && situation.emergency(*id) != nullptr)
    out.emplace("emergency", to_json(*situation.emergency(*id)));
  if (const auto id = RequestId::parse(notice.about); id && situation.request(*id) != nullptr)
    out.emplace("request", to_json(*situation.request(*id)));
  if (const auto id = GrantId::parse(notice.about); id && situation.grant(*id) != nullptr) {
    out.emplace("grant", to_json(*situation.grant(*id)));
    out.emplace("request", to_json(*situation.request(situation.grant(*id)->request)));
  }
  if (const auto id = OverrideId::parse(notice.about); id && situation.override_of(*id) != nullptr)
    out.emplace("override", to_json(*situation.override_of(*id)));
  return out;
}

/// Whom a message names as its readers.
std::string names_of(const std::vector<Recipient>& people) {
  std::string out;
  for (const Recipient& each : people) out += (out.empty() ? "" : ", ") + each.name;
  return out;
}

/// "N-12-mail-aiko": no character that a receiver could stumble over.
std::string id_of(NoticeId id, const Destination& destination) {
  std::string out = id.text() + "-" + destination.channel;
  if (destination.people.size() == 1) out += "-" + destination.people.front().text();
  return out;
}

}  // namespace

Urgency urgency_of(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::request_waiting:
    case NoticeKind::request_reminder:
    case NoticeKind::emergency_declared:
    case NoticeKind::override_made:
    case NoticeKind::override_opened:
    case NoticeKind::incident_overdue:
      return Urgency::urgent;
    case NoticeKind::suspicion_raised:
    case NoticeKind::emergency_extended:
    case NoticeKind::request_escalated:
    case NoticeKind::request_ended:
    case NoticeKind::grant_opened:
    case NoticeKind::grant_extended:
    case NoticeKind::override_objected:
    case NoticeKind::absence_marked:
    case NoticeKind::customers:
    case NoticeKind::partners:
      return Urgency::normal;
    case NoticeKind::suspicion_cleared:
    case NoticeKind::emergency_closed:
    case NoticeKind::request_answered:
    case NoticeKind::grant_closed:
    case NoticeKind::override_ended:
    case NoticeKind::override_reviewed:
    case NoticeKind::test:
      return Urgency::quiet;
  }
  return Urgency::normal;
}

Message message_for(const Published& published, const NumberedNotice& numbered,
                    const Destination& destination) {
  const auto& [id, notice] = numbered;
  const Language language = language_for(published, destination.people);
  Message out{.id = id_of(id, destination),
              .kind = std::string(emergency::name_of(notice.kind)),
              .about = notice.about,
              .urgency = urgency_of(notice.kind),
              .is_over = is_over(notice.kind),
              .at = notice.at,
              .title = {},
              .body = {},
              .language = language == Language::japanese ? "ja" : "en",
              .link = link_to(destination.page, notice.about),
              .to = recipients(published, destination.people),
              .data = data_of(published, notice)};
  Fields fields = fields_of({published, notice.kind, notice.about, language});
  fields["at"] = written(notice.at);
  fields["link"] = out.link;
  fields["recipient.name"] = names_of(out.to);
  const catalog::Text text =
      fill(text_of(published, text_name(published, notice.kind, notice.about), out.kind, language), fields);
  out.title = text.title;
  out.body = text.body;
  return out;
}

Message digest_for(const Published& published, const std::vector<NumberedNotice>& notices,
                   const Destination& destination) {
  ENSURE(notices.size() > 1);
  std::vector<std::string> titles;
  Message out;
  for (const NumberedNotice& each : notices) {
    Message one = message_for(published, each, destination);
    titles.push_back(one.title);
    if (titles.size() == 1) {
      out = std::move(one);
    } else {
      out.urgency = std::max(out.urgency, one.urgency);
    }
  }
  const Language language = out.language == "ja" ? Language::japanese : Language::english;
  out.id = notices.front().first.text() + "-to-" + id_of(notices.back().first, destination);
  out.kind = "digest";
  out.about = "";
  out.is_over = false;
  out.link = link_to(destination.page, "");
  out.data = {};
  const catalog::Text text = fill_digest(
      text_of(published, "digest", "digest", language), titles,
      {{"command", "postern status"}, {"link", out.link}, {"count", std::to_string(notices.size())}});
  out.title = text.title;
  out.body = text.body;
  return out;
}

Result<catalog::Text> text_for(const Published& published, const emergency::Emergency& emergency,
                               NoticeKind audience, Language language) {
  if (published.in_force->mode(emergency.mode) == nullptr)
    return fail(ErrorCode::not_found, "The mode of " + emergency.id.text() + " is no longer in the catalog.");
  const std::string about = emergency.id.text();
  Fields fields = fields_of({published, audience, about, language});
  fields["at"] = written(published.situation.last_at);
  return fill(text_of(published, text_name(published, audience, about),
                      std::string(emergency::name_of(audience)), language),
              fields);
}

}  // namespace postern::notify
