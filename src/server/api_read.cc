// What can be looked at. Everything comes from what is durable.
#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "emergency/codec.h"
#include "emergency/confirmation.h"
#include "emergency/describe.h"
#include "emergency/may.h"
#include "emergency/statement.h"
#include "ledger/proof.h"
#include "playbook/playbook.h"
#include "server/api.h"
#include "server/described.h"

namespace postern::server {
namespace {

using broker::Published;
using emergency::to_json;

constexpr std::size_t entries_page_max = 500;

template <class Number, class Map>
Result<const typename Map::mapped_type*> find(const Map& map, const std::string& id) {
  const Number number = TRY(Number::parse(id));
  const auto found = map.find(number);
  if (found == map.end())
    return fail(ErrorCode::not_found, "There is no " + id + ". See what there is: postern status");
  return &found->second;
}

std::uint64_t number_or(const http::Request& request, std::string_view name, std::uint64_t otherwise) {
  const auto text = request.query.find(name);
  if (text == request.query.end()) return otherwise;
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(text->second.data(), text->second.data() + text->second.size(), value);
  return error == std::errc() && end == text->second.data() + text->second.size() ? value : otherwise;
}

void fill_from_grant(playbook::Facts& facts, const Published& published, const emergency::Grant& grant) {
  const emergency::Request& request = published.situation.requests.at(grant.request);
  facts["grant.id"] = grant.id.text();
  facts["grant.expires_at"] = to_rfc3339(grant.until);
  facts["request.id"] = grant.request.text();
  facts["person.id"] = grant.person.text();
  facts["account.id"] = request.terms.account.text();
  facts["emergency.id"] = request.terms.emergency.text();
  facts["emergency.mode"] = published.situation.emergencies.at(request.terms.emergency).mode.text();
  if (const catalog::Account* account = published.in_force->account(request.terms.account))
    facts["account.name"] = account->name;
}

}  // namespace

Api::Answer Api::health(const Call& /*call*/) const {
  json::Object out{{"ledger", parts_.broker.writer().ledger_origin()},
                   {"version", parts_.version},
                   {"vkey", parts_.broker.writer().verifier().vkey()}};
  const auto& damage = parts_.broker.writer().damage();
  out.emplace("ledger_damage",
              damage.empty() ? json::Value()
                             : json::Value((damage.front().index
                                                ? "entry " + std::to_string(*damage.front().index) + ": "
                                                : "") +
                                           damage.front().what));
  parts_.broker.read([&](const Published& published) {
    out.emplace("catalog_in_force", published.in_force != nullptr);
    out.emplace("entries", published.tree.size());
  });
  return out;
}

Api::Answer Api::me(const Call& call) const {
  return json::Object{{"key", call.login->key_fingerprint},
                      {"person", call.login->person.text()},
                      {"until", to_rfc3339(call.login->until)}};
}

Api::Answer Api::emergency(const Call& call) const {
  Answer answer = json::Value();
  parts_.broker.read([&](const Published& published) {
    const auto found = find<EmergencyId>(published.situation.emergencies, call.captures[0]);
    answer = found ? Answer(described(published, **found, now())) : Answer(tl::unexpected(found.error()));
  });
  return answer;
}

Api::Answer Api::grant(const Call& call) const {
  Answer answer = json::Value();
  parts_.broker.read([&](const Published& published) {
    const auto found = find<GrantId>(published.situation.grants, call.captures[0]);
    if (!found) {
      answer = tl::unexpected(found.error());
      return;
    }
    json::Array sessions;
    for (const auto& [id, session] : published.situation.sessions)
      if (session.grant == (*found)->id) sessions.push_back(to_json(session));
    json::Value value = to_json(**found);
    value.as_object()->emplace("sessions", std::move(sessions));
    answer = std::move(value);
  });
  return answer;
}

Api::Answer Api::process(const Call& call) const {
  const ProcessId id = TRY(ProcessId::parse(call.captures[0]));
  Answer answer =
      fail(ErrorCode::not_found, "There is no process " + id.text() + " in the catalog in force.");
  parts_.broker.read([&](const Published& published) {
    if (const catalog::Process* process = published.in_force->process(id))
      answer = described(published, *process);
  });
  return answer;
}

Api::Answer Api::playbook(const Call& call) const {
  const ProcessId id = TRY(ProcessId::parse(call.captures[0]));
  const auto language = call.request.query.find("language");
  const auto grant = call.request.query.find("grant");
  Answer answer =
      fail(ErrorCode::not_found, "There is no process " + id.text() + " in the catalog in force.");
  parts_.broker.read([&](const Published& published) {
    const catalog::Process* process = published.in_force->process(id);
    if (process == nullptr) return;
    answer = [&]() -> Answer {
      playbook::Facts facts = playbook::facts_of(*published.in_force, *process);
      if (grant != call.request.query.end())
        fill_from_grant(facts, published, *TRY(find<GrantId>(published.situation.grants, grant->second)));
      const std::string* markdown = playbook::markdown_of(
          *published.in_force, *process,
          language == call.request.query.end() ? "" : std::string_view(language->second));
      if (markdown == nullptr)
        return fail(ErrorCode::not_found,
                    "Process " + id.text() + " has no playbook in the catalog in force.");
      json::Value value = described(published, *process);
      value.as_object()->emplace("markdown", TRY(playbook::fill(*markdown, facts)));
      return value;
    }();
  });
  return answer;
}

Api::Answer Api::checkpoint(const Call& /*call*/) const {
  std::string note;
  parts_.broker.read([&](const Published& published) { note = published.checkpoint; });
  return json::Object{{"checkpoint", note}, {"vkey", parts_.broker.writer().verifier().vkey()}};
}

Api::Answer Api::entries(const Call& call) const {
  std::uint64_t size = 0;
  parts_.broker.read([&](const Published& published) { size = published.tree.size(); });
  const std::uint64_t from = number_or(call.request, "from", 0);
  const std::uint64_t wanted =
      std::min<std::uint64_t>(number_or(call.request, "count", entries_page_max), entries_page_max);
  json::Array out;
  if (from < size) {
    const std::vector<store::StoredEntry> stored =
        TRY(parts_.store.read(from, std::min(wanted, size - from)));
    for (const store::StoredEntry& each : stored)
      out.push_back(
          json::Object{{"bytes", to_base64(each.bytes)}, {"index", each.index}, {"leaf", each.leaf.hex()}});
  }
  return json::Object{{"entries", std::move(out)}, {"size", size}};
}

Api::Answer Api::proof(const Call& call) const {
  const std::uint64_t index = number_or(call.request, "index", UINT64_MAX);
  ledger::Proof proof{.index = index, .hashes = {}, .checkpoint_note = {}};
  Result<void> made = fail(ErrorCode::not_found, "The ledger has no such entry.");
  parts_.broker.read([&](const Published& published) {
    if (index >= published.tree.size()) return;
    proof.checkpoint_note = published.checkpoint;
    auto hashes = ledger::inclusion_proof(index, published.tree.size(), published.tree.nodes());
    if (hashes) proof.hashes = std::move(*hashes);
    made = hashes ? Result<void>() : Result<void>(tl::unexpected(hashes.error()));
  });
  TRY(std::move(made));
  const std::vector<store::StoredEntry> stored = TRY(parts_.store.read(index, 1));
  if (stored.empty()) return fail(ErrorCode::not_found, "The ledger has no such entry.");
  return json::Object{
      {"entry", to_base64(stored.front().bytes)}, {"index", index}, {"proof", to_text(proof)}};
}

}  // namespace postern::server
