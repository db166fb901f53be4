#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "emergency/situation.h"

/// Is it an emergency, and is it over? A mode's confirmation rule, and its process's return to normal, held
/// against what probes and people have said.
namespace postern::emergency {

/// One node of the rule with its answer, shaped like the rule, so that people see what is met and what is
/// missing.
struct ConditionStatus {
  std::string text;  ///< in words: "probe okta is down for at least 5m"
  bool met = false;
  std::string note;  ///< why (not), and since when
  std::vector<ConditionStatus> parts = {};
};
ConditionStatus evaluate(const catalog::Condition& condition, const catalog::Catalog& catalog,
                         const Situation& situation, const ModeId& mode, Instant now);

/// What people said before the mode's last emergency ended says nothing of the next one.
Instant said_since(const Situation& situation, const ModeId& mode);

/// Whether normal access works again: all that the return to normal of the mode's process asks for, said
/// since the emergency was declared. Met when it asks for nothing, or when the mode is no longer in the
/// catalog.
ConditionStatus evaluate_return(const catalog::Catalog& catalog, const Situation& situation,
                                const Emergency& emergency, Instant now);

/// True when the probes say that the mode may be on, whatever people have attested: some branch of the rule
/// rests on a probe that is down, and no probe contradicts it. Required durations are not waited for.
bool is_suspected(const catalog::FailureMode& mode, const Situation& situation);

/// What is missing, in words, one line each; empty when the rule is met.
std::vector<std::string> missing(const ConditionStatus& status);

/// The statements that `person` can attest to for this condition; several if it asks several of them.
std::vector<std::string> statements_for(const catalog::Condition& condition, const catalog::Catalog& catalog,
                                        const PersonId& person);
/// The same for the return to normal of the mode's process.
std::vector<std::string> return_statements_for(const catalog::FailureMode& mode,
                                               const catalog::Catalog& catalog, const PersonId& person);

}  // namespace postern::emergency
