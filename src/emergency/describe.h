#pragma once

#include "base/json.h"
#include "emergency/confirmation.h"
#include "emergency/situation.h"

/// The situation as JSON, for the API, the command line and state digests. Names are those of
/// docs/openapi.yaml.
namespace postern::emergency {

std::string_view name_of(Verdict verdict);
std::string_view name_of(Decision decision);
std::string_view name_of(ExpiryCause cause);
std::string_view name_of(GrantEnd end);
std::string_view name_of(Stage stage);
std::string_view name_of(SessionState state);
std::string_view name_of(WarningKind kind);
std::string_view name_of(EmergencyEnd end);
std::string_view name_of(OverrideEnd end);
std::string_view name_of(OverrideStage stage);
std::string_view name_of(SkipCause cause);
std::string_view name_of(IncidentEvent event);
std::string_view name_of(NoticeKind kind);  ///< "request.waiting"

json::Value to_json(const Conditions& conditions);
json::Value to_json(const FrozenTier& tier);
json::Value to_json(const RequestTerms& terms);
json::Value to_json(const Emergency& emergency);
json::Value to_json(const Request& request);
json::Value to_json(const Grant& grant);
json::Value to_json(const Session& session);
json::Value to_json(const OverrideTerms& terms);
json::Value to_json(const Override& overriding);
json::Value to_json(const ProbeState& state);
json::Value to_json(const ConditionStatus& status);
json::Value to_json(const Announcement& announcement);
json::Value to_json(const Situation& situation);
json::Array proposals(const Situation& situation);
json::Value to_json(const TimelineItem& item);
json::Value to_json(const DeadLetter& letter);
json::Value to_json(const NoticeRoute& route);
json::Array notices(const Situation& situation);  ///< those on their way
json::Array absences(const Situation& situation);
json::Array self_checks(const Situation& situation);
json::Array upkeep(const Situation& situation);

}  // namespace postern::emergency
