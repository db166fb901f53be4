#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/instant.h"
#include "catalog/condition.h"
#include "catalog/needs.h"

/// The catalog: a company's whole emergency-access process as values. Written as YAML (catalog_file reads
/// it), put in force by its owners' signatures. Pure.
namespace postern::catalog {

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
};

/// Something that normal or emergency access stands on.
struct Dependency {
  std::string title = {};
  std::optional<Needs> needs = {};
};

// --- Probes
// ----------------------------------------------------------------------------------------------------
struct SamlMetadataProbe {
  std::string url;
};
struct HttpProbe {
  std::string url;
  int expect = 200;
};
struct TcpProbe {
  std::string host;
  int port = 0;
};
/// A kind that this version keeps but does not run; such a probe stays unknown.
struct OtherProbe {
  std::string kind;
};

struct Probe {
  ProbeId id;
  bool control = false;         ///< tests our own uplink: while it is down, every other verdict is unknown
  std::string dependency = {};  ///< which dependency it watches; "" for a control probe
  std::variant<SamlMetadataProbe, HttpProbe, TcpProbe, OtherProbe> check;
  seconds every{30};
  seconds timeout{5};
  int down_after = 3;  ///< so many failures in a row make it down
  int up_after = 2;    ///< so many successes in a row make it up again
};

struct FailureMode {
  ModeId id;
  std::string title;
  std::string leads_to;
  std::vector<std::string> takes_away;  ///< names of dependencies
  Condition confirm;
  std::vector<GroupId> declared_by;
  ProcessId process;
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
  std::optional<Needs> needs = {};           ///< what this way in stands on besides AWS, e.g. the IdP
  seconds grant_max{14400};
  seconds session_max{3600};
};

struct Tier {
  std::vector<GroupId> from;
  int count = 1;        ///< so many different people must approve
  seconds within{300};  ///< then the next tier is asked, or the request expires
  std::optional<std::string> calendar = {};
};

enum class WhenNobodyAnswers { deny, override };

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
  std::string playbook;  ///< path beside the catalog file
  std::optional<seconds> declared_to_access = {};
  std::optional<seconds> drill_every = {};
};

struct Catalog {
  Owners owners;
  int min_people = 2;
  Organization organization;
  std::vector<Account> accounts;  // in the order of the file, as people expect to see them
  std::map<PersonId, Person> people;
  std::map<GroupId, std::vector<PersonId>> groups;
  std::map<std::string, Dependency> dependencies = {};
  std::optional<Needs> postern_needs = {};  ///< what Postern itself stands on
  std::map<ProbeId, Probe> probes;
  std::map<ModeId, FailureMode> modes;
  std::map<ProcessId, Process> processes;
  std::map<std::string, std::string> playbooks;  ///< Markdown text by path

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

}  // namespace postern::catalog
