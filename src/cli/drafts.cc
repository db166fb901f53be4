#include "cli/drafts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <utility>

#include "base/encoding.h"
#include "base/id.h"
#include "cli/small_file.h"

namespace postern::cli {
namespace {

constexpr std::string_view ending = ".json";

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody calls setenv
  return value == nullptr ? "" : value;
}

/// "" where this person has no home. A relative XDG_STATE_HOME counts as none (XDG Base Directory
/// Specification 0.8).
std::string folder() {
  const std::string state = environment("XDG_STATE_HOME");
  if (state.starts_with('/')) return state + "/postern/drafts";
  const std::string home = environment("HOME");
  return home.starts_with('/') ? home + "/.local/state/postern/drafts" : "";
}

/// The name becomes a file's, so that it may hold nothing that leads elsewhere.
Result<std::string> path_of(const std::string& name) {
  if (!is_plain_id(name))
    return fail(ErrorCode::invalid,
                "A draft's name has 1 to 64 characters of a-z, A-Z, 0-9, '.', '_' and '-'.");
  if (folder().empty())
    return fail(ErrorCode::unavailable,
                "There is no place for drafts: neither HOME nor XDG_STATE_HOME is set.");
  return folder() + "/" + name + std::string(ending);
}

Result<void> make_folder() {
  std::error_code error;
  std::filesystem::create_directories(folder(), error);
  if (!error) std::filesystem::permissions(folder(), std::filesystem::perms::owner_all, error);
  if (!error) return {};
  return fail(ErrorCode::unavailable, "The folder \"" + folder() + "\" cannot be made. Is there room?");
}

/// The members that a draft holds, by name.
template <class Options>
auto members_of(Options& options) {
  return std::vector{std::pair("account", &options.account),     std::pair("duration", &options.duration),
                     std::pair("emergency", &options.emergency), std::pair("extends", &options.extends),
                     std::pair("process", &options.process),     std::pair("reason", &options.reason),
                     std::pair("start", &options.start)};
}

std::string field_name(const std::string& field) { return field.substr(0, field.find('=')); }

Result<RequestOptions> read_draft(const std::string& name) {
  const auto text = read_small_file(TRY(path_of(name)), draft_bytes_max);
  if (!text && text.error().code == ErrorCode::not_found)
    return fail(ErrorCode::not_found,
                "There is no draft \"" + name + "\". See those that are: postern drafts");
  const auto value = json::parse(TRY(text), {.bytes_max = draft_bytes_max, .depth_max = 4});
  if (!value || value->text_at("format") != "postern-draft/1")
    return fail(ErrorCode::damaged,
                "The draft \"" + name + "\" cannot be read. Forget it: postern drafts --forget " + name);
  RequestOptions out;
  for (const auto& [member, place] : members_of(out)) *place = value->text_at(member);
  if (const json::Value* fields = value->find("fields"); fields != nullptr && fields->as_array() != nullptr)
    for (const json::Value& each : *fields->as_array())
      if (each.as_string() != nullptr) out.fields.push_back(*each.as_string());
  return out;
}

}  // namespace

Result<void> keep_draft(const std::string& name, const RequestOptions& options) {
  const std::string path = TRY(path_of(name));
  json::Array fields;
  for (const std::string& each : options.fields) fields.emplace_back(each);
  json::Object out{{"fields", std::move(fields)}, {"format", "postern-draft/1"}};
  for (const auto& [member, place] : members_of(options)) out.emplace(member, *place);
  // As it will be read: what is no UTF-8 would be lost.
  const std::string text = json::pretty(out) + "\n";
  if (!is_utf8(text)) return fail(ErrorCode::invalid, "A draft holds text in UTF-8.");
  if (text.size() > draft_bytes_max) return fail(ErrorCode::exhausted, "A draft has at most 32 KiB.");
  const std::vector<std::string> names = draft_names();
  if (names.size() >= drafts_max && !std::binary_search(names.begin(), names.end(), name))
    return fail(ErrorCode::exhausted,
                "There are 50 drafts already. Forget one: postern drafts --forget " + names.front());
  TRY(make_folder());
  return write_own_file(path, text);
}

Result<RequestOptions> with_draft(const RequestOptions& given) {
  if (given.from_draft.empty()) return given;
  const RequestOptions kept = TRY(read_draft(given.from_draft));
  RequestOptions out = given;
  const auto from = members_of(kept);
  const auto into = members_of(out);
  for (std::size_t i = 0; i < into.size(); ++i)
    if (into[i].second->empty()) *into[i].second = *from[i].second;
  std::set<std::string> is_given;
  for (const std::string& each : given.fields) is_given.insert(field_name(each));
  for (const std::string& each : kept.fields)
    if (!is_given.contains(field_name(each))) out.fields.push_back(each);
  return out;
}

bool forget_draft(const std::string& name) {
  const auto path = path_of(name);
  std::error_code error;
  return path && std::filesystem::remove(*path, error);
}

std::vector<std::string> draft_names() {
  std::vector<std::string> out;
  if (folder().empty()) return out;
  std::error_code error;
  // More than there may be are not ours; they need not be counted to the end.
  constexpr std::size_t looked_at_max = 1000;
  std::size_t looked_at = 0;
  for (std::filesystem::directory_iterator at(folder(), error), end;
       !error && at != end && ++looked_at <= looked_at_max; at.increment(error)) {
    const std::string file = at->path().filename().string();
    if (!file.ends_with(ending)) continue;
    if (std::string name = file.substr(0, file.size() - ending.size()); is_plain_id(name))
      out.push_back(std::move(name));
  }
  std::sort(out.begin(), out.end());
  return out;
}

int drafts(const DraftsOptions& options, Format format) {
  if (!options.forget.empty()) {
    if (!forget_draft(options.forget))
      return report({ErrorCode::not_found, "There is no draft \"" + options.forget + "\"."}, format);
    return print(json::Object{{"forgotten", options.forget}}, options.forget + " is forgotten.", format);
  }
  json::Array all;
  std::string text;
  for (const std::string& name : draft_names()) {
    const auto draft = read_draft(name);
    json::Object each{{"is_readable", draft.has_value()}, {"name", name}};
    text += fmt::format("{}  {}\n", name, draft ? "" : "cannot be read");
    if (draft) {
      for (const auto& [member, place] : members_of(*draft)) {
        each.emplace(member, *place);
        if (!place->empty()) text += fmt::format("  {:<10} {}\n", member, *place);
      }
    }
    all.emplace_back(std::move(each));
  }
  text += text.empty() ? "There are no drafts." : "Send one: postern request --from-draft NAME";
  return print(json::Object{{"drafts", std::move(all)}}, text, format);
}

}  // namespace postern::cli
