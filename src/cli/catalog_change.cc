// A changed catalog: compared in words, proposed, signed. Whoever signs compares on their own machine what
// they sign with what is in force; the server's words are not taken for it.
#include <fmt/format.h>

#include <filesystem>

#include "base/encoding.h"
#include "base/json.h"
#include "catalog/difference.h"
#include "catalog_file/catalog_file.h"
#include "cli/commands.h"
#include "cli/judge.h"
#include "cli/ssh.h"
#include "cli/with_server.h"

namespace postern::cli {
namespace {

using catalog::Change;

/// The files of the catalog with that digest, verified against it.
Result<catalog_file::Sources> fetch(client::Api& api, const std::string& digest) {
  const json::Value answer = TRY(api.get("/api/v1/catalog/bundles/" + digest));
  const std::string bundle(answer.text_at("bundle"));
  if (sha256(bundle).hex() != digest)
    return fail(ErrorCode::damaged,
                "The server sent another catalog than " + digest.substr(0, 12) + ". Tell the security team.");
  return catalog_file::unbundle(bundle);
}

/// As values, whether or not they may be put in force.
Result<catalog::Catalog> values(const catalog_file::Sources& sources, const std::string& name) {
  catalog_file::Reading reading = catalog_file::read_in_force(sources);
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
    out += fmt::format("{}{:6}  {}", out.empty() ? "" : "\n", word_for(each.weight), each.what);
  return out;
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

Result<std::vector<Change>> changes_to(client::Api& api, const State& state,
                                       const catalog_file::Sources& candidate, const std::string& name) {
  const catalog::Catalog before = TRY(values(TRY(fetch(api, state.in_force)), state.in_force.substr(0, 12)));
  return catalog::difference(before, TRY(values(candidate, name)));
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
  std::string out;
  if (array != nullptr && array->as_array() != nullptr)
    for (const json::Value& each : *array->as_array())
      if (const std::string* text = each.as_string()) out += (out.empty() ? "" : ", ") + *text;
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
  if (name == "in-force" || state.in_force.starts_with(name)) return fetch(*api, state.in_force);
  return fetch(*api, std::string(TRY(proposal_named(state, name)).text_at("catalog")));
}

Result<int> sign_proposal(const SignOptions& options, Connection& connection, client::Api& api,
                          Format format) {
  const State state = TRY(state_of(api));
  const json::Value proposal = TRY(proposal_named(state, options.file));
  const std::string digest(proposal.text_at("catalog"));
  if (proposal.text_at("replaces") != state.in_force)
    return fail(ErrorCode::conflict,
                "This proposal replaces another catalog than is in force now. Propose it again.");
  const catalog_file::Sources candidate = TRY(fetch(api, digest));
  if (!judged(candidate).catalog)
    return fail(ErrorCode::invalid, "This proposal has errors, so nothing was signed.");
  const std::vector<Change> changes = TRY(changes_to(api, state, candidate, digest.substr(0, 12)));
  fmt::print(stderr, "{}\n", sanitized(in_words(changes), Lines::keep));
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
  if (!judged(sources).catalog)
    return fail(ErrorCode::invalid,
                "This catalog has errors, so it was not proposed. See them: postern check " + options.file);
  const State state = TRY(state_of(api));
  const std::vector<Change> changes = TRY(changes_to(api, state, sources, options.file));
  fmt::print(stderr, "{}\n", sanitized(in_words(changes), Lines::keep));
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
  const std::vector<Change> changes =
      catalog::difference(TRY(values(TRY(sources_named(api, before)), before)),
                          TRY(values(TRY(sources_named(api, after)), after)));
  return print(to_json(changes), in_words(changes), format);
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
