// People come and go: what to do, in which order, and what the catalog's change would mean. Changes nothing
// by itself: the catalog is a file that its owners edit and sign.
#include "catalog/people_change.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "base/encoding.h"
#include "base/json.h"
#include "catalog/difference.h"
#include "catalog/lint.h"
#include "catalog_file/catalog_file.h"
#include "cli/commands.h"
#include "starter/starter.h"

namespace postern::cli {
namespace {

using catalog::Catalog;
using catalog::Person;

/// A guide in the making: numbered steps, each with lines.
class Guide {
 public:
  explicit Guide(std::string title) : text_(std::move(title)) {}
  void step(const std::string& what) {
    text_ += fmt::format("\n\n{}. {}", ++steps_, what);
    json_.push_back(json::Object{{"lines", json::Array{}}, {"step", what}});
  }
  void line(const std::string& line) {
    text_ += "\n     " + line;
    json_.back().as_object()->at("lines").as_array()->push_back(line);
  }
  int print_in(Format format) { return print(json::Object{{"steps", std::move(json_)}}, text_, format); }

 private:
  std::string text_;
  json::Array json_;
  int steps_ = 0;
};

/// Where the id stands as a word of its own, as an editor finds it.
std::vector<std::string> places_of(const catalog_file::Sources& sources, const std::string& id) {
  std::vector<std::string> out;
  const auto is_part_of_a_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == '@';
  };
  for (const auto& [path, text] : sources.files) {
    if (!path.ends_with(".yaml")) continue;
    int number = 0;
    for (std::size_t start = 0; start < text.size();) {
      const std::size_t end = std::min(text.find('\n', start), text.size());
      const std::string line = text.substr(start, end - start);
      ++number;
      start = end + 1;
      const std::string_view code = std::string_view(line).substr(0, line.find(" #"));
      for (std::size_t at = code.find(id); at != std::string_view::npos; at = code.find(id, at + 1)) {
        const std::size_t after = at + id.size();
        if ((at > 0 && is_part_of_a_name(code[at - 1])) ||
            (after < code.size() && is_part_of_a_name(code[after])))
          continue;
        const std::size_t first = line.find_first_not_of(' ');
        out.push_back(fmt::format("{}:{}: {}", path, number,
                                  sanitized(line.substr(first).substr(0, 120), Lines::replace)));
        break;
      }
    }
  }
  return out;
}

/// What the owners will read, and what `check` would say that it does not say now.
void foresee(Guide& guide, const Catalog& before, const Catalog& after) {
  const std::vector<catalog::Change> changes = catalog::difference(before, after);
  if (changes.empty()) return;
  guide.step("What that means, as the owners will read it:");
  for (const catalog::Change& each : changes) guide.line(sanitized(each.what, Lines::replace));
  const std::vector<catalog::Finding> known = catalog::lint(before);
  std::vector<std::string> found;
  for (const catalog::Finding& each : catalog::lint(after))
    if (std::find(known.begin(), known.end(), each) == known.end())
      found.push_back(fmt::format("{}: {} {} [{}]",
                                  each.severity() == catalog::Severity::error ? "error" : "warning",
                                  each.what, each.fix, catalog::code_of(each.rule)));
  if (found.empty()) return;
  guide.step("Then `postern check` would say, too. Mend that in the same change:");
  for (const std::string& each : found) guide.line(each);
}

void put_in_force(Guide& guide, const std::string& file) {
  guide.step("Check it, propose it, and have a quorum of the owners sign:");
  guide.line("postern check " + file);
  guide.line("postern catalog propose " + file);
  guide.line("postern catalog sign DIGEST      # each owner");
}

void deploy(Guide& guide, const std::string& file, const std::string& account) {
  guide.step(fmt::format("Bring AWS in line (account {}); docs/blueprint.md has the commands that deploy it:",
                         account));
  guide.line("postern blueprint " + file + " --out aws");
}

const std::string& emergency_account(const Catalog& catalog) {
  return catalog.organization.emergency_account.text();
}

/// Whoever has the key, the device or an open console session can take an emergency role at any time: AWS
/// asks for no grant. So the user is denied everything first; then what it has is taken away.
void stop_the_user(Guide& guide, const Person& person, const Catalog& catalog) {
  if (!person.iam_user) return;
  const std::string& user = person.iam_user->name;
  guide.step(fmt::format(
      "At once, in the emergency account {}, as its administrator: the user may do nothing, whatever "
      "sessions of it are open.",
      emergency_account(catalog)));
  guide.line("aws iam put-user-policy --user-name " + user +
             " --policy-name Stopped --policy-document "
             "'{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":"
             "\"*\"}]}'");
  guide.line("aws iam delete-login-profile --user-name " + user +
             "   # the console password, if there is one");
  guide.line("aws iam list-access-keys --user-name " + user);
  guide.line("aws iam delete-access-key --user-name " + user + " --access-key-id AKIA…   # each of them");
  guide.line("aws iam deactivate-mfa-device --user-name " + user + " --serial-number " +
             person.iam_user->mfa_serial);
}

/// Sessions of the roles outlive the user that they were taken with.
void revoke_sessions(Guide& guide, const Catalog& catalog, const Person& person) {
  constexpr std::string_view policy =
      "--policy-name AWSRevokeOlderSessions --policy-document "
      "'{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\","
      "\"Condition\":{\"DateLessThan\":{\"aws:TokenIssueTime\":\"'$(date -u +%Y-%m-%dT%H:%M:%SZ)'\"}}}]}'";
  std::set<std::string> emergency_roles;
  std::map<std::string, std::set<std::string>> target_roles;  // by account
  for (const auto& [id, process] : catalog.processes) {
    if (!catalog.is_member_of_any(process.who_may_request, person.id)) continue;
    emergency_roles.insert(process.access.emergency_role);
    for (const catalog::Account& each : catalog.accounts)
      if (covers(process, each)) target_roles[process.access.target_role].insert(each.id.text());
  }
  if (emergency_roles.empty()) return;
  guide.step(
      "End the role sessions that AWS still honours; a grant is not needed to have one. This ends "
      "everybody's. "
      "A service control policy that protects these roles must let you through.");
  for (const std::string& role : emergency_roles)
    guide.line(fmt::format("aws iam put-role-policy --role-name {} {}   # in {}", role, policy,
                           emergency_account(catalog)));
  for (const auto& [role, accounts] : target_roles)
    guide.line(fmt::format("the same with --role-name {} in {} account{}: {}", role, accounts.size(),
                           accounts.size() == 1 ? "" : "s", fmt::join(accounts, ", ")));
}

enum class OldDevice { none, lost };

void new_device(Guide& guide, const Person& person, OldDevice old) {
  const std::string& user = person.iam_user->name;
  const std::string& serial = person.iam_user->mfa_serial;
  const std::string name = serial.substr(serial.find(":mfa/") + 5);
  guide.step("A new TOTP device. STS takes six digits only, no passkey:");
  if (old == OldDevice::lost)
    guide.line("aws iam delete-virtual-mfa-device --serial-number " + serial +
               "   # where it was a virtual one");
  guide.line("(umask 077; aws iam create-virtual-mfa-device --virtual-mfa-device-name " + name +
             " --bootstrap-method QRCodePNG --outfile " + user + ".png)");
  guide.line("aws iam enable-mfa-device --user-name " + user + " --serial-number " + serial +
             " --authentication-code1 … --authentication-code2 …");
  guide.line("shred -u " + user + ".png   # it is the device");
}

void new_access_key(Guide& guide, const std::string& user) {
  guide.step("A new access key, onto the person's own machine and nowhere else:");
  guide.line("aws iam create-access-key --user-name " + user);
  guide.line("Write it into ~/.aws/credentials of the person (mode 0600).");
}

void check_oneself(Guide& guide, const Person& person) {
  guide.step(fmt::format("{} proves that it works, and tells the SOC first:", person.name));
  guide.line("postern me check");
}

Result<std::string> first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line) || line.empty())
    return fail(ErrorCode::not_found, "There is no key in " + path + ".");
  return line;
}

Result<Guide> leave(const PeopleOptions& o, const catalog_file::Sources& sources, const Catalog& catalog,
                    const Person& person) {
  Guide guide(fmt::format("{} ({}) leaves", person.name, person.id.text()));
  stop_the_user(guide, person, catalog);
  revoke_sessions(guide, catalog, person);
  guide.step("Take the id out of these lines:");
  for (const std::string& each : places_of(sources, person.id.text())) guide.line(each);
  foresee(guide, catalog, catalog::without(catalog, person.id));
  put_in_force(guide, o.file);
  if (person.iam_user) {
    guide.step("Then the user itself, and AWS in line with the catalog (docs/blueprint.md has the order):");
    guide.line("aws iam delete-user-policy --user-name " + person.iam_user->name + " --policy-name Stopped");
    guide.line("aws iam delete-user --user-name " + person.iam_user->name +
               "   # groups and other policies first");
    guide.line("postern blueprint " + o.file + " --out aws");
  }
  guide.step("What no program can do:");
  guide.line("Take back the security key, the TOTP device and the paper, and change the safe's combination.");
  guide.line("Take them off the pager, the root user's mailbox and phone, and the IdP's operations group.");
  return guide;
}

Result<Guide> join(const PeopleOptions& o, const Catalog& catalog) {
  const starter::Person said = TRY(starter::Person::parse(o.person));
  Person person{.id = TRY(PersonId::parse(said.id)), .name = said.name, .email = said.email};
  if (catalog.person(person.id) != nullptr)
    return fail(ErrorCode::conflict, said.id + " is in the catalog already.");
  if (!o.ssh_key.empty()) person.ssh_keys = {TRY(first_line(o.ssh_key))};
  std::vector<GroupId> groups;
  bool needs_user = false;
  for (const std::string& each : o.groups) {
    groups.push_back(TRY(GroupId::parse(each)));
    if (!catalog.groups.contains(groups.back()))
      return fail(ErrorCode::not_found, "There is no group " + each + " in the catalog.");
    for (const auto& [id, process] : catalog.processes)
      needs_user = needs_user || (process.access.mechanism == catalog::Mechanism::iam_user &&
                                  std::find(process.who_may_request.begin(), process.who_may_request.end(),
                                            groups.back()) != process.who_may_request.end());
  }
  if (needs_user)
    person.iam_user = catalog::IamUser{
        .name = said.id, .mfa_serial = "arn:aws:iam::" + emergency_account(catalog) + ":mfa/" + said.id};
  Guide guide(fmt::format("{} ({}) joins", person.name, said.id));
  guide.step("Add to `people`:");
  guide.line(fmt::format("- id: {}", said.id));
  guide.line(fmt::format("  name: \"{}\"", person.name));
  guide.line(fmt::format("  email: {}", person.email));
  guide.line(person.ssh_keys.empty()
                 ? "  keys: [{ ssh: \"…\" }]   # the line of their .pub file: ssh-keygen -t ed25519-sk"
                 : fmt::format("  keys: [{{ ssh: \"{}\" }}]", person.ssh_keys.front()));
  if (person.iam_user)
    guide.line(
        fmt::format("  iam_user: {{ name: {}, mfa_serial: \"{}\" }}", said.id, person.iam_user->mfa_serial));
  guide.step("Add the id to these groups:");
  for (const GroupId& each : groups) guide.line(each.text());
  foresee(guide, catalog, catalog::with(catalog, person, groups));
  put_in_force(guide, o.file);
  if (person.iam_user) {
    deploy(guide, o.file, emergency_account(catalog));
    new_device(guide, person, OldDevice::none);
    new_access_key(guide, said.id);
  }
  check_oneself(guide, person);
  return guide;
}

Result<Guide> lost_device(const PeopleOptions& o, const catalog_file::Sources& sources,
                          const Catalog& catalog, const Person& person) {
  Guide guide(fmt::format("{} ({}) has lost a device", person.name, person.id.text()));
  guide.step(
      "Tell the SOC and a security lead, with the time. Until step 2 is done whoever has it may be on the "
      "way in.");
  stop_the_user(guide, person, catalog);
  revoke_sessions(guide, catalog, person);
  guide.step(
      "If the SSH key was on it, replace it. Its signatures count until the changed catalog is in force, so "
      "do this today:");
  for (const std::string& each : places_of(sources, person.id.text())) guide.line(each);
  Person after = person;
  after.ssh_keys =
      o.ssh_key.empty() ? std::vector<std::string>{} : std::vector<std::string>{TRY(first_line(o.ssh_key))};
  foresee(guide, catalog, catalog::with(catalog, after, {}));
  put_in_force(guide, o.file);
  if (person.iam_user) {
    new_device(guide, person, OldDevice::lost);
    new_access_key(guide, person.iam_user->name);
    guide.step("Last, let the user in again:");
    guide.line("aws iam delete-user-policy --user-name " + person.iam_user->name + " --policy-name Stopped");
  }
  check_oneself(guide, person);
  return guide;
}

Result<Guide> new_key(const PeopleOptions& o, const catalog_file::Sources& sources, const Catalog& catalog,
                      const Person& person) {
  if (o.ssh_key.empty()) return fail(ErrorCode::invalid, "Say which key: --ssh-key /path/to/id_ed25519.pub");
  Guide guide(fmt::format("{} ({}) gets a new key", person.name, person.id.text()));
  Person after = person;
  after.ssh_keys.push_back(TRY(first_line(o.ssh_key)));
  guide.step("Add the key to the person's `keys`; the old one stays until the new one has been used:");
  guide.line(fmt::format("{{ ssh: \"{}\" }}", after.ssh_keys.back()));
  for (const std::string& each : places_of(sources, person.id.text())) guide.line(each);
  foresee(guide, catalog, catalog::with(catalog, after, {}));
  put_in_force(guide, o.file);
  guide.step(person.name + " logs in with the new key:");
  guide.line("postern login --key " +
             o.ssh_key.substr(0, o.ssh_key.size() - (o.ssh_key.ends_with(".pub") ? 4 : 0)));
  guide.step("Take the old key out, and put that in force in the same way.");
  return guide;
}

Result<Guide> rotate(const Catalog& catalog, const Person& person) {
  if (!person.iam_user)
    return fail(ErrorCode::not_found,
                person.id.text() + " has no IAM user, so there is no access key to rotate.");
  const std::string& user = person.iam_user->name;
  Guide guide(fmt::format("{} ({}) rotates the access key, in the emergency account {}", person.name, user,
                          emergency_account(catalog)));
  guide.step("Make a second key. AWS allows two, so that nobody is without one:");
  guide.line("aws iam create-access-key --user-name " + user);
  guide.line("Write it as a profile of its own, \"new\", into ~/.aws/credentials of the person (mode 0600).");
  guide.step("Prove that the new key leads in, before the old one goes:");
  guide.line("postern me check --aws-profile new");
  guide.step("Switch the old key off, and look a day later that nothing has missed it:");
  guide.line("aws iam update-access-key --user-name " + user + " --access-key-id AKIA…OLD --status Inactive");
  guide.line("aws iam get-access-key-last-used --access-key-id AKIA…OLD");
  guide.step("Delete it, and name the new profile as the old one was named:");
  guide.line("aws iam delete-access-key --user-name " + user + " --access-key-id AKIA…OLD");
  return guide;
}

Result<Guide> guide_for(const PeopleOptions& o) {
  const catalog_file::Sources sources = TRY(catalog_file::load(o.file));
  // Judged, since its texts become commands.
  const catalog_file::Reading reading = catalog_file::read(sources);
  if (!reading.catalog)
    return fail(ErrorCode::invalid, "This catalog cannot be read. See why: postern check " + o.file);
  if (o.guide == "join") return join(o, *reading.catalog);
  const Person* person = reading.catalog->person(TRY(PersonId::parse(o.person)));
  if (person == nullptr) return fail(ErrorCode::not_found, "There is no " + o.person + " in this catalog.");
  if (o.guide == "leave") return leave(o, sources, *reading.catalog, *person);
  if (o.guide == "lost-device") return lost_device(o, sources, *reading.catalog, *person);
  if (o.guide == "new-key") return new_key(o, sources, *reading.catalog, *person);
  return rotate(*reading.catalog, *person);
}

}  // namespace

int people(const PeopleOptions& options, Format format) {
  auto guide = guide_for(options);
  return guide ? guide->print_in(format) : report(guide.error(), format);
}

}  // namespace postern::cli
