// Whom people are told by, what they fill in, and which company systems may ask.
#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "catalog/form.h"
#include "catalog/moment.h"
#include "catalog_file/forms.h"
#include "catalog_file/sections.h"

namespace postern::catalog_file {
namespace {

using namespace catalog;

constexpr int grants_max = 1000;
constexpr std::size_t choices_max = 50;
constexpr std::size_t services_max = 20;
constexpr std::size_t templates_max = 100;
constexpr std::size_t title_bytes_max = 200;
constexpr std::size_t body_bytes_max = 4000;

Telling read_told(const Value& value) {
  const Mapping told(value, {"to", "channels"});
  Telling out{.to = told.optional("to").names<GroupId>(Kind::group, true), .channels = {}};
  for (const Value& each : told.required("channels").distinct_items())
    out.channels.push_back(each.name_text(Kind::channel));
  return out;
}

std::string read_template_name(const Value& value) {
  if (!value.present()) return "";
  return Mapping(value, {"template"}).required("template").line();
}

std::vector<std::string> read_choices(const Value& value) {
  std::vector<std::string> out;
  for (const Value& each : value.distinct_items()) {
    if (out.size() >= choices_max) {
      each.error("A field has at most " + std::to_string(choices_max) + " choices.");
      break;
    }
    out.push_back(each.line());
  }
  return out;
}

FormField::Kind read_kind(const Value& value) {
  using Kind = FormField::Kind;
  constexpr std::array kinds{Kind::text, Kind::choice,   Kind::account,
                             Kind::role, Kind::duration, Kind::ticket};
  std::vector<std::string_view> words;
  for (const Kind each : kinds) words.push_back(name_of(each));
  const std::string kind = value.one_of(words);
  for (const Kind each : kinds)
    if (name_of(each) == kind) return each;
  return Kind::text;
}

std::string read_pattern(const Value& value) {
  if (!value.present()) return "";
  std::string out = value.line();
  if (const auto flaw = flaw_of_pattern(out))
    value.error("This is no regular expression that RE2 reads in 64 KiB: " +
                sanitized(*flaw, Lines::replace));
  return out;
}

/// What goes with one kind only.
void check_kind(const Value& value, const Mapping& field, FormField::Kind kind) {
  using Kind = FormField::Kind;
  if ((kind == Kind::choice) != field.has("choices"))
    value.error("A choice needs `choices`, and nothing else has them.");
  if (field.has("pattern") && kind != Kind::text && kind != Kind::ticket)
    value.error("`pattern` goes with the kinds text and ticket only.");
  if (field.has("longest") && kind != Kind::duration)
    value.error("`longest` goes with the kind duration only.");
}

FormField read_field(const Value& value) {
  const Mapping field(value,
                      {"id", "label", "kind", "required", "choices", "pattern", "length_max", "longest"});
  FormField out{.id = field.required("id").matching(is_name, name_form),
                .label = field.required("label").line(),
                .kind = read_kind(field.required("kind")),
                .is_required = field.optional("required").boolean(false),
                .choices = read_choices(field.optional("choices")),
                .pattern = read_pattern(field.optional("pattern"))};
  out.length_max = static_cast<std::size_t>(
      field.optional("length_max").integer(1, static_cast<int>(form_value_bytes_max), 500));
  if (field.has("longest")) out.longest = field.optional("longest").duration(seconds(1), seconds(1));
  check_kind(value, field, out.kind);
  return out;
}

std::optional<int> read_limit(const Value& value) {
  if (!value.present()) return std::nullopt;
  return value.integer(1, grants_max, 1);
}

std::optional<Text> read_text(const Value& value) {
  if (!value.present()) return std::nullopt;
  const Mapping text(value, {"title", "body"});
  return Text{text.required("title").line(title_bytes_max), text.required("body").text(body_bytes_max)};
}

Service read_service(const Value& value) {
  const Mapping service(value, {"title", "token_sha256", "processes", "may_ask_for", "channel"});
  Service out{.title = service.optional("title").line(),
              .token = {},
              .processes = service.required("processes").names<ProcessId>(Kind::process),
              .may_ask_for = service.required("may_ask_for").names<GroupId>(Kind::group)};
  const Value token = service.required("token_sha256");
  const std::string hex = token.matching(
      is_sha256, "SHA-256 of the token, 64 of 0-9 and a-f; `postern service-token` makes both");
  if (const auto digest = Digest::from_hex(hex)) out.token = *digest;
  if (service.has("channel")) out.channel = service.optional("channel").name_text(Kind::channel);
  return out;
}

}  // namespace

Language read_language(const Value& value) {
  if (!value.present()) return Language::english;
  return value.one_of({"en", "ja"}) == "ja" ? Language::japanese : Language::english;
}

std::optional<Communication> read_communication(const Value& value) {
  if (!value.present()) return std::nullopt;
  std::vector<std::string_view> keys{"customers", "partners", "status_page"};
  for (const Moment each : moments) keys.push_back(key_of(each));
  const Mapping communication(value, std::span<const std::string_view>(keys));
  Communication out;
  for (const Moment each : moments)
    if (communication.has(key_of(each)))
      out.on.emplace(each, read_told(communication.optional(key_of(each))));
  out.customer_template = read_template_name(communication.optional("customers"));
  out.partner_template = read_template_name(communication.optional("partners"));
  if (communication.has("status_page"))
    out.status_page = communication.optional("status_page").name_text(Kind::channel);
  return out;
}

std::vector<FormField> read_form(const Value& value) {
  std::vector<FormField> out;
  for (const Value& each : value.items(true)) {
    if (out.size() >= form_fields_max) {
      each.error("A form has at most " + std::to_string(form_fields_max) + " fields.");
      break;
    }
    FormField field = read_field(each);
    const bool is_known =
        std::any_of(out.begin(), out.end(), [&](const FormField& one) { return one.id == field.id; });
    if (is_known) each.fault(Rule::stands_twice, "There are two fields \"" + field.id + "\". Rename one.");
    if (!is_known) out.push_back(std::move(field));
  }
  return out;
}

Limits read_limits(const Value& value) {
  if (!value.present()) return {};
  const Mapping limits(value, {"grants_per_person", "grants_per_account", "grants"});
  return {.grants_per_person = read_limit(limits.optional("grants_per_person")),
          .grants_per_account = read_limit(limits.optional("grants_per_account")),
          .grants = read_limit(limits.optional("grants"))};
}

std::map<std::string, Template> read_templates(const Value& value) {
  std::map<std::string, Template> out;
  for (const Entry& each : value.entries()) {
    if (out.size() >= templates_max) {
      each.key.error("A catalog has at most " + std::to_string(templates_max) + " texts.");
      break;
    }
    const Mapping text(each.value, {"en", "ja"});
    Template read{.english = read_text(text.optional("en")), .japanese = read_text(text.optional("ja"))};
    if (!read.english && !read.japanese)
      each.value.fault(Rule::missing_key, "A text stands here in English (`en`), Japanese (`ja`) or both.");
    out.try_emplace(each.key.matching(is_name, name_form), std::move(read));
  }
  return out;
}

std::map<std::string, Service> read_services(const Value& value) {
  std::map<std::string, Service> out;
  for (const Entry& each : value.entries()) {
    if (out.size() >= services_max) {
      each.key.error("A catalog names at most " + std::to_string(services_max) + " services.");
      break;
    }
    out.try_emplace(each.key.matching(is_name, name_form), read_service(each.value));
  }
  return out;
}

}  // namespace postern::catalog_file
