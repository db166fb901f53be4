#include "emergency/command.h"

#include "emergency/rules.h"

namespace postern::emergency {
namespace {

struct Naming {
  std::string name;
  std::string resource;
};

Naming naming(const AdoptCatalog& c) { return {"catalog.adopt", c.digest.hex().substr(0, 12)}; }
Naming naming(const ObserveProbe& c) { return {"probe.observe", c.probe.text()}; }
Naming naming(const Attest& c) { return {"attestation.make", c.mode.text()}; }
Naming naming(const Declare& c) { return {"emergency.declare", c.mode.text()}; }
Naming naming(const CloseEmergency& c) { return {"emergency.close", c.emergency.text()}; }
Naming naming(const SubmitRequest& c) { return {"request.submit", c.emergency.text()}; }
Naming naming(const AnswerRequest& c) {
  return {c.decision == Decision::approve ? "request.approve" : "request.deny", c.request.text()};
}
Naming naming(const WithdrawRequest& c) { return {"request.withdraw", c.request.text()}; }
Naming naming(const OpenSession& c) { return {"session.open", c.grant.text()}; }
Naming naming(const ReportSession& c) { return {"session.report", c.session.text()}; }
Naming naming(const CloseGrant& c) { return {"grant.close", c.grant.text()}; }
Naming naming(const RecordLogin& /*c*/) { return {"login.open", ""}; }
Naming naming(const RecordRefusal& c) { return {c.refusal.command, c.refusal.resource}; }
Naming naming(const RecordNoise& /*c*/) { return {"noise.count", ""}; }
Naming naming(const RecordClockJump& /*c*/) { return {"clock.record", ""}; }
Naming naming(const ProposeCatalog& c) { return {"catalog.propose", c.digest.hex().substr(0, 12)}; }
Naming naming(const SignCatalog& c) { return {"catalog.sign", c.digest.hex().substr(0, 12)}; }
Naming naming(const RecordSelfCheck& /*c*/) { return {"self.check", ""}; }
Naming naming(const ConfirmUpkeep& c) { return {"upkeep.confirm", short_text(c.upkeep)}; }
Naming naming(const WarnOfProbe& c) { return {"probe.warn", c.probe.text()}; }
Naming naming(const ExtendEmergency& c) { return {"emergency.extend", c.emergency.text()}; }
Naming naming(const ReportProbe& c) { return {"probe.report", c.probe.text()}; }
Naming naming(const MakeOverride& c) {
  const auto* request = std::get_if<RequestId>(&c.what);
  return {"override.make",
          request != nullptr ? request->text() : std::get<OverriddenDeclaration>(c.what).mode.text()};
}
Naming naming(const CosignOverride& c) { return {"override.cosign", c.id.text()}; }
Naming naming(const ObjectToOverride& c) { return {"override.object", c.id.text()}; }
Naming naming(const WithdrawOverride& c) { return {"override.withdraw", c.id.text()}; }
Naming naming(const ReviewOverride& c) { return {"override.review", c.id.text()}; }
Naming naming(const MarkAbsent& c) { return {"absence.mark", c.person.text()}; }
Naming naming(const EndAbsence& c) { return {"absence.end", c.person.text()}; }
Naming naming(const TestNotice& c) { return {"notice.test", short_text(c.channel)}; }
Naming naming(const RecordDelivery& /*c*/) { return {"notice.record", ""}; }
Naming naming(const RecordIncident& c) { return {"incident.record", c.emergency.text()}; }
Naming naming(const LinkIncident& c) { return {"incident.link", c.emergency.text()}; }
Naming naming(const NoteTimeline& c) { return {"timeline.note", c.emergency.text()}; }
Naming naming(const PublishText& c) { return {"text.publish", c.emergency.text()}; }
Naming naming(const Settle& /*c*/) { return {"settle", ""}; }

Naming naming_of(const Command& command) {
  return std::visit([](const auto& each) { return naming(each); }, command);
}

}  // namespace

std::string name_of(const Command& command) { return naming_of(command).name; }
std::string resource_of(const Command& command) { return naming_of(command).resource; }

std::shared_ptr<const catalog::Catalog> candidate_of(const Command& command) {
  if (const auto* adopt = std::get_if<AdoptCatalog>(&command)) return adopt->candidate;
  if (const auto* sign = std::get_if<SignCatalog>(&command)) return sign->candidate;
  return nullptr;
}

std::string Ask::cause() const {
  if (by.is_postern()) return "system";
  return "command:" + answer_name() + "#" + fingerprint.hex().substr(0, 16);
}

std::string Ask::answer_name() const {
  // No person's id holds a colon.
  return (by.person ? by.person->text() : by.text()) + "/" + key;
}

}  // namespace postern::emergency
