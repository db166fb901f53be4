#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/output.h"
#include "cli/settings.h"
#include "client/api.h"
#include "ledger/entry.h"

/// One function for each command; each prints and gives the exit code. run.cc maps the command line to them.
namespace postern::cli {

// --- People
// ----------------------------------------------------------------------------------------------------
int login(const Settings& settings);
int status(const Settings& settings);
/// A mode's confirmation as a tree: what is met, since when, what is missing, what one can do about it.
int confirm(const Settings& settings, const std::string& mode);

struct AttestOptions {
  std::string mode;  ///< a failure mode, an open emergency (is it over?), or an upkeep
  bool yes = false;
};
int attest(const Settings& settings, const AttestOptions& options);

struct DeclareOptions {
  std::string mode;
  std::string incident;
  bool is_override = false;
};
int declare(const Settings& settings, const DeclareOptions& options);

struct RequestOptions {
  std::string emergency;  ///< "" when `extends` or a draft says it
  std::string process;
  std::string account;
  std::string duration;  ///< "" asks for one hour
  std::string reason;
  std::vector<std::string> fields;  ///< "severity=1"
  std::string start;                ///< RFC 3339, or "in 2h"; "" as soon as it is approved
  std::string extends;              ///< a grant (G-1) that is to go on
  std::string draft = {};           ///< a name: what is given is kept under it, and nothing is sent
  std::string from_draft = {};      ///< what was kept under that name; what is given now wins
  bool is_explained_only = false;
  bool yes = false;  ///< acknowledges every warning without being asked
};
/// Says what would be asked of whom, has the warnings acknowledged, and asks for access.
int request(const Settings& settings, const RequestOptions& options);
/// What one may ask for, or what a request would lead to. Nothing is made.
Result<int> explain_request(const RequestOptions& options, client::Api& api, const Settings& settings);
/// A request and its story.
int show_request(const Settings& settings, const std::string& id);
struct DraftsOptions {
  std::string forget;  ///< a name; "" lists all
};
int drafts(const DraftsOptions& options, Format format);

struct AnswerOptions {
  std::string request;
  std::string decision;
  std::string duration;     ///< "" as asked for
  std::string target_role;  ///< "" as asked for
  std::string reason;       ///< of a denial; "" asks on the terminal
  std::string save;         ///< file to write the bytes into that are to be signed; nothing is sent
  std::string as;           ///< with `save`: whose statement, if not one's own
  std::string signed_file;  ///< a statement that was signed elsewhere
  std::string signature;    ///< its signature; "" is `signed_file` + ".sig"
  bool yes = false;
};
int answer(const Settings& settings, const AnswerOptions& options);
int withdraw(const Settings& settings, const std::string& id);

struct AbsenceOptions {
  std::string person;  ///< "" is whoever is logged in
  std::string from;    ///< RFC 3339, a day, "now", or "in 2h"
  std::string to;      ///< the same; a day is meant to its end
};
/// Signs that somebody is away, as themselves or as their manager.
int absent(const Settings& settings, const AbsenceOptions& options);
int back(const Settings& settings, const AbsenceOptions& options);

/// Sends a notice that asks for nothing, and says what became of it on each channel; "" is every channel.
int test_notices(const Settings& settings, const std::string& channel);
int list_notices(const Settings& settings);

int timeline(const Settings& settings, const std::string& emergency);
struct NoteOptions {
  std::string emergency;
  std::string text;  ///< or, to link, the number in the ticket system
};
int note(const Settings& settings, const NoteOptions& options);
int link_incident(const Settings& settings, const NoteOptions& options);
struct AnnounceOptions {
  std::string emergency;
  std::string audience;  ///< customers or partners
  std::string language = "en";
  bool publish = false;
  bool yes = false;
};
/// The prepared text for people outside; sent to the status page only with `publish`.
int announce(const Settings& settings, const AnnounceOptions& options);

/// Makes the token of a service, and the lines of the catalog that let it in. Needs no server.
int service_token(const std::string& name, Format format);

struct CloseOptions {
  std::string id;
  bool is_false_alarm = false;
  std::string reason;  ///< for a false alarm, or when the return to normal is not proven
};
/// Closes an emergency (E-…) or a grant (G-…). What is kept on this machine of the grants that ended is
/// forgotten.
int close(const Settings& settings, const CloseOptions& options);
struct ExtendOptions {
  std::string emergency;
  std::string by;  ///< a duration from now on; "" as long as the mode lasts
};
int extend(const Settings& settings, const ExtendOptions& options);
struct ReportOptions {
  std::string probe;
  std::string verdict;
  std::string because;
};
/// Says how something is that only people can see.
int report_probe(const Settings& settings, const ReportOptions& options);

struct OverrideOptions {
  std::string what;  ///< a failure mode, a request (R-…) or an override (O-…)
  std::string incident;
  std::string reason;  ///< "" asks on the terminal
  bool yes = false;
};
/// Goes ahead without a confirmation, or without an approval, after saying what will happen.
int override_declaration(const Settings& settings, const OverrideOptions& options);
int override_request(const Settings& settings, const OverrideOptions& options);
int show_override(const Settings& settings, const std::string& id);
int cosign(const Settings& settings, const OverrideOptions& options);
int object(const Settings& settings, const OverrideOptions& options);
int withdraw_override(const Settings& settings, const std::string& id);
struct ReviewOptions {
  std::string id;
  bool is_justified = false;
  std::string reason;
};
int review(const Settings& settings, const ReviewOptions& options);

// --- The IdP and AWS
// -----------------------------------------------------------------------------------------------------
struct FederationOptions {
  std::string catalog = "catalog.yaml";
  std::string idp_metadata;  ///< a file instead of what the IdP serves now
  std::string aws_profile;
  std::string language = "en";
  std::string out = ".";
  std::string today;
};
/// What the IdP says of itself beside what AWS holds, in words.
int federation_diff(const FederationOptions& options, Format format);
/// Writes the IdP's metadata and the exact steps that bring it into AWS.
int federation_prepare(const FederationOptions& options, Format format);

struct PlaybookOptions {
  std::string process;  ///< or a failure mode; "" with a catalog: all of them
  std::string grant;
  std::string language;
  std::string catalog;          ///< a file or folder, instead of the server
  std::string format = "text";  ///< text, markdown or html
};
/// A playbook with this emergency's facts filled in, or blank: on the terminal, or as a page to print.
int playbook(const Settings& settings, const PlaybookOptions& options);

struct AccessOptions {
  std::string grant;
  std::string aws_profile;  ///< where the person's own key is
  // At most one of these; with none of them the credentials are only taken and kept.
  std::vector<std::string> command;    ///< to run with the credentials
  bool as_environment = false;         ///< print lines for a shell's eval
  bool as_process_answer = false;      ///< print what credential_process prints; asks nobody anything
  std::optional<std::string> profile;  ///< print a block of this name for ~/.aws/config
};
/// Takes both hops on this machine, or what is kept of them, and hands the credentials on. Gives the exit
/// code of the command that was run.
int access(const Settings& settings, const AccessOptions& options);

// --- Catalog
// -----------------------------------------------------------------------------------------------------
/// What `init` asks for, where it is not said. People: "aiko Aiko Tanaka <aiko@example.net>", or "aiko"
/// again.
struct InitOptions {
  std::string folder = ".";
  std::string organization;
  std::string emergency_account;
  std::string management_account;
  std::string log_archive_account;
  std::string identity_center_account;
  std::string identity_center_region;
  std::string access_portal;
  std::string idp_metadata;
  std::string standby_idp_metadata;
  std::string sts_regions;  ///< separated by commas
  std::string timezone;
  std::vector<std::string> accounts;  ///< "200000000001 prod-web"
  std::vector<std::string> emergency_admins;
  std::vector<std::string> identity_admins;
  std::vector<std::string> security_leads;
  std::vector<std::string> executives;
  std::vector<std::string> keys;  ///< "aiko=/path/to/id_ed25519.pub"
};
/// Writes a catalog to start from, with playbooks; replaces nothing.
int init(const InitOptions& options, Format format);
struct CheckOptions {
  std::string file;             ///< a catalog file, or a folder of them
  std::string format = "text";  ///< text, json or sarif
  std::string today;            ///< a day, "2026-12-01", against which age is judged; "" is today
};
/// Judges a catalog as a compiler judges a program: every fault at once, each with place, code and fix.
int check(const CheckOptions& options, Format format);
/// Says what a rule demands and why: "PC204"; "" lists all rules, "placeholders" those of playbooks.
int explain(const std::string& what, Format format);
/// Prints the JSON Schema of the catalog, for editors.
int schema();
int catalog_status(const Settings& settings);
struct ProposeOptions {
  std::string file;
  bool yes = false;
};
/// Shows what changes, and puts the catalog up for its owners to sign.
int propose_catalog(const Settings& settings, const ProposeOptions& options);
struct DiffOptions {
  std::string before;  ///< file, folder, the start of a digest, or "in-force"
  std::string after;   ///< the same; "" compares `before` with what is in force
  bool text = false;   ///< every line that differs, too
};
/// What changes between two catalogs, in words.
int catalog_diff(const Settings& settings, const DiffOptions& options);
struct MeOptions {
  std::string process;      ///< "" takes the first that the person may request
  std::string aws_profile;  ///< where the person's own key is
};
/// Would this person get in: key, MFA device, both hops with a session that may do nothing. Recorded.
int me_check(const Settings& settings, const MeOptions& options);
struct PeopleOptions {
  std::string guide;   ///< join, leave, lost-device, new-key or rotate-access-key
  std::string person;  ///< an id; for join "zoe Zoe Abe <zoe@example.net>"
  std::string file = "catalog.yaml";
  std::vector<std::string> groups;  ///< for join
  std::string ssh_key;              ///< a .pub file; for join, new-key and lost-device
};
/// What to do when somebody comes, goes, loses or changes something: steps, commands, and what the change of
/// the catalog would mean. Changes nothing.
int people(const PeopleOptions& options, Format format);
struct SignOptions {
  bool yes = false;  ///< of a proposal: do not ask
  std::string file;
  std::string person;
  std::string key;
  std::string replaces;
};
/// Writes <folder of file>/signatures/<person>.json, for `serve` to find.
int sign_catalog(const SignOptions& options, Format format);
/// The same for a proposal on the server, named by the start of its digest, after showing what changes.
int sign_proposed(const Settings& settings, const SignOptions& options);

struct BlueprintOptions {
  std::string file;
  std::string out;  ///< folder
};
/// Writes CloudFormation templates, and stacks.json, which says where each belongs.
int blueprint(const BlueprintOptions& options, Format format);

struct LockoutOptions {
  std::string file;                     ///< a catalog, or an Open-PSA model
  std::vector<std::string> down;        ///< "dependency=down", more than once
  std::size_t size_max = 0;             ///< list cut sets of so many events at most; 0: all
  std::optional<std::size_t> list_max;  ///< cut sets listed for each tree; otherwise 50, in JSON 100,000
  std::string open_psa_folder;          ///< writes each tree there as well
  std::string picture_folder;           ///< writes a picture of each case there as well, and a page of all
};
/// Says which failures together leave nobody able to get in; or judges a fault tree in the Open-PSA format.
int lockout(const LockoutOptions& options, Format format);

// --- Ledger
// --------------------------------------------------------------------------------------------------------
/// Where a ledger is read from.
class LedgerSource {
 public:
  struct Row {
    std::uint64_t index = 0;
    Bytes bytes;
    std::optional<Digest> leaf;  ///< as recorded beside the bytes
  };
  virtual ~LedgerSource() = default;
  virtual Result<std::uint64_t> size() = 0;
  virtual Result<std::vector<Row>> read(std::uint64_t from, std::size_t count) = 0;
  virtual Result<std::string> checkpoint() = 0;
  virtual Result<std::string> vkey() = 0;
};
/// Opens the database in a server's state folder, also while the server runs or when the ledger is damaged.
using OpenState = std::function<Result<std::unique_ptr<LedgerSource>>(const std::string& folder)>;

struct LedgerOptions {
  std::string state;  ///< a server's state folder; "" asks the server instead
  std::string key;  ///< verify against this vkey, from somewhere else than the ledger; "" takes its own word
  std::uint64_t from = 0;
  std::string type;
  std::uint64_t index = 0;
  std::string out;
};
int ledger_verify(const Settings& settings, const LedgerOptions& options, const OpenState& open);
int ledger_show(const Settings& settings, const LedgerOptions& options, const OpenState& open);
int ledger_proof(const Settings& settings, const LedgerOptions& options, const OpenState& open);
/// Writes the ledger as static C2SP tiles, for postern-ledger-verify or any web server.
int ledger_export(const Settings& settings, const LedgerOptions& options, const OpenState& open);

// --- Rehearsal
// -------------------------------------------------------------------------------------------------------
struct AutoScalingOptions {
  std::string group;
  std::int64_t set_max = -1;
  std::string region;
};
/// A few lines of AWS client, for rehearsals on machines without the AWS CLI. Credentials come from the
/// environment.
int autoscaling(const AutoScalingOptions& options, Format format);

}  // namespace postern::cli
