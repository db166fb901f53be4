// A catalog to start from: asks what is missing, writes it, and judges it.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/judge.h"
#include "starter/starter.h"

namespace postern::cli {
namespace {

namespace fs = std::filesystem;

/// Asks a person at a terminal; where nobody sits there, notes what is missing.
class Questions {
 public:
  Questions() : asks_(::isatty(STDIN_FILENO) == 1) {}

  /// Leaves a given answer alone. "" is an answer only where it may be.
  void one(std::string& answer, const char* option, const char* question, const char* otherwise = nullptr) {
    if (!answer.empty()) return;
    if (!asks_) {
      if (otherwise != nullptr)
        answer = otherwise;
      else
        missing_ += std::string(missing_.empty() ? "" : ", ") + option;
      return;
    }
    while (!is_over_) {
      fmt::print(stderr, "{}{}: ", question,
                 otherwise != nullptr && *otherwise != '\0' ? fmt::format(" [{}]", otherwise) : "");
      answer = line();
      if (answer.empty() && otherwise != nullptr) answer = otherwise;
      if (!answer.empty() || otherwise != nullptr) return;
    }
  }
  /// Several, one a line, until an empty one.
  void several(std::vector<std::string>& answers, const char* option, const std::string& question) {
    if (!answers.empty()) return;
    if (!asks_) {
      missing_ += std::string(missing_.empty() ? "" : ", ") + option;
      return;
    }
    fmt::print(stderr, "{} One a line; an empty line ends the list.\n", question);
    for (std::string each = line(); !each.empty(); each = line()) answers.push_back(each);
  }
  [[nodiscard]] Result<void> complete() const {
    if (missing_.empty()) return {};
    return fail(ErrorCode::invalid,
                "Nobody can be asked here. Say these on the command line: " + missing_ + ".");
  }

 private:
  std::string line() {
    std::string out;
    if (!std::getline(std::cin, out)) is_over_ = true;
    return out;
  }

  bool asks_;
  bool is_over_ = false;  ///< standard input has ended
  std::string missing_;
};

constexpr const char* person_form = "Such as: aiko Aiko Tanaka <aiko@example.net>";

Result<void> ask(InitOptions& o) {
  Questions q;
  q.one(o.organization, "--organization", "The company's name");
  q.one(o.emergency_account, "--emergency-account", "The AWS account for nothing but emergency access");
  q.one(o.management_account, "--management-account", "The management account of AWS Organizations");
  q.one(o.log_archive_account, "--log-archive-account", "The account where CloudTrail is archived");
  q.one(o.identity_center_account, "--identity-center-account",
        "The account that administers Identity Center");
  q.one(o.identity_center_region, "--identity-center-region", "Its Region", "us-east-1");
  q.one(o.access_portal, "--access-portal", "The access portal, https://….awsapps.com/start");
  q.one(o.idp_metadata, "--idp-metadata", "Where the IdP serves its SAML metadata (URL)");
  q.one(o.standby_idp_metadata, "--standby-idp-metadata",
        "The same of a standby IdP; nothing if there is none", "");
  q.one(o.sts_regions, "--sts-regions", "Regions for STS, in the order of trying",
        "eu-west-1,us-west-2,ap-northeast-1");
  q.one(o.timezone, "--timezone", "Time zone of the office", "Etc/UTC");
  q.several(o.accounts, "--account",
            "Accounts that must be reached in an emergency. Such as: 200000000001 prod-web.");
  q.several(o.emergency_admins, "--emergency-admin",
            fmt::format("Emergency administrators, at least two. {}.", person_form));
  q.several(o.identity_admins, "--identity-admin",
            "Those who run the IdP and Identity Center, at least two.");
  q.several(o.security_leads, "--security-lead", "Security leads, who declare and approve, at least two.");
  q.several(o.executives, "--executive", "Executives, who are asked when no lead answers, at least two.");
  return q.complete();
}

/// Takes people in as they are named; a lone word is somebody named before.
class Register {
 public:
  Result<std::vector<std::string>> group(const std::vector<std::string>& named) {
    std::vector<std::string> ids;
    for (const std::string& each : named) {
      const bool is_known = std::any_of(people_.begin(), people_.end(),
                                        [&](const starter::Person& person) { return person.id == each; });
      if (!is_known) people_.push_back(TRY(starter::Person::parse(each)));
      ids.push_back(is_known ? each : people_.back().id);
    }
    return ids;
  }
  /// "aiko=~/.ssh/id_ed25519.pub".
  Result<void> key(const std::string& text) {
    const std::size_t equals = text.find('=');
    const auto person = std::find_if(people_.begin(), people_.end(), [&](const starter::Person& each) {
      return equals != std::string::npos && each.id == text.substr(0, equals);
    });
    if (person == people_.end())
      return fail(ErrorCode::invalid,
                  "A key looks like this: aiko=/path/to/id_ed25519.pub, for somebody named here.");
    std::ifstream file(text.substr(equals + 1));
    if (!std::getline(file, person->ssh_key) || person->ssh_key.empty())
      return fail(ErrorCode::not_found, "There is no key in " + text.substr(equals + 1) + ".");
    return {};
  }
  std::vector<starter::Person> take() { return std::move(people_); }

 private:
  std::vector<starter::Person> people_;
};

Result<starter::Answers> answers_of(const InitOptions& o) {
  Register people;
  starter::Groups groups{.emergency_admins = TRY(people.group(o.emergency_admins)),
                         .identity_admins = TRY(people.group(o.identity_admins)),
                         .security_leads = TRY(people.group(o.security_leads)),
                         .executives = TRY(people.group(o.executives))};
  for (const std::string& each : o.keys) TRY(people.key(each));
  std::vector<starter::Account> accounts;
  for (const std::string& each : o.accounts) {
    const std::size_t space = each.find(' ');
    if (space == std::string::npos)
      return fail(ErrorCode::invalid, "An account looks like this: 200000000001 prod-web.");
    accounts.push_back({each.substr(0, space), each.substr(space + 1)});
  }
  std::vector<std::string> regions;
  for (std::size_t from = 0; from <= o.sts_regions.size();) {
    const std::size_t end = std::min(o.sts_regions.find(',', from), o.sts_regions.size());
    regions.push_back(o.sts_regions.substr(from, end - from));
    from = end + 1;
  }
  return starter::Answers{.organization = o.organization,
                          .emergency_account = o.emergency_account,
                          .management_account = o.management_account,
                          .log_archive_account = o.log_archive_account,
                          .identity_center_account = o.identity_center_account,
                          .identity_center_region = o.identity_center_region,
                          .access_portal = o.access_portal,
                          .idp_metadata_url = o.idp_metadata,
                          .standby_idp_metadata_url = o.standby_idp_metadata,
                          .sts_regions = std::move(regions),
                          .timezone = o.timezone,
                          .accounts = std::move(accounts),
                          .people = people.take(),
                          .groups = std::move(groups)};
}

/// Writes nothing when a file is there already: a catalog that somebody has worked on is not ours to replace.
Result<void> write_new(const fs::path& folder, const std::map<std::string, std::string>& files) {
  std::error_code error;
  for (const auto& [path, text] : files) {
    const fs::path parent = (folder / path).parent_path();
    if (parent != folder && fs::is_symlink(fs::symlink_status(parent, error)))
      return fail(ErrorCode::conflict, parent.string() + " is a link. Name another folder.");
  }
  for (const auto& [path, text] : files)
    if (fs::exists(fs::symlink_status(folder / path, error)))
      return fail(ErrorCode::conflict, (folder / path).string() + " is there already. Name another folder.");
  for (const auto& [path, text] : files) {
    fs::create_directories((folder / path).parent_path(), error);
    std::FILE* const file = std::fopen((folder / path).c_str(), "wx");
    if (file == nullptr)
      return fail(ErrorCode::unavailable, (folder / path).string() + " cannot be written.");
    const bool is_written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    if (std::fclose(file) != 0 || !is_written)
      return fail(ErrorCode::unavailable, (folder / path).string() + " cannot be written to its end.");
  }
  return {};
}

Result<int> start(InitOptions options, Format format) {
  TRY(ask(options));
  const std::map<std::string, std::string> files = TRY(starter::files(TRY(answers_of(options))));
  const catalog_file::Reading reading = judged({files});
  std::string faults;
  std::size_t warnings = 0;
  for (const catalog_file::Fault& each : reading.faults) {
    if (each.severity() == catalog::Severity::error)
      faults += "\n" + catalog_file::to_text(each);
    else
      ++warnings;
  }
  if (!reading.catalog)
    return fail(ErrorCode::invalid, "These answers do not make a catalog; nothing was written." + faults);
  TRY(write_new(options.folder, files));
  const std::string catalog = (fs::path(options.folder) / "catalog.yaml").string();
  json::Array written;
  std::string text = "Written:\n";
  for (const auto& [path, content] : files) {
    written.emplace_back((fs::path(options.folder) / path).string());
    text += "  " + (fs::path(options.folder) / path).string() + "\n";
  }
  text += fmt::format(
      "It may be put in force, with {} warnings. Next:\n"
      "  1. Go through {}: lines marked CHANGE hold examples, and everybody needs a key.\n"
      "  2. postern check {}\n"
      "  3. postern lockout {}\n"
      "  4. Read the playbooks aloud to the people who will use them.",
      warnings, catalog, catalog, catalog);
  return print(
      json::Object{{"warnings", static_cast<std::int64_t>(warnings)}, {"written", std::move(written)}}, text,
      format);
}

}  // namespace

int init(const InitOptions& options, Format format) {
  const auto started = start(options, format);
  return started ? *started : report(started.error(), format);
}

}  // namespace postern::cli
