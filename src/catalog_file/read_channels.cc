#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "catalog_file/forms.h"
#include "catalog_file/sections.h"
#include "catalog_file/suggest.h"

namespace postern::catalog_file {
namespace {

using catalog::Provider;
using catalog::SecretReference;

enum class Form { url, safe_url, mail_url, email, arn, region, text, program, pointer, secret };

struct Setting {
  std::string_view key;
  Form form;
  bool is_required = false;
};

struct ProviderKind {
  std::string_view name;
  std::vector<Setting> settings;
};

const std::vector<ProviderKind>& channel_kinds() {
  static const std::vector<ProviderKind> kinds = {
      {"smtp",
       {{"url", Form::mail_url, true},
        {"from", Form::email, true},
        {"username", Form::text},
        {"password", Form::secret}}},
      {"pagerduty", {{"routing_key", Form::secret, true}, {"url", Form::url}}},
      {"opsgenie", {{"api_key", Form::secret, true}, {"url", Form::url}}},
      {"slack", {{"webhook", Form::secret, true}}},
      {"alertmanager", {{"url", Form::url, true}}},
      {"sns", {{"topic", Form::arn, true}, {"region", Form::region}}},
      {"sms", {{"region", Form::region, true}, {"sender", Form::text}}},
      {"webhook", {{"url", Form::safe_url, true}, {"secret", Form::secret}}},
      {"command", {{"program", Form::program, true}}},
  };
  return kinds;
}

const std::vector<ProviderKind>& incident_kinds() {
  static const std::vector<ProviderKind> kinds = {
      {"http", {{"url", Form::url, true}, {"token", Form::secret}}},
      {"pagerduty",
       {{"api_key", Form::secret, true}, {"url", Form::url}, {"service", Form::text}, {"from", Form::email}}},
      {"servicenow",
       {{"url", Form::url, true},
        {"username", Form::text},
        {"password", Form::secret},
        {"token", Form::secret},
        {"close_code", Form::text}}},
      {"jira",
       {{"url", Form::url, true},
        {"username", Form::text},
        {"token", Form::secret, true},
        {"project", Form::text},
        {"issue_type", Form::text}}},
  };
  return kinds;
}

std::string read_text(const Value& value, Form form) {
  switch (form) {
    case Form::url:
      return value.matching(is_url, "an http:// or https:// address without a password");
    case Form::safe_url:
      return value.matching(is_safe_url,
                            "an https:// address without a password (http:// to this machine only)");
    case Form::mail_url:
      return value.matching(is_mail_url, "smtp:// or smtps://, a host, perhaps a port; no password");
    case Form::email:
      return value.matching(is_email, "an e-mail address");
    case Form::arn:
      return value.matching(is_topic_arn, "an SNS topic's ARN, arn:aws:sns:<region>:<account>:<name>");
    case Form::region:
      return value.matching(is_region, "an AWS Region, such as eu-west-1");
    case Form::program:
      return value.matching(is_absolute_path, "an absolute path without \"..\"");
    case Form::pointer:
      return value.matching(is_json_pointer, "a JSON pointer, such as /status");
    case Form::text:
    case Form::secret:
      return value.line();
  }
  return "";
}

/// What a ticket system that speaks JSON has beside its address and token: parts with members of their own.
struct Group {
  std::string_view key;
  std::vector<Setting> settings;
  bool is_required = false;
};
const std::vector<Group>& groups_of_http() {
  static const std::vector<Group> groups = {
      {"open_when", {{"pointer", Form::pointer, true}, {"equals", Form::text, true}}, true},
      {"title", {{"pointer", Form::pointer, true}}},
      {"link", {{"pointer", Form::pointer, true}}},
      {"create", {{"url", Form::url, true}, {"number", Form::pointer, true}}},
      {"note", {{"url", Form::url, true}}},
      {"close", {{"url", Form::url, true}}},
  };
  return groups;
}

/// The keys of a kind as a Mapping wants them.
Mapping mapping_of(const Value& value, const ProviderKind& kind, bool has_groups) {
  std::vector<std::string_view> keys;
  for (const Setting& each : kind.settings) keys.push_back(each.key);
  if (has_groups)
    for (const Group& each : groups_of_http()) keys.push_back(each.key);
  return {value, std::span<const std::string_view>(keys), Mapping::Echo::off};
}

Provider read_provider(const Value& value, const ProviderKind& kind) {
  const bool has_groups = &kind == &incident_kinds().front();
  const Mapping provider = mapping_of(value, kind, has_groups);
  Provider out{.kind = std::string(kind.name)};
  for (const Setting& each : kind.settings) {
    if (!each.is_required && !provider.has(each.key)) continue;
    const Value setting = provider.required(each.key);
    if (!setting.present()) continue;
    if (each.form == Form::secret)
      out.settings.emplace(each.key, read_secret(setting));
    else
      out.settings.emplace(each.key, read_text(setting, each.form));
  }
  if (!has_groups) return out;
  for (const Group& group : groups_of_http()) {
    if (!group.is_required && !provider.has(group.key)) continue;
    std::vector<std::string_view> keys;
    for (const Setting& each : group.settings) keys.push_back(each.key);
    const Mapping members(provider.required(group.key), std::span<const std::string_view>(keys));
    for (const Setting& each : group.settings)
      out.settings.emplace(fmt::format("{}.{}", group.key, each.key),
                           read_text(members.required(each.key), each.form));
  }
  return out;
}

/// The one member of `value` that names a provider, read; `beside` may stand beside it.
Provider read_one_provider(const Value& value, const std::vector<ProviderKind>& kinds,
                           std::string_view beside) {
  std::vector<std::string_view> known;
  for (const ProviderKind& each : kinds) known.push_back(each.name);
  if (!beside.empty()) known.push_back(beside);
  Provider out;
  int providers = 0;
  for (const Entry& each : value.entries()) {
    const std::string& key = each.key.node()->text;
    if (!beside.empty() && key == beside) continue;
    const auto kind =
        std::find_if(kinds.begin(), kinds.end(), [&](const ProviderKind& one) { return one.name == key; });
    if (kind == kinds.end()) {
      each.key.fault(catalog::Rule::unknown_key,
                     "There is no kind of provider of this name." + hint(key, known));
      return out;
    }
    out = read_provider(each.value, *kind);
    ++providers;
  }
  if (value.present() && value.node()->kind == Node::Kind::mapping && providers != 1)
    value.fault(providers == 0 ? catalog::Rule::missing_key : catalog::Rule::wrong_value,
                "Exactly one provider stands here, such as " + std::string(kinds.front().name) +
                    ", and here are " + std::to_string(providers) + ".");
  return out;
}

}  // namespace

// A secret that stands here is not repeated: messages end up in logs.
SecretReference read_secret(const Value& value) {
  if (value.present() && value.node()->kind == Node::Kind::scalar) {
    value.error(
        "A secret never stands in the catalog: it is signed, kept for ever and read by many. Write where the "
        "host keeps it, { env: NAME } or { file: /path }, and make a new secret, since this one was seen.");
    return {};
  }
  constexpr std::array<std::string_view, 2> places = {"env", "file"};
  const Mapping reference(value, places, Mapping::Echo::off);
  const std::string_view which = reference.exactly_one({"env", "file"});
  if (which == "env")
    return {.place = SecretReference::Place::environment,
            .name = reference.required("env").matching(is_variable_name,
                                                       "a variable's name, such as POSTERN_PAGERDUTY_KEY")};
  if (which == "file")
    return {.place = SecretReference::Place::file,
            .name = reference.required("file").matching(is_absolute_path, "an absolute path without \"..\"")};
  return {};
}

std::map<std::string, catalog::Channel> read_channels(const Value& value) {
  std::map<std::string, catalog::Channel> out;
  for (const Entry& each : value.entries())
    out.try_emplace(each.key.matching(is_name, name_form),
                    catalog::Channel{.provider = read_one_provider(each.value, channel_kinds(), "needs"),
                                     .needs = read_needs(member(each.value, "needs"))});
  return out;
}

std::optional<catalog::Incidents> read_incidents(const Value& value) {
  if (!value.present()) return std::nullopt;
  const Mapping incidents(value, {"provider", "required", "link_within", "creates", "closes"});
  catalog::Incidents out{.provider = read_one_provider(incidents.required("provider"), incident_kinds(), "")};
  const std::string required = incidents.optional("required").one_of({"when_reachable", "never", "always"});
  if (required == "never") out.required = catalog::IncidentRequired::never;
  if (required == "always") out.required = catalog::IncidentRequired::always;
  if (incidents.has("link_within"))
    out.link_within = incidents.optional("link_within").duration(seconds(1), seconds(1));
  out.creates = incidents.optional("creates").boolean(false);
  out.closes = incidents.optional("closes").boolean(false);
  return out;
}

}  // namespace postern::catalog_file
