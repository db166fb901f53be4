// Who is away, who was told, and the timeline that people keep.
#include "base/encoding.h"
#include "emergency/describe.h"
#include "server/api.h"
#include "server/described.h"

namespace postern::server {
namespace {

using broker::Published;

constexpr std::size_t note_bytes_max = 2000;

Result<emergency::NoticeKind> audience_of(const std::string& name) {
  if (name == "customers") return emergency::NoticeKind::customers;
  if (name == "partners") return emergency::NoticeKind::partners;
  return fail(ErrorCode::not_found, "There are texts for customers and for partners.");
}

}  // namespace

Api::Answer Api::mark_absent(const Call& call) const {
  json::Reader reader(call.body);
  emergency::MarkAbsent command{.person = TRY(PersonId::parse(TRY(reader.text("person", 64)))),
                                .from = TRY(parse_rfc3339(TRY(reader.text("from", 64)))),
                                .to = TRY(parse_rfc3339(TRY(reader.text("to", 64)))),
                                .statement = TRY(reader.text("statement", 4096)),
                                .signature = TRY(reader.text("signature", 16384))};
  TRY(reader.finish());
  return carry_out(call, std::move(command));
}

Api::Answer Api::end_absence(const Call& call) const {
  TRY(json::Reader(call.body).finish());
  return carry_out(call, emergency::EndAbsence{TRY(PersonId::parse(call.captures[0]))});
}

Api::Answer Api::test_notice(const Call& call) const {
  json::Reader reader(call.body);
  emergency::TestNotice command{TRY(reader.text_or("channel", "", 64))};
  TRY(reader.finish());
  return carry_out(call, std::move(command));
}

Api::Answer Api::notices(const Call& /*call*/) const {
  json::Object out;
  parts_.broker.read([&](const Published& published) {
    json::Array dead;
    for (const emergency::DeadLetter& each : published.situation.dead_letters)
      dead.push_back(emergency::to_json(each));
    out.emplace("dead_letters", std::move(dead));
    out.emplace("on_their_way", emergency::notices(published.situation));
  });
  return out;
}

Api::Answer Api::note_timeline(const Call& call) const {
  json::Reader reader(call.body);
  ledger::PrivatePart part = TRY(private_reason(TRY(reader.text("note", note_bytes_max))));
  TRY(reader.finish());
  emergency::NoteTimeline command{TRY(EmergencyId::parse(call.captures[0])), ledger::commitment(part)};
  return carry_out(call, command, std::move(part));
}

Api::Answer Api::link_incident(const Call& call) const {
  json::Reader reader(call.body);
  emergency::LinkIncident command{TRY(EmergencyId::parse(call.captures[0])),
                                  TRY(reader.text("incident", 64))};
  TRY(reader.finish());
  return carry_out(call, std::move(command));
}

Api::Answer Api::timeline(const Call& call) const {
  const EmergencyId id = TRY(EmergencyId::parse(call.captures[0]));
  Answer answer = fail(ErrorCode::not_found, "There is no emergency " + id.text() + ".");
  parts_.broker.read([&](const Published& published) {
    if (const emergency::Emergency* found = published.situation.emergency(id))
      answer = json::Object{{"emergency", id.text()}, {"timeline", timeline_of(published, *found)}};
  });
  return answer;
}

Api::Answer Api::text(const Call& call) const {
  const EmergencyId id = TRY(EmergencyId::parse(call.captures[0]));
  const emergency::NoticeKind audience = TRY(audience_of(call.captures[1]));
  const auto asked = call.request.query.find("language");
  const bool japanese = asked != call.request.query.end() && asked->second == "ja";
  Answer answer = fail(ErrorCode::not_found, "There is no emergency " + id.text() + ".");
  parts_.broker.read([&](const Published& published) {
    const emergency::Emergency* found = published.situation.emergency(id);
    if (found == nullptr || !parts_.text_for) return;
    const auto text = parts_.text_for(published, *found, audience,
                                      japanese ? catalog::Language::japanese : catalog::Language::english);
    answer = text ? Answer(json::Object{{"body", text->body}, {"title", text->title}})
                  : Answer(tl::unexpected(text.error()));
  });
  return answer;
}

Api::Answer Api::publish_text(const Call& call) const {
  TRY(json::Reader(call.body).finish());
  const emergency::NoticeKind audience = TRY(audience_of(call.captures[1]));
  return carry_out(call, emergency::PublishText{TRY(EmergencyId::parse(call.captures[0])), audience});
}

}  // namespace postern::server
