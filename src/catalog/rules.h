#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace postern::catalog {

enum class Severity { error, warning };

/// What a catalog is held against. The number is the rule's stable code, PC001 for 1; a number is never used
/// again for another rule. 1 to 99: the form of the file; 100: failure modes, probes and processes; 200:
/// approval; 300: people; 400: ways into AWS; 500: what stands on what; 600: what grows old; 700: who is
/// told, and which company systems may ask.
enum class Rule : std::uint16_t {
  not_readable = 1,
  unknown_key = 2,
  missing_key = 3,
  wrong_value = 4,
  unknown_name = 5,
  stands_twice = 6,
  too_large = 7,
  playbook_file = 8,
  placeholder = 9,
  stray_file = 10,

  no_failure_mode = 101,
  nobody_declares = 102,
  never_confirmed = 103,
  unused_process = 104,
  no_alternative = 105,
  no_objective = 106,
  account_without_process = 107,
  covers_no_account = 108,
  nobody_requests = 109,
  no_return_to_normal = 110,
  seen_by_too_many = 111,
  proves_both = 112,
  confirmed_by_probes_alone = 113,
  of_no_metadata = 114,
  too_few_regions = 115,

  no_tier = 201,
  tier_too_small = 202,
  tier_of_requesters = 203,
  tier_of_one = 204,
  one_approver_out_of_hours = 205,
  nobody_out_of_hours = 206,
  waits_exceed_objective = 207,
  too_few_people_suffice = 208,
  too_large_to_judge = 209,
  owners_quorum = 210,
  nobody_overrides = 211,
  keys_missing = 212,
  nobody_objects = 213,
  too_few_managers = 214,
  circles_share_people = 215,
  nobody_approves_them = 216,
  reminder_too_late = 217,

  no_key = 301,
  unreadable_key = 302,
  managers_in_circle = 303,
  own_deputy = 304,
  shared_key = 305,
  too_many_administrators = 306,
  unreachable_person = 307,

  no_sts_region = 401,
  session_too_long = 402,
  no_iam_user = 403,
  some_without_iam_user = 404,
  iam_user_name = 405,
  mfa_device_elsewhere = 406,
  shared_emergency_role = 407,
  no_direct_alert = 408,
  no_copy_to_compare = 409,
  smaller_role_is_none = 410,

  dependency_circle = 501,
  way_needs_what_is_gone = 502,
  channel_needs_what_is_gone = 503,
  approvers_need_what_is_gone = 504,
  playbooks_need_what_is_gone = 505,
  postern_needs_what_is_gone = 506,
  no_channel = 507,
  no_needs_stated = 508,

  never_drilled = 601,
  stale_drill = 602,
  no_drill_planned = 603,
  certificate_expires = 604,
  no_trusted_copy = 605,
  text_missing = 701,
  text_language_missing = 702,
  no_webhook = 703,
  unsigned_webhook = 704,
  tells_nobody = 705,
  service_asks_for_nobody = 706,
};

/// What a rule demands, and why.
struct RuleText {
  Rule rule;
  Severity severity;
  std::string_view title;  ///< what is found, in a few words
  std::string_view why;    ///< what goes wrong on the night if nobody mends it
  std::string_view fix;    ///< what to do
};

/// Every rule, by rising code.
const std::vector<RuleText>& all_rules();
const RuleText& about(Rule rule);

/// "PC001": three digits.
std::string_view code_of(Rule rule);

}  // namespace postern::catalog
