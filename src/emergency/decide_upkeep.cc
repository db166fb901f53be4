// What people find true of their own way in, and of what no program can see.
#include "emergency/rules.h"

namespace postern::emergency {

Result<Facts> decide_on(const Scene& scene, const RecordSelfCheck& command) {
  constexpr std::size_t checks_max = 20;
  TRY(scene.permit(Action::check_self));
  if (command.checks.empty() || command.checks.size() > checks_max)
    return fail(ErrorCode::invalid, "A check of oneself has 1 to 20 parts.");
  SelfChecked fact{*scene.by.person, {}};
  for (const Check& each : command.checks)
    fact.checks.push_back({short_text(each.name), each.passed, short_text(each.note)});
  return Facts{std::move(fact)};
}

Result<Facts> decide_on(const Scene& scene, const ConfirmUpkeep& command) {
  const catalog::Upkeep* upkeep = nullptr;
  if (scene.policy.in_force != nullptr)
    if (const auto found = scene.in_force().upkeep.find(command.upkeep);
        found != scene.in_force().upkeep.end())
      upkeep = &found->second;
  TRY(scene.permit(Action::confirm_upkeep, upkeep));
  if (command.statement != upkeep->statement)
    return fail(ErrorCode::conflict,
                "The catalog asks for another statement now. Read it again, and confirm that.");
  return Facts{UpkeepConfirmed{command.upkeep, *scene.by.person, upkeep->statement}};
}

}  // namespace postern::emergency
