// A changed catalog: compared in words, proposed, signed. Whoever signs compares on their own machine what
// they sign with what is in force; the server's words are not taken for it.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <set>

#include "base/encoding.h"
#include "base/json.h"
#include "catalog/difference.h"
#include "catalog_file/catalog_file.h"
#include "cli/bundle.h"
#include "cli/commands.h"
#include "cli/judge.h"
#include "cli/ssh.h"
#include "cli/with_server.h"

namespace postern::cli {
namespace {

using catalog::Change;

Result<catalog::Catalog> values(const catalog_file::Sources& sources, const std::string& name) {
  catalog_file::Reading reading = catalog_file::read(sources);
  if (!reading.catalog)
    return fail(ErrorCode::invalid, name + " cannot be read. See why: postern check " + name);
  return std::move(*reading.catalog);
}

const char* word_for(catalog::Weight weight) {
  switch (weight) {
    case catalog::Weight::power:
      return "POWER";
    case catalog::Weight::safety:
      return "SAFETY";
    case catalog::Weight::detail:
      return "detail";
  }
  return "";
}

std::string in_words(const std::vector<Change>& changes) {
  if (changes.empty()) return "The two say the same; at most comments and layout differ.";
  std::string out;
  for (const Change& each : changes)
    out += fmt::format("{}{:6}  {}", out.empty() ? "" : "\n", word_for(each.weight),
                       sanitized(each.what, Lines::replace));
  return out;
}

constexpr std::size_t shown_lines_max = 200;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    out.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return out;
}

/// One file's lines from the first that differs to the last: what goes, then what comes. Nothing that differs
/// is left out but by `lines_max`, and then that is said.
std::string changed_lines(const std::string& path, const std::string& before, const std::string& after,
                          std::size_t lines_max) {
  const std::vector<std::string> a = lines_of(before);
  const std::vector<std::string> b = lines_of(after);
  std::size_t start = 0;
  while (start < a.size() && start < b.size() && a[start] == b[start]) ++start;
  std::size_t end = 0;
  while (end < a.size() - start && end < b.size() - start && a[a.size() - 1 - end] == b[b.size() - 1 - end])
    ++end;
  std::string out = fmt::format("\n--- {} from line {}", sanitized(path, Lines::replace), start + 1);
  std::size_t shown = 0;
  std::size_t left_out = 0;
  const auto show = [&](const std::vector<std::string>& lines, char mark) {
    for (std::size_t i = start; i < lines.size() - end; ++i)
      if (shown++ < lines_max)
        out += fmt::format("\n{} {}", mark, sanitized(lines[i], Lines::replace));
      else
        ++left_out;
  };
  show(a, '-');
  show(b, '+');
  if (left_out > 0) out += fmt::format("\n… and {} lines more: postern catalog diff --text", left_out);
  return out;
}

/// Every file that differs, as text: comments, playbooks and copies of metadata are signed for as well.
std::string changed_text(const catalog_file::Sources& before, const catalog_file::Sources& after,
                         std::size_t lines_max) {
  std::string out;
  const std::string none;
  const auto text_in = [&](const catalog_file::Sources& sources,
                           const std::string& path) -> const std::string& {
    const auto found = sources.files.find(path);
    return found == sources.files.end() ? none : found->second;
  };
  std::set<std::string> paths;
  for (const auto& [path, text] : before.files) paths.insert(path);
  for (const auto& [path, text] : after.files) paths.insert(path);
  for (const std::string& path : paths)
    if (text_in(before, path) != text_in(after, path))
      out += changed_lines(path, text_in(before, path), text_in(after, path), lines_max);
  return out.empty() ? out : "\n\nThe text itself:" + out;
}

json::Array to_json(const std::vector<Change>& changes) {
  json::Array out;
  for (const Change& each : changes)
    out.push_back(json::Object{{"tells_everybody", each.tells_everybody},
                               {"weight", word_for(each.weight)},
                               {"what", each.what},
                               {"where", each.where}});
  return out;
}

/// The catalog in force and what is proposed, as the server says.
struct State {
  json::Value said;
  std::string in_force;  ///< digest
};
Result<State> state_of(client::Api& api) {
  State out{TRY(api.get("/api/v1/catalog")), ""};
  out.in_force = out.said.text_at("catalog");
  TRY(Digest::from_hex(out.in_force));
  return out;
}

/// All that an owner should read before signing: what changes, in words and as text. A file that nothing
/// names would be signed for and seen by nobody.
Result<std::string> review(client::Api& api, const State& state, const catalog_file::Sources& candidate,
                           const std::string& name) {
  const catalog_file::Reading reading = judged(candidate);
  if (!reading.catalog)
    return fail(ErrorCode::invalid,
                name + " has errors, so nothing was done. See them: postern check " + name);
  for (const catalog_file::Fault& each : reading.faults)
    if (each.rule == catalog::Rule::stray_file)
      return fail(ErrorCode::invalid,
                  "The file " + each.file + " is part of it, and nothing names it. Remove it.");
  const catalog_file::Sources in_force = TRY(fetch_catalog(api, state.in_force));
  const catalog_file::Reading before = catalog_file::read_in_force(in_force);
  if (!before.catalog)
    return fail(ErrorCode::conflict,
                "This version of Postern cannot read the catalog in force. Use the server's version.");
  return in_words(catalog::difference(*before.catalog, *reading.catalog)) +
         changed_text(in_force, candidate, shown_lines_max);
}

/// The one proposal whose digest begins so.
Result<json::Value> proposal_named(const State& state, const std::string& prefix) {
  constexpr std::size_t prefix_min = 8;
  if (prefix.size() < prefix_min)
    return fail(ErrorCode::invalid, "Give at least 8 characters of the proposal's digest.");
  std::optional<json::Value> found;
  if (const json::Value* all = state.said.find("proposals"); all != nullptr && all->as_array() != nullptr)
    for (const json::Value& each : *all->as_array())
      if (each.text_at("catalog").starts_with(prefix)) {
        if (found) return fail(ErrorCode::invalid, "Two proposals begin like this. Give more characters.");
        found = each;
      }
  if (!found)
    return fail(ErrorCode::not_found, "No proposal begins with " +
                                          sanitized(prefix.substr(0, 64), Lines::replace) +
                                          ". See what there is: postern catalog status");
  return *found;
}

std::string names(const json::Value* array) {
  const std::string out = list(array);
  return out.empty() ? "nobody yet" : out;
}

std::string describe(const json::Value& said) {
  const json::Value* quorum = said.find("quorum");
  std::string out =
      fmt::format("In force: {}\nOwners: {}; {} of them put another one in force.", said.text_at("catalog"),
                  names(said.find("owners")), quorum == nullptr ? "" : json::canonical(*quorum));
  if (const json::Value* is_unsigned = said.find("unsigned");
      is_unsigned != nullptr && is_unsigned->as_bool() != nullptr && *is_unsigned->as_bool())
    out += "\nUNSIGNED: nobody has signed for this catalog.";
  const json::Value* proposals = said.find("proposals");
  if (proposals == nullptr || proposals->as_array() == nullptr || proposals->as_array()->empty())
    return out + "\nNothing is proposed.";
  for (const json::Value& each : *proposals->as_array())
    out += fmt::format("\nProposed: {}\n  by {} at {}, signed by {}", each.text_at("catalog"),
                       each.text_at("by"), each.text_at("at"), names(each.find("signed_by")));
  return out;
}

/// What stands behind a word of `catalog diff`: files on disk, or what the server has.
Result<catalog_file::Sources> sources_named(client::Api* api, const std::string& name) {
  std::error_code error;
  if (std::filesystem::exists(name, error)) return catalog_file::load(name);
  if (api == nullptr) return fail(ErrorCode::not_found, "There is no file or folder " + name + ".");
  const State state = TRY(state_of(*api));
  if (name == "in-force" || state.in_force.starts_with(name)) return fetch_catalog(*api, state.in_force);
  return fetch_catalog(*api, std::string(TRY(proposal_named(state, name)).text_at("catalog")));
}

Result<int> sign_proposal(const SignOptions& options, Connection& connection, client::Api& api,
                          Format format) {
  const State state = TRY(state_of(api));
  const json::Value proposal = TRY(proposal_named(state, options.file));
  const std::string digest(proposal.text_at("catalog"));
  if (proposal.text_at("replaces") != state.in_force)
    return fail(ErrorCode::conflict,
                "This proposal replaces another catalog than is in force now. Propose it again.");
  fmt::print(stderr, "{}\n", TRY(review(api, state, TRY(fetch_catalog(api, digest)), digest.substr(0, 12))));
  if (!options.yes && !confirmed("Put your name to these changes?"))
    return fail(ErrorCode::forbidden, "Nothing was signed. Without a terminal, say --yes.");
  const std::string statement = json::canonical(
      json::Object{{"catalog", digest}, {"replaces", state.in_force}, {"statement", "postern-catalog/1"}});
  const std::string& key = connection.settings().key;
  const json::Object body{{"key", TRY(ssh_public_key(key))},
                          {"signature", TRY(ssh_sign(key, "postern-catalog", statement))}};
  const json::Value answer = TRY(api.post("/api/v1/catalog/proposals/" + digest + "/signatures", body,
                                          connection.settings().idempotency_key));
  const bool is_in_force = TRY(state_of(api)).in_force == digest;
  return print(answer,
               is_in_force ? "Signed. " + digest.substr(0, 12) + " is in force now."
                           : "Signed. More owners must sign before it comes in force: postern catalog status",
               format);
}

Result<int> propose(const ProposeOptions& options, Connection& connection, client::Api& api, Format format) {
  const catalog_file::Sources sources = TRY(catalog_file::load(options.file));
  const State state = TRY(state_of(api));
  fmt::print(stderr, "{}\n", TRY(review(api, state, sources, options.file)));
  if (!options.yes && !confirmed("Propose these changes to the owners?"))
    return fail(ErrorCode::forbidden, "Nothing was proposed. Without a terminal, say --yes.");
  const Bytes bundle = catalog_file::bundle(sources);
  const std::string digest = sha256(bundle).hex();
  json::Value answer =
      TRY(api.post("/api/v1/catalog/proposals",
                   TRY(json::parse(bundle, {.bytes_max = catalog_file::bundle_bytes_max, .depth_max = 2})),
                   connection.settings().idempotency_key));
  answer.as_object()->emplace("catalog", digest);
  return print(
      answer,
      fmt::format("Proposed: {}\nEach owner signs: postern catalog sign {}", digest, digest.substr(0, 12)),
      format);
}

Result<int> compare(const DiffOptions& options, client::Api* api, Format format) {
  const bool has_both = !options.after.empty();
  const std::string before = has_both ? options.before : "in-force";
  const std::string after = has_both ? options.after : options.before;
  const catalog_file::Sources old_files = TRY(sources_named(api, before));
  const catalog_file::Sources new_files = TRY(sources_named(api, after));
  const std::vector<Change> changes =
      catalog::difference(TRY(values(old_files, before)), TRY(values(new_files, after)));
  return print(to_json(changes),
               in_words(changes) + (options.text ? changed_text(old_files, new_files, SIZE_MAX) : ""),
               format);
}

}  // namespace

int catalog_status(const Settings& settings) {
  return with_server(settings, [&](Connection&, client::Api& api) -> Result<int> {
    const State state = TRY(state_of(api));
    return print(state.said, describe(state.said), format_of(settings));
  });
}

int sign_proposed(const Settings& settings, const SignOptions& options) {
  return with_server(settings, [&](Connection& connection, client::Api& api) {
    return sign_proposal(options, connection, api, format_of(settings));
  });
}

int propose_catalog(const Settings& settings, const ProposeOptions& options) {
  return with_server(settings, [&](Connection& connection, client::Api& api) {
    return propose(options, connection, api, format_of(settings));
  });
}

int catalog_diff(const Settings& settings, const DiffOptions& options) {
  std::error_code error;
  const bool is_offline = !options.after.empty() && std::filesystem::exists(options.before, error) &&
                          std::filesystem::exists(options.after, error);
  if (!is_offline)
    return with_server(
        settings, [&](Connection&, client::Api& api) { return compare(options, &api, format_of(settings)); });
  const auto compared = compare(options, nullptr, format_of(settings));
  return compared ? *compared : report(compared.error(), format_of(settings));
}

}  // namespace postern::cli
