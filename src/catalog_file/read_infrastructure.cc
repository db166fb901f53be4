#include <algorithm>
#include <array>

#include "catalog_file/forms.h"
#include "catalog_file/sections.h"
#include "catalog_file/suggest.h"
#include "catalog_file/time_zone.h"

namespace postern::catalog_file {
namespace {

constexpr std::array<std::string_view, 7> weekdays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

catalog::Calendar read_calendar(const Value& value) {
  const Mapping calendar(value, {"timezone", "weekdays", "hours", "holidays"});
  catalog::Calendar out;
  const Value zone = calendar.required("timezone");
  out.timezone = zone.matching(is_timezone, "a time zone such as Asia/Tokyo");
  auto offsets = offset_changes(out.timezone);
  if (!offsets && is_timezone(out.timezone)) {
    const std::vector<std::string> names = zone_names();
    zone.fault(catalog::Rule::unknown_name, "There is no time zone \"" + out.timezone + "\"." +
                                                hint(out.timezone, {names.begin(), names.end()}));
  }
  out.offsets = std::move(offsets).value_or(std::vector<catalog::OffsetChange>{{}});
  for (const Value& day : calendar.required("weekdays").distinct_items()) {
    const std::string name = day.one_of({weekdays.begin(), weekdays.end()});
    const auto found = std::find(weekdays.begin(), weekdays.end(), name);
    if (found != weekdays.end()) out.weekdays.at(static_cast<std::size_t>(found - weekdays.begin())) = true;
  }
  const std::string hours =
      calendar.required("hours").matching(is_hours, "a span within one day, such as \"09:00-18:00\"");
  const auto [opens, closes] = hours_of(hours).value_or(std::pair(0, 0));
  out.opens = std::chrono::minutes(opens);
  out.closes = std::chrono::minutes(closes);
  for (const Value& day : calendar.optional("holidays").distinct_items(true))
    out.holidays.insert(day.matching(is_date, "a day that exists, such as 2026-12-31"));
  return out;
}

}  // namespace

std::optional<catalog::Organization> read_organization(const Value& value) {
  const Mapping organization(value, {"name", "emergency_account", "management_account", "log_archive_account",
                                     "sts_regions", "direct_alert", "language"});
  const auto emergency = organization.required("emergency_account").account_id();
  std::vector<std::string> regions;
  for (const Value& each : organization.required("sts_regions").distinct_items())
    regions.push_back(each.matching(is_region, "an AWS Region, such as eu-west-1"));
  const std::string name = organization.required("name").line();
  const auto management = organization.optional("management_account").account_id();
  const auto log_archive = organization.optional("log_archive_account").account_id();
  const std::string direct_alert =
      organization.optional("direct_alert")
          .matching(is_topic_arn, "an SNS topic's ARN, arn:aws:sns:<region>:<account>:<name>");
  if (!emergency) return std::nullopt;
  return catalog::Organization{.name = name,
                               .emergency_account = *emergency,
                               .management_account = management,
                               .log_archive_account = log_archive,
                               .sts_regions = std::move(regions),
                               .direct_alert = direct_alert,
                               .language = read_language(organization.optional("language"))};
}

std::vector<catalog::Account> read_accounts(const Value& value, const catalog::Federation& federation) {
  std::vector<catalog::Account> out;
  std::set<std::string> names;
  std::set<AccountId> ids;
  for (const Value& each : value.items()) {
    Mapping account(each, {"id", "name", "tags"});
    const Value id_value = account.required("id");
    const auto id = id_value.account_id();
    if (id) account.rename("accounts." + id->text());
    const Value name_value = account.required("name");
    const std::string name = name_value.line(64);
    std::set<std::string> tags;
    for (const Value& tag : account.optional("tags").distinct_items(true)) tags.insert(tag.line(64));
    if (id && !ids.insert(*id).second)
      id_value.fault(catalog::Rule::stands_twice,
                     "There are two accounts with the id " + id->text() + ". Remove one of them.");
    if (!name.empty() && !names.insert(name).second)
      name_value.fault(
          catalog::Rule::stands_twice,
          "There are two accounts of this name. People choose by name: give one of them another.");
    if (id) out.push_back({.id = *id, .name = name, .tags = std::move(tags)});
  }
  const auto add = [&](const AccountId& id, const std::string& name) {
    if (ids.insert(id).second) out.push_back({.id = id, .name = name});
  };
  if (federation.identity_center) add(federation.identity_center->account, "identity-center");
  for (const catalog::SamlProvider& each : federation.iam_saml)
    add(each.account, "iam-saml-" + each.account.text());
  return out;
}

catalog::Federation read_federation(const Value& value) {
  catalog::Federation out;
  if (!value.present()) return out;
  const Mapping federation(value, {"identity_center", "iam_saml"});
  if (federation.has("identity_center")) {
    const Mapping center(federation.optional("identity_center"), {"account", "region", "access_portal"});
    const auto account = center.required("account").account_id();
    const std::string region =
        center.required("region").matching(is_region, "an AWS Region, such as eu-west-1");
    const std::string portal = center.optional("access_portal")
                                   .matching(is_url, "an http:// or https:// address without a password");
    if (account) out.identity_center = {.account = *account, .region = region, .access_portal = portal};
  }
  for (const Value& each : federation.optional("iam_saml").items(true)) {
    const Mapping direct(each, {"account", "provider"});
    const auto account = direct.required("account").account_id();
    const std::string provider = direct.required("provider").line();
    if (account) out.iam_saml.push_back({.account = *account, .name = provider});
  }
  return out;
}

std::map<std::string, catalog::Calendar> read_calendars(const Value& value) {
  std::map<std::string, catalog::Calendar> out;
  for (const Entry& each : value.entries())
    out.try_emplace(each.key.matching(is_name, name_form), read_calendar(each.value));
  return out;
}

std::map<std::string, catalog::Dependency> read_dependencies(const Value& value) {
  std::map<std::string, catalog::Dependency> out;
  for (const Entry& each : value.entries()) {
    const Mapping dependency(each.value, {"title", "needs"});
    out.try_emplace(each.key.matching(is_name, name_form),
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

Postern read_postern(const Value& value) {
  Postern out;
  if (!value.present()) return out;
  const Mapping postern(value, {"nodes", "needs"});
  for (const Value& each : postern.required("nodes").items())
    out.nodes.push_back(Mapping(each, {"address"})
                            .required("address")
                            .matching(is_address, "host:port, by address if it can be"));
  out.needs = read_needs(postern.optional("needs"));
  return out;
}

std::optional<catalog::PlaybookStore> read_playbook_store(const Value& value) {
  if (!value.present()) return std::nullopt;
  const Mapping store(value, {"title", "needs"});
  return catalog::PlaybookStore{.title = store.required("title").line(),
                                .needs = read_needs(store.optional("needs"))};
}

std::map<std::string, catalog::Upkeep> read_upkeep(const Value& value) {
  std::map<std::string, catalog::Upkeep> out;
  for (const Entry& each : value.entries()) {
    const Mapping upkeep(each.value, {"statement", "by", "every"});
    std::string statement = upkeep.required("statement").text();
    const seconds every = upkeep.required("every").duration(seconds(86400), seconds(86400));
    if (const auto by = upkeep.required("by").name<GroupId>(Kind::group))
      out.try_emplace(each.key.matching(is_name, name_form),
                      catalog::Upkeep{.statement = std::move(statement), .by = *by, .every = every});
  }
  return out;
}

}  // namespace postern::catalog_file
