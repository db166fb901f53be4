// Enumerators as they stand in entries and in the API.
#include "emergency/describe.h"

namespace postern::emergency {

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::unknown:
      return "unknown";
    case Verdict::up:
      return "up";
    case Verdict::down:
      return "down";
    case Verdict::degraded:
      return "degraded";
  }
  return "";
}

std::string_view name_of(Decision decision) {
  switch (decision) {
    case Decision::approve:
      return "approve";
    case Decision::deny:
      return "deny";
  }
  return "";
}

std::string_view name_of(ExpiryCause cause) {
  switch (cause) {
    case ExpiryCause::unanswered:
      return "unanswered";
    case ExpiryCause::emergency_closed:
      return "emergency_closed";
  }
  return "";
}

std::string_view name_of(GrantEnd end) {
  switch (end) {
    case GrantEnd::expired:
      return "expired";
    case GrantEnd::closed:
      return "closed";
    case GrantEnd::emergency_closed:
      return "emergency_closed";
    case GrantEnd::standing_lost:
      return "standing_lost";
    case GrantEnd::objected:
      return "objected";
  }
  return "";
}

std::string_view name_of(Stage stage) {
  switch (stage) {
    case Stage::awaiting_approval:
      return "awaiting_approval";
    case Stage::granted:
      return "granted";
    case Stage::denied:
      return "denied";
    case Stage::expired:
      return "expired";
    case Stage::withdrawn:
      return "withdrawn";
  }
  return "";
}

std::string_view name_of(SessionState state) {
  switch (state) {
    case SessionState::intended:
      return "intended";
    case SessionState::issued:
      return "issued";
    case SessionState::failed:
      return "failed";
    case SessionState::outcome_unknown:
      return "outcome_unknown";
  }
  return "";
}

std::string_view name_of(WarningKind kind) {
  switch (kind) {
    case WarningKind::expires:
      return "expires";
    case WarningKind::expired:
      return "expired";
    case WarningKind::changed:
      return "changed";
    case WarningKind::deleted:
      return "deleted";
    case WarningKind::mismatch:
      return "mismatch";
  }
  return "";
}

std::string_view name_of(EmergencyEnd end) {
  switch (end) {
    case EmergencyEnd::over:
      return "over";
    case EmergencyEnd::false_alarm:
      return "false_alarm";
    case EmergencyEnd::expired:
      return "expired";
    case EmergencyEnd::objected:
      return "objected";
  }
  return "";
}

std::string_view name_of(OverrideEnd end) {
  switch (end) {
    case OverrideEnd::withdrawn:
      return "withdrawn";
    case OverrideEnd::objected:
      return "objected";
    case OverrideEnd::lapsed:
      return "lapsed";
    case OverrideEnd::standing_lost:
      return "standing_lost";
  }
  return "";
}

std::string_view name_of(OverrideStage stage) {
  switch (stage) {
    case OverrideStage::awaiting_co_signers:
      return "awaiting_co_signers";
    case OverrideStage::open_to_objection:
      return "open_to_objection";
    case OverrideStage::opened:
      return "opened";
    case OverrideStage::ended:
      return "ended";
  }
  return "";
}

std::string_view name_of(SkipCause cause) {
  switch (cause) {
    case SkipCause::nobody_to_ask:
      return "nobody_to_ask";
    case SkipCause::out_of_hours:
      return "out_of_hours";
  }
  return "";
}

std::string_view name_of(IncidentEvent event) {
  switch (event) {
    case IncidentEvent::linked:
      return "linked";
    case IncidentEvent::created:
      return "created";
    case IncidentEvent::verified:
      return "verified";
    case IncidentEvent::missing:
      return "missing";
    case IncidentEvent::closed:
      return "closed";
  }
  return "";
}

std::string_view name_of(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::suspicion_raised:
      return "suspicion.raised";
    case NoticeKind::suspicion_cleared:
      return "suspicion.cleared";
    case NoticeKind::emergency_declared:
      return "emergency.declared";
    case NoticeKind::emergency_extended:
      return "emergency.extended";
    case NoticeKind::emergency_closed:
      return "emergency.closed";
    case NoticeKind::request_waiting:
      return "request.waiting";
    case NoticeKind::request_reminder:
      return "request.reminder";
    case NoticeKind::request_escalated:
      return "request.escalated";
    case NoticeKind::request_answered:
      return "request.answered";
    case NoticeKind::request_ended:
      return "request.ended";
    case NoticeKind::grant_opened:
      return "grant.opened";
    case NoticeKind::grant_extended:
      return "grant.extended";
    case NoticeKind::grant_closed:
      return "grant.closed";
    case NoticeKind::override_made:
      return "override.made";
    case NoticeKind::override_opened:
      return "override.opened";
    case NoticeKind::override_ended:
      return "override.ended";
    case NoticeKind::override_objected:
      return "override.objected";
    case NoticeKind::override_reviewed:
      return "override.reviewed";
    case NoticeKind::incident_overdue:
      return "incident.overdue";
    case NoticeKind::absence_marked:
      return "absence.marked";
    case NoticeKind::test:
      return "notice.test";
    case NoticeKind::customers:
      return "customers";
    case NoticeKind::partners:
      return "partners";
  }
  return "";
}

}  // namespace postern::emergency
