#include "starter/starter.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "base/id.h"
#include "starter/texts.h"

namespace postern::starter {
namespace {

using Places = std::map<std::string, std::string, std::less<>>;

constexpr std::string_view if_standby = "{{if_standby}}";

/// What may stand inside double quotes in YAML as it is.
bool is_quotable(std::string_view text) {
  return text.size() <= 256 && is_printable_text(text) &&
         text.find_first_of("\"\\\n\t") == std::string_view::npos;
}

/// What may stand bare in a list in brackets: names, Regions, time zones.
bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-/+").find(c) != std::string_view::npos;
  }) && text[0] != '-';
}

Result<void> demand(bool holds, const std::string& what) {
  if (holds) return {};
  return fail(ErrorCode::invalid, what);
}

Result<void> check(const Answers& answers) {
  for (const auto* each : {&answers.organization, &answers.access_portal, &answers.idp_metadata_url,
                           &answers.standby_idp_metadata_url})
    TRY(demand(is_quotable(*each), "An answer has a quote, a backslash, a line break, or is too long: " +
                                       sanitized(each->substr(0, 64), Lines::replace)));
  for (const auto* each : {&answers.emergency_account, &answers.management_account,
                           &answers.log_archive_account, &answers.identity_center_account})
    TRY(AccountId::parse(*each));
  TRY(demand(is_word(answers.identity_center_region) && is_word(answers.timezone),
             "A Region looks like eu-west-1, a time zone like Asia/Tokyo."));
  TRY(demand(!answers.sts_regions.empty(), "Name at least one Region for STS, better three far apart."));
  for (const std::string& each : answers.sts_regions)
    TRY(demand(is_word(each), "A Region looks like eu-west-1."));
  TRY(demand(!answers.accounts.empty(), "Name at least one account that must be reached in an emergency."));
  for (const Account& each : answers.accounts) {
    TRY(AccountId::parse(each.id));
    TRY(demand(!each.name.empty() && is_quotable(each.name),
               "The name of account " + each.id + " cannot be used."));
  }
  for (const Person& each : answers.people) {
    TRY(PersonId::parse(each.id));
    TRY(demand(is_quotable(each.name) && is_quotable(each.email) && is_printable_text(each.ssh_key) &&
                   each.ssh_key.find_first_of("\"\\\n") == std::string::npos,
               "The name, address or key of " + each.id + " has a quote, a backslash or a line break."));
  }
  return {};
}

std::string joined(const std::vector<std::string>& words, std::string_view before = "") {
  std::string out;
  for (const std::string& each : words) out += fmt::format("{}{}{}", out.empty() ? "" : ", ", before, each);
  return out;
}

std::string in_yaml(const Person& person, bool has_iam_user, const std::string& emergency_account) {
  std::string out =
      fmt::format("  - id: {}\n    name: \"{}\"\n    email: \"{}\"\n", person.id, person.name, person.email);
  out += person.ssh_key.empty() ? "    keys: []   # CHANGE: - { ssh: \"the line of their .pub file\" }\n"
                                : fmt::format("    keys: [{{ ssh: \"{}\" }}]\n", person.ssh_key);
  if (has_iam_user)
    out += fmt::format("    iam_user: {{ name: {0}, mfa_serial: \"arn:aws:iam::{1}:mfa/{0}\" }}\n", person.id,
                       emergency_account);
  return out;
}

/// Everybody who takes a way in with an IAM user of their own.
std::set<std::string> users(const Groups& groups) {
  std::set<std::string> out(groups.emergency_admins.begin(), groups.emergency_admins.end());
  out.insert(groups.identity_admins.begin(), groups.identity_admins.end());
  return out;
}

/// Those who answer for the catalog: they look after it, or answer for what it permits.
std::vector<std::string> owners(const Groups& groups) {
  std::vector<std::string> out = groups.security_leads;
  for (const std::string& each : groups.identity_admins)
    if (std::find(out.begin(), out.end(), each) == out.end()) out.push_back(each);
  return out;
}

std::string without_last_line_end(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

Places places_for(const Answers& answers) {
  std::string accounts;
  for (const Account& each : answers.accounts)
    accounts += fmt::format("  - {{ id: \"{}\", name: \"{}\", tags: [production] }}\n", each.id, each.name);
  const std::set<std::string> with_user = users(answers.groups);
  std::string people;
  for (const Person& each : answers.people)
    people += in_yaml(each, with_user.contains(each.id), answers.emergency_account);
  std::string sts;
  for (const std::string& each : answers.sts_regions)
    sts += fmt::format("  sts-{}: {}\n", each,
                       each == answers.identity_center_region ? "{ needs: identity-center-region }" : "{}");
  const bool has_standby = !answers.standby_idp_metadata_url.empty();
  return {{"access_portal", answers.access_portal},
          {"accounts", without_last_line_end(accounts)},
          {"and_standby", has_standby ? ", standby-idp" : ""},
          {"emergency_account", answers.emergency_account},
          {"emergency_admins", joined(answers.groups.emergency_admins)},
          {"executives", joined(answers.groups.executives)},
          {"identity_admins", joined(answers.groups.identity_admins)},
          {"identity_center_account", answers.identity_center_account},
          {"identity_center_region", answers.identity_center_region},
          {"idp_metadata_url", answers.idp_metadata_url},
          {"log_archive_account", answers.log_archive_account},
          {"management_account", answers.management_account},
          {"organization", answers.organization},
          {"owners", joined(owners(answers.groups))},
          {"people", without_last_line_end(people)},
          {"security_leads", joined(answers.groups.security_leads)},
          {"standby_idp_metadata_url", answers.standby_idp_metadata_url},
          {"sts_dependencies", without_last_line_end(sts)},
          {"sts_names", joined(answers.sts_regions, "sts-")},
          {"sts_regions", joined(answers.sts_regions)},
          {"the_idps", has_standby ? "both IdPs" : "the IdP"},
          {"timezone", answers.timezone}};
}

std::string filled(std::string_view line, const Places& places) {
  std::string out;
  while (true) {
    const std::size_t open = line.find("{{");
    out += line.substr(0, open);
    if (open == std::string_view::npos) return out;
    const std::size_t close = line.find("}}", open);
    ENSURE(close != std::string_view::npos);
    const auto place = places.find(line.substr(open + 2, close - open - 2));
    ENSURE(place != places.end());  // the template is ours
    out += place->second;
    line.remove_prefix(close + 2);
  }
}

std::string filled_catalog(std::string_view text, const Places& places, bool has_standby) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end);
    if (line.starts_with(if_standby)) {
      if (!has_standby) continue;
      line.remove_prefix(if_standby.size());
    }
    out += filled(line, places);
  }
  return out;
}

}  // namespace

Result<Person> Person::parse(std::string_view text) {
  const std::size_t space = text.find(' ');
  const std::size_t open = text.rfind('<');
  if (space == std::string_view::npos || open == std::string_view::npos || open <= space ||
      !text.ends_with('>'))
    return fail(
        ErrorCode::invalid,
        "A person looks like this: aiko Aiko Tanaka <aiko@example.net>. The first word is the name of "
        "their IAM user.");
  std::string_view name = text.substr(space + 1, open - space - 1);
  while (name.ends_with(' ')) name.remove_suffix(1);
  const PersonId id = TRY(PersonId::parse(text.substr(0, space)));
  return Person{.id = id.text(),
                .name = std::string(name),
                .email = std::string(text.substr(open + 1, text.size() - open - 2))};
}

Result<std::map<std::string, std::string>> files(const Answers& answers) {
  TRY(check(answers));
  const Places places = places_for(answers);
  std::map<std::string, std::string> out;
  for (const auto& [path, text] : texts())
    out.emplace(path, path == "catalog.yaml"
                          ? filled_catalog(text, places, !answers.standby_idp_metadata_url.empty())
                          : std::string(text));
  return out;
}

}  // namespace postern::starter
