#include <algorithm>

#include "catalog_file/forms.h"
#include "catalog_file/sections.h"

namespace postern::catalog_file {
namespace {

void add_account(std::vector<catalog::Account>& accounts, const Value& id_value, const std::string& name) {
  const auto id = id_value.account_id();
  if (!id) return;
  const auto known = [&](const catalog::Account& each) { return each.id == *id; };
  if (std::none_of(accounts.begin(), accounts.end(), known)) accounts.push_back({.id = *id, .name = name});
}

void read_federation(const Value& value, std::vector<catalog::Account>& accounts) {
  if (!value.present()) return;
  const Mapping federation(value, {"identity_center", "iam_saml"});
  if (federation.has("identity_center")) {
    const Mapping center(federation.optional("identity_center"), {"account", "region", "access_portal"});
    add_account(accounts, center.required("account"), "identity-center");
    (void)center.required("region").matching(is_region, "an AWS Region, such as eu-west-1");
    (void)center.optional("access_portal")
        .matching(is_url, "an http:// or https:// address without a password");
  }
  for (const Value& each : federation.optional("iam_saml").items(true)) {
    const Mapping direct(each, {"account", "provider"});
    const Value id = direct.required("account");
    (void)direct.required("provider").line();
    add_account(accounts, id, "iam-saml-" + id.line());
  }
}

void check_node(const Value& value) {
  const Mapping node(value, {"address"});
  (void)node.required("address").matching(is_address, "host:port, by address if it can be");
}

/// Text with `{…}` inside a provider is for the code that will use it; only its syntax is ours to judge.
void check_provider(const Value& value) {
  if (value.present() && value.node()->kind != Node::Kind::mapping)
    value.error("A provider must be a mapping, such as smtp: { url: … }.");
}

}  // namespace

std::optional<catalog::Organization> read_organization(const Value& value) {
  const Mapping organization(
      value, {"name", "emergency_account", "management_account", "log_archive_account", "sts_regions"});
  const auto emergency = organization.required("emergency_account").account_id();
  std::vector<std::string> regions;
  for (const Value& each : organization.required("sts_regions").distinct_items())
    regions.push_back(each.matching(is_region, "an AWS Region, such as eu-west-1"));
  const std::string name = organization.required("name").line();
  const auto management = organization.optional("management_account").account_id();
  const auto log_archive = organization.optional("log_archive_account").account_id();
  if (!emergency) return std::nullopt;
  return catalog::Organization{.name = name,
                               .emergency_account = *emergency,
                               .management_account = management,
                               .log_archive_account = log_archive,
                               .sts_regions = std::move(regions)};
}

std::vector<catalog::Account> read_accounts(const Value& value, const Value& federation) {
  std::vector<catalog::Account> out;
  std::set<std::string> names;
  std::set<AccountId> ids;
  for (const Value& each : value.items()) {
    const Mapping account(each, {"id", "name", "tags"});
    const Value id_value = account.required("id");
    const Value name_value = account.required("name");
    const auto id = id_value.account_id();
    const std::string name = name_value.line(64);
    std::set<std::string> tags;
    for (const Value& tag : account.optional("tags").distinct_items(true)) tags.insert(tag.line(64));
    if (id && !ids.insert(*id).second)
      id_value.error("There are two accounts with the id " + id->text() + ". Remove one of them.");
    if (!name.empty() && !names.insert(name).second)
      name_value.error(
          "There are two accounts of this name. People choose by name: give one of them another.");
    if (id) out.push_back({.id = *id, .name = name, .tags = std::move(tags)});
  }
  read_federation(federation, out);
  return out;
}

void check_calendars(const Value& value) {
  for (const Entry& each : value.entries()) {
    const Mapping calendar(each.value, {"timezone", "weekdays", "hours", "holidays"});
    (void)calendar.required("timezone").matching(is_timezone, "a time zone such as Asia/Tokyo");
    for (const Value& day : calendar.required("weekdays").distinct_items())
      (void)day.one_of({"mon", "tue", "wed", "thu", "fri", "sat", "sun"});
    (void)calendar.required("hours").matching(is_hours, "a span within one day, such as \"09:00-18:00\"");
    for (const Value& day : calendar.optional("holidays").distinct_items(true))
      (void)day.matching(is_date, "a day, such as 2026-12-31");
  }
}

std::map<std::string, catalog::Dependency> read_dependencies(const Value& value) {
  std::map<std::string, catalog::Dependency> out;
  for (const Entry& each : value.entries()) {
    const Mapping dependency(each.value, {"title", "needs"});
    out.try_emplace(each.key.node()->text,
                    catalog::Dependency{.title = dependency.optional("title").line(),
                                        .needs = read_needs(dependency.optional("needs"))});
  }
  return out;
}

std::optional<catalog::Needs> read_needs(const Value& value) {
  if (!value.present()) return std::nullopt;
  if (value.node()->kind == Node::Kind::scalar)
    return catalog::Needs{.dependency = value.name_text(Kind::dependency)};
  const Mapping tree(value, {"all", "any", "k_of"});
  const std::string_view which = tree.exactly_one({"all", "any", "k_of"});
  if (which.empty()) return std::nullopt;
  catalog::Needs out;
  Value list = tree.required(which);
  int k = 1;
  if (which == "k_of") {
    const Mapping k_of(list, {"k", "of"});
    list = k_of.required("of");
    const int size = list.present() ? static_cast<int>(list.node()->items.size()) : 1;
    k = k_of.required("k").integer(1, std::max(size, 1), 1);
  }
  for (const Value& each : list.items())
    if (auto needs = read_needs(each)) out.of.push_back(*std::move(needs));
  out.at_least = which == "all" ? static_cast<int>(out.of.size()) : k;
  return out;
}

void check_channels(const Value& value) {
  for (const Entry& channel : value.entries()) {
    int providers = 0;
    for (const Entry& each : channel.value.entries()) {
      if (each.key.node()->text == "needs") {
        (void)read_needs(each.value);
      } else {
        check_provider(each.value);
        ++providers;
      }
    }
    if (providers != 1)
      channel.key.error("A channel has exactly one provider, such as smtp or pagerduty, and here are " +
                        std::to_string(providers) + ".");
  }
}

void check_incidents(const Value& value) {
  if (!value.present()) return;
  const Mapping incidents(value, {"provider", "required", "link_within"});
  check_provider(incidents.required("provider"));
  (void)incidents.optional("required").one_of({"when_reachable"});
  (void)incidents.optional("link_within").duration(seconds(1), seconds(1));
}

std::optional<catalog::Needs> read_postern(const Value& value) {
  if (!value.present()) return std::nullopt;
  const Mapping postern(value, {"nodes", "needs"});
  for (const Value& each : postern.required("nodes").items()) check_node(each);
  return read_needs(postern.optional("needs"));
}

}  // namespace postern::catalog_file
