// Who is told, what people fill in, how much may be open, and which company systems may ask.
#include <fmt/format.h>

#include "base/encoding.h"
#include "catalog/difference_parts.h"
#include "catalog/form.h"
#include "catalog/moment.h"

namespace postern::catalog {
namespace {

Says says_limit(const std::optional<int>& limit) { return limit ? says(counted(*limit, "grant")) : Says{}; }

Part part_of(const std::string& process, const FormField& field) {
  const auto& [id, label, kind, is_required, choices, pattern, length_max, longest] = field;
  Part out{.where = fmt::format("processes.{}.form.{}", process, id),
           .name = fmt::format("Field {} of {}", id, process)};
  out.say(Weight::detail, "label", "is labelled", says(quoted(label)));
  out.say(Weight::safety, "kind", "takes a", says(std::string(catalog::name_of(kind))));
  out.say(Weight::safety, "required", "must be filled in", is_required ? says("always") : Says{});
  out.say(Weight::safety, "choices", "offers", choices);
  out.say(Weight::safety, "pattern", "must look like", says_text(pattern));
  out.say(Weight::detail, "length_max", "has at most",
          says(counted(static_cast<std::ptrdiff_t>(length_max), "byte")));
  out.say(Weight::safety, "longest", "is at most", says_duration(longest));
  return out;
}

Part part_of(const std::string& name, const Service& service) {
  const auto& [title, token, processes, may_ask_for, channel] = service;
  Part out{.where = "services." + name, .name = "Service " + name, .weight = Weight::power};
  out.say(Weight::power, "token_sha256", "proves itself by the token with the digest", says(token.hex()));
  out.say(Weight::power, "processes", "may ask by", says_ids(processes));
  out.say(Weight::power, "may_ask_for", "may ask for members of", says_ids(may_ask_for));
  out.say(Weight::safety, "channel", "hears of each stage by", channel.empty() ? Says{} : says(channel));
  out.say(Weight::detail, "title", "is titled", says_text(title));
  return out;
}

void say_text(const std::optional<Text>& text, const std::string& language, Part& out) {
  if (!text) return;
  const auto& [title, body] = *text;
  out.say(Weight::safety, language + ".title", "has the title", says(quoted(title)));
  // A text may be long, so that its digest stands for it: the whole one, since texts with a like beginning of
  // their digests are soon made. `catalog diff --text` shows the lines.
  out.say(Weight::safety, language + ".body", "has a text with the digest", says(sha256(body).hex()));
}

Part part_of(const std::string& name, const Template& text) {
  const auto& [english, japanese] = text;
  Part out{.where = "templates." + name, .name = "The text " + name};
  say_text(english, "en", out);
  say_text(japanese, "ja", out);
  return out;
}

}  // namespace

Says says_language(Language language) { return language == Language::japanese ? says("Japanese") : Says{}; }

Part communication_of(const Process& process, const Communication& communication) {
  const auto& [on, customer_template, partner_template, status_page] = communication;
  Part out{.where = "processes." + process.id.text() + ".communication",
           .name = "Telling people of " + process.id.text()};
  for (const auto& [moment, telling] : on) {
    const auto& [to, channels] = telling;
    const std::string field(key_of(moment));
    out.say(Weight::safety, field, "happens", says(field));
    out.say(Weight::safety, field + ".to", field + " goes to", says_ids(to));
    out.say(Weight::safety, field + ".channels", field + " goes by", channels);
  }
  out.say(Weight::safety, "customers", "uses for customers the text", says_text(customer_template));
  out.say(Weight::safety, "partners", "uses for partners the text", says_text(partner_template));
  out.say(Weight::safety, "status_page", "publishes by", says_text(status_page));
  return out;
}

std::vector<Part> parts_of_form(const Process& process) {
  std::vector<Part> out;
  for (const FormField& each : process.form) out.push_back(part_of(process.id.text(), each));
  return out;
}

void say_limits(const Limits& limits, const std::string& name, Part& out) {
  const auto& [grants_per_person, grants_per_account, grants] = limits;
  out.say_of("One person", Weight::safety, "limits.grants_per_person",
             fmt::format("may have open by {}", name), says_limit(grants_per_person));
  out.say_of("One account", Weight::safety, "limits.grants_per_account",
             fmt::format("may have open by {}", name), says_limit(grants_per_account));
  out.say_of("All together", Weight::safety, "limits.grants", fmt::format("may have open by {}", name),
             says_limit(grants));
}

void compare_services(const Pair& pair, Changes& out) {
  compare_maps(
      pair.before.services, pair.after.services,
      [](const std::string& name, const Service& service) { return part_of(name, service); }, out);
}

void compare_templates(const Pair& pair, Changes& out) {
  compare_maps(
      pair.before.templates, pair.after.templates,
      [](const std::string& name, const Template& text) { return part_of(name, text); }, out);
}

}  // namespace postern::catalog
