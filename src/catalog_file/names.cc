#include "catalog_file/names.h"

namespace postern::catalog_file {

std::string_view word_for(Kind kind) {
  switch (kind) {
    case Kind::account:
      return "account";
    case Kind::calendar:
      return "calendar";
    case Kind::channel:
      return "channel";
    case Kind::dependency:
      return "dependency";
    case Kind::group:
      return "group";
    case Kind::mode:
      return "failure mode";
    case Kind::person:
      return "person";
    case Kind::probe:
      return "probe";
    case Kind::process:
      return "process";
    case Kind::tag:
      return "account tag";
  }
  return "";
}

Names Names::in(const Node& root) {
  Names names;
  names.add_keys(Kind::calendar, root.find("calendars"));
  names.add_keys(Kind::channel, root.find("channels"));
  names.add_keys(Kind::dependency, root.find("dependencies"));
  names.add_keys(Kind::group, root.find("groups"));
  names.add_keys(Kind::mode, root.find("failure_modes"));
  names.add_keys(Kind::probe, root.find("probes"));
  names.add_keys(Kind::process, root.find("processes"));
  names.add_each(Kind::person, root.find("people"), "id");
  names.add_each(Kind::account, root.find("accounts"), "id");
  if (const Node* accounts = root.find("accounts"))
    for (const auto& account : accounts->items)
      if (const Node* tags = account->find("tags"))
        for (const auto& tag : tags->items) names.of(Kind::tag).insert(tag->text);
  if (const Node* federation = root.find("federation")) {
    if (const Node* center = federation->find("identity_center"))
      if (const Node* account = center->find("account")) names.of(Kind::account).insert(account->text);
    names.add_each(Kind::account, federation->find("iam_saml"), "account");
  }
  return names;
}

bool Names::has(Kind kind, std::string_view name) const {
  return names_[static_cast<std::size_t>(kind)].contains(name);
}

std::vector<std::string_view> Names::all(Kind kind) const {
  const auto& names = names_[static_cast<std::size_t>(kind)];
  return {names.begin(), names.end()};
}

void Names::add_keys(Kind kind, const Node* mapping) {
  if (mapping == nullptr) return;
  for (const Member& each : mapping->members) of(kind).insert(each.key->text);
}

void Names::add_each(Kind kind, const Node* list, std::string_view member) {
  if (list == nullptr) return;
  for (const auto& each : list->items)
    if (const Node* name = each->find(member)) of(kind).insert(name->text);
}

}  // namespace postern::catalog_file
