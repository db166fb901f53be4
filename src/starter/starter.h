#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"

/// The catalog that a company starts from: FM1, FM2, FM3, a compromised IdP and the loss of Postern itself,
/// with a playbook in English and Japanese for each process. Pure: answers in, texts out. The texts stand in
/// files/.
namespace postern::starter {

struct Person {
  std::string id;
  std::string name;
  std::string email;
  std::string ssh_key = {};  ///< the line of a .pub file; "" is added later

  /// "aiko Aiko Tanaka <aiko@example.net>".
  static Result<Person> parse(std::string_view text);
};

struct Account {
  std::string id;
  std::string name;
};

/// Ids of the people, in the groups of the starter catalog.
struct Groups {
  std::vector<std::string> emergency_admins;
  std::vector<std::string> identity_admins;
  std::vector<std::string> security_leads;
  std::vector<std::string> executives;
};

struct Answers {
  std::string organization;
  std::string emergency_account;
  std::string management_account;
  std::string log_archive_account;
  std::string identity_center_account;
  std::string identity_center_region;
  std::string access_portal;
  std::string idp_metadata_url;
  std::string standby_idp_metadata_url = {};  ///< "" where there is no standby IdP
  std::vector<std::string> sts_regions;       ///< tried in this order
  std::string timezone;
  std::vector<Account> accounts;
  std::vector<Person> people;
  Groups groups;
};

/// The files by path, "catalog.yaml" among them. Whatever the answers are, the catalog is YAML: values that
/// could be anything else are refused as `invalid`. Whether they make sense is catalog_file::read's to say.
Result<std::map<std::string, std::string>> files(const Answers& answers);

}  // namespace postern::starter
