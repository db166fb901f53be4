#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/hash.h"
#include "base/id.h"
#include "base/instant.h"
#include "catalog/calendar.h"
#include "catalog/channel.h"
#include "catalog/condition.h"
#include "catalog/needs.h"
#include "catalog/probe.h"

/// The catalog: a company's whole emergency-access process as values. Written as YAML (catalog_file reads
/// it), put in force by its owners' signatures. Pure.
namespace postern::catalog {

/// In which people are told what happens.
enum class Language { english, japanese };

struct IamUser {
  std::string
      name;  ///< equals the person's id: the emergency role's trust demands SourceIdentity = user name
  std::string mfa_serial;  ///< ARN of the MFA device
};

struct Person {
  PersonId id;
  std::string name;
  std::string email;
  std::string phone = {};
  std::optional<PersonId> manager = {};
  std::optional<PersonId> deputy = {};
  std::vector<std::string> ssh_keys =
      {};  ///< lines as in authorized_keys; unreadable ones are warned of and cannot sign
  std::optional<IamUser> iam_user = {};
  std::vector<std::string> reached_by =
      {};  ///< names of channels, the first one first; empty: every channel that there is
  Language language = Language::english;  ///< in which they are told
};

struct Account {
  AccountId id;
  std::string name;
  std::set<std::string> tags = {};
};

struct Owners {
  std::vector<PersonId> people;
  int quorum = 1;
};

struct Organization {
  std::string name;
  AccountId emergency_account;
  std::optional<AccountId> management_account = {};
  std::optional<AccountId> log_archive_account = {};
  std::vector<std::string> sts_regions;  ///< at least one; tried in this order
  /// ARN of the SNS topic by which AWS itself tells the SOC that an emergency role was used. Where a gate is
  /// detected and not enforced, this is what detects it when everything of ours is silent.
  std::string direct_alert = {};
  Language language = Language::english;  ///< of notices that go to no person alone, such as a chat room's
};

struct IdentityCenter {
  AccountId account;
  std::string region;
  std::string access_portal = {};
};
/// How people come in on a normal day; either or both.
struct Federation {
  std::optional<IdentityCenter> identity_center = {};
  std::vector<SamlProvider> iam_saml = {};
};

/// Where the playbooks are kept for the night when Postern does not answer.
struct PlaybookStore {
  std::string title;
  std::optional<Needs> needs = {};
};

/// Something that people must find true by hand again and again: that the root user's mailbox is answered,
/// that the devices are in the safe.
struct Upkeep {
  std::string statement;
  GroupId by;
  seconds every{7776000};
};

/// Something that normal or emergency access stands on.
struct Dependency {
  std::string title = {};
  std::optional<Needs> needs = {};
};

// --- Failure modes
struct FailureMode {
  ModeId id;
  std::string title;
  std::string leads_to;
  std::vector<std::string> takes_away;  ///< names of dependencies
  Condition confirm;
  std::vector<GroupId> declared_by;
  ProcessId process;
  int seen_by = 1;       ///< so many nodes must see what the confirmation asks of a probe
  seconds lasts{43200};  ///< then the emergency expires, unless somebody extends it
};

// --- Processes
// ---------------------------------------------------------------------------------------------------
enum class Mechanism { iam_user, standby_saml, root_vault, idp_direct_saml };

struct Access {
  Mechanism mechanism = Mechanism::iam_user;
  std::string emergency_role;  ///< role name in the emergency account
  std::string target_role;     ///< role name in the target account
  /// Managed policies that the target role has, by ARN. Empty: whoever deploys the blueprint names them.
  std::vector<std::string> target_policies = {};
  std::set<std::string> target_tags = {};    ///< an account with any of these tags is covered
  std::set<AccountId> target_accounts = {};  ///< and each of these
  /// Roles in the target account that may less than target_role, by falling power: an approver may give one
  /// of them instead.
  std::vector<std::string> smaller_roles = {};
  std::optional<Needs> needs = {};  ///< what this way in stands on besides AWS, e.g. the IdP
  seconds grant_max{14400};
  seconds session_max{3600};
};

/// Some of whom so many must approve. Who stands in it twice counts once.
struct Circle {
  std::vector<GroupId> from = {};
  std::vector<PersonId> people = {};
  int managers = 0;  ///< so many levels up the requester's chain of managers
  int count = 1;
};

/// Asked at once: a circle, and those of `besides`. Each needs its own approvals, and nobody's approval
/// counts in two of them.
struct Tier {
  std::vector<GroupId> from = {};
  int count = 1;                             ///< so many different people must approve
  seconds within{300};                       ///< then the next tier is asked, or the request expires
  std::optional<std::string> calendar = {};  ///< skipped outside of its hours
  std::vector<PersonId> people = {};         ///< beside those of `from`
  int managers = 0;                          ///< as in a Circle
  std::vector<Circle> besides = {};
  std::optional<seconds> remind_after = {};  ///< who has not answered by then; absent: half of `within`
};

enum class WhenNobodyAnswers { deny, override };

/// Going ahead without approval: by these people only. See DESIGN, "override".
struct Override {
  std::vector<GroupId> by;  ///< empty means nobody
  int co_signers = 0;
  seconds objection_window{0};  ///< 0 opens at once
};

/// When people are told without having been asked anything.
enum class Moment {
  suspicion,   ///< raised, or gone
  declared,    ///< also extended
  escalation,  ///< nobody of a tier answered, or there was nobody to ask
  grant,       ///< opened, extended or closed
  override,    ///< made, signed, opened, objected to, ended, reviewed
  finding,     ///< something that no grant explains
  close
};

/// Who is told, and how. Channels in the order of preference: the next one is used when one fails or stands
/// on what is down. Channels that reach a place, such as a chat room, also serve an empty `to`.
struct Telling {
  std::vector<GroupId> to = {};
  std::vector<std::string> channels = {};
};

/// The communication plan of the modes that this process serves.
struct Communication {
  std::map<Moment, Telling> on = {};
  std::string customer_template = {};  ///< name of a text for customers; "" when there is none
  std::string partner_template = {};
  std::string status_page =
      {};  ///< a webhook channel that publishes these texts when a person says so; or ""
};

/// One field of a process's intake form.
struct FormField {
  enum class Kind { text, choice, account, role, duration, ticket };
  std::string id;     ///< a name, unique in the form
  std::string label;  ///< what people read
  Kind kind = Kind::text;
  bool is_required = false;
  std::vector<std::string> choices = {};  ///< of a choice: what may be said, at least one
  std::string pattern = {};               ///< RE2, of the whole value of a text or ticket; "" for any
  std::size_t length_max = 500;           ///< of a text, in bytes
  std::optional<seconds> longest = {};    ///< of a duration
};

/// How much may be open at once. Absent: no limit of this kind.
struct Limits {
  std::optional<int> grants_per_person = {};
  std::optional<int> grants_per_account = {};
  std::optional<int> grants = {};  ///< of the process
};

struct Assumption {
  std::string text;
  std::optional<ProbeId> probe = {};
  bool attest = false;
};

struct Process {
  ProcessId id;
  std::string title;
  std::string use_when;
  std::string do_not_use_when;
  std::vector<ProcessId> alternatives = {};
  std::vector<Assumption> assumptions = {};
  std::vector<GroupId> who_may_request;
  Access access;
  std::vector<Tier> tiers;  ///< at least one
  WhenNobodyAnswers when_nobody_answers = WhenNobodyAnswers::deny;
  std::optional<Override> override_rule = {};
  std::vector<Condition> return_to_normal = {};  ///< all must hold before the emergency is over
  std::optional<Communication> communication = {};
  std::string playbook;  ///< path beside the catalog file
  std::optional<seconds> declared_to_access = {};
  bool by_hand = false;  ///< for the night when Postern does not answer: done from paper, recorded afterwards
  std::optional<seconds> drill_every = {};
  std::optional<Instant> last_drill = {};  ///< the day's first instant in UTC
  std::vector<FormField> form = {};        ///< beside account, duration and reason
  Limits limits = {};
};

/// A text in each language, with placeholders such as {{emergency.id}}.
struct Text {
  std::string title;
  std::string body;
};
/// One that the company writes itself: for customers and partners, or instead of one of ours.
struct Template {
  std::optional<Text> english = {};
  std::optional<Text> japanese = {};
};

/// Another company system, such as a service desk, that may ask for access on somebody's behalf. It can never
/// approve, and the access is for the person alone.
struct Service {
  std::string title = {};
  Digest token;  ///< SHA-256 of its token
  std::vector<ProcessId> processes;
  std::vector<GroupId> may_ask_for;  ///< on behalf of their members, who must be allowed to ask themselves
  std::string channel = {};          ///< a webhook channel that hears of each stage; "" when it polls
};

struct Catalog {
  Owners owners;
  int min_people = 2;
  std::optional<int> emergency_administrators_max = {};  ///< people with an IAM user in the emergency account
  Organization organization;
  Federation federation = {};
  std::vector<Account> accounts;  // in the order of the file, as people expect to see them
  std::map<PersonId, Person> people;
  std::map<GroupId, std::vector<PersonId>> groups;
  std::map<std::string, Calendar> calendars = {};
  std::map<std::string, Dependency> dependencies = {};
  std::map<std::string, Channel> channels = {};
  std::optional<Incidents> incidents = {};
  std::vector<std::string> nodes = {};      ///< host:port of each place where Postern runs
  std::optional<Needs> postern_needs = {};  ///< what Postern itself stands on
  std::optional<PlaybookStore> playbook_store = {};
  std::map<std::string, Upkeep> upkeep = {};
  std::map<ProbeId, Probe> probes;
  std::map<ModeId, FailureMode> modes;
  std::map<ProcessId, Process> processes;
  std::map<std::string, Template> templates = {};
  std::map<std::string, Service> services = {};
  std::map<std::string, std::string> playbooks;            ///< Markdown text by path
  std::map<std::string, std::string> trusted_copies = {};  ///< SAML metadata by path

  [[nodiscard]] const Person* person(const PersonId& id) const;
  [[nodiscard]] const Account* account(const AccountId& id) const;
  [[nodiscard]] const FailureMode* mode(const ModeId& id) const;
  [[nodiscard]] const Process* process(const ProcessId& id) const;
  [[nodiscard]] bool is_member(const GroupId& group, const PersonId& person) const;
  [[nodiscard]] bool is_member_of_any(const std::vector<GroupId>& groups, const PersonId& person) const;
};

/// True when the process reaches that account.
bool covers(const Process& process, const Account& account);
/// True when `mode` may be handled by `process`: its own process, or one that this names as an alternative.
bool handles(const Catalog& catalog, const FailureMode& mode, const ProcessId& process);
/// The probes that a condition names.
std::set<ProbeId> probes_in(const Condition& condition);

std::string_view name_of(Mechanism mechanism);  ///< as in the file: "iam-user"
/// True when AWS or the IdP would let the person in without a grant, so that the gate is an alarm and no
/// lock.
bool is_detected(Mechanism mechanism);

}  // namespace postern::catalog
