#pragma once

#include <string>
#include <variant>

#include "catalog/catalog.h"
#include "emergency/situation.h"

/// Who may do what. All authorisation is this one call; the whole table is docs/roles.md, and a test reads
/// it.
namespace postern::emergency {

/// What the rules stand on beside the situation: fixed for one decision.
struct Policy {
  const catalog::Catalog* in_force =
      nullptr;         ///< nullptr before the first catalog, when nobody may do anything
  std::string ledger;  ///< origin of the ledger, part of everything that is signed
};

enum class Action {
  read,
  login,
  attest,
  declare,
  close_emergency,
  submit_request,
  answer_request,
  withdraw_request,
  open_session,
  report_session,
  close_grant,
  adopt_catalog,
  propose_catalog,
  sign_catalog,
  check_self,
  report_probe,
  extend_emergency,
  override_confirmation,
  override_approval,
  cosign_override,
  object_to_override,
  withdraw_override,
  review_override,
  confirm_upkeep,
  mark_absent,  ///< and end an absence
  test_notice,
  keep_timeline,
  link_incident,
  publish_text,  ///< for customers and partners
  operate        ///< `operate`: probes, timers, records of the system itself
};
std::string_view name_of(Action action);

/// What the action is about. monostate: nothing in particular.
using Target = std::variant<std::monostate, const catalog::FailureMode*, const catalog::Process*,
                            const Request*, const Grant*, const Session*, const Emergency*,
                            const catalog::Upkeep*, const catalog::Probe*, const Override*, const PersonId*>;

struct Permission {
  bool allowed = false;
  std::string reason;  ///< why, or why not; goes into the entry
};
/// Standing only: says nothing about whether the state allows the action now.
Permission may(const Policy& policy, const Situation& situation, const Actor& actor, Action action,
               const Target& target = {});

}  // namespace postern::emergency
