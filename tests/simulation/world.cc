#include "world.h"

namespace postern::simulation {
namespace {

/// FM1 with one tier of two people, so that a double answer of one person would matter. In some worlds
/// emergencies outlive everything, in others they expire in the middle.
catalog::Catalog company(std::uint64_t seed) {
  catalog::Catalog catalog = example_catalog();
  catalog.groups.at(security_leads) = {dana, emil, ben};
  for (auto& [name, process] : catalog.processes)
    process.tiers = {{.from = {security_leads}, .count = 2, .within = std::chrono::minutes(10)},
                     {.from = {executives}, .count = 1, .within = std::chrono::minutes(10)}};
  for (auto& [id, person] : catalog.people) person.deputy = deputy_of(id), person.manager = fumi;
  catalog.people.at(fumi).manager.reset();
  for (auto& [name, process] : catalog.processes) process.access.smaller_roles = {"EmergencyAccess_ReadOnly"};
  for (auto& [name, process] : catalog.processes)
    process.override_rule->co_signers = 2, process.override_rule->objection_window = override_window;
  catalog.modes.at(idp_unavailable).lasts =
      seed % 2 == 0 ? std::chrono::hours(6) : std::chrono::hours(24 * 30);
  return catalog;
}

}  // namespace

Result<void> FailingStore::append(std::uint64_t expected_size, std::span<const store::NewEntry> entries) {
  if (!fails()) return inner_.append(expected_size, entries);
  switch (dice_.number(3)) {
    case 0:
      return fail(ErrorCode::unavailable, "simulated: nothing was written");
    case 1:
      return fail(ErrorCode::outcome_unknown, "simulated: nothing was written, and nobody knows");
    default:
      break;
  }
  Result<void> appended = inner_.append(expected_size, entries);
  if (appended) return fail(ErrorCode::outcome_unknown, "simulated: all was written, and nobody knows");
  return appended;
}

Result<std::optional<std::uint64_t>> FailingStore::find(std::string_view id) {
  if (fails()) return fail(ErrorCode::unavailable, "simulated: no look-up");
  return inner_.find(id);
}

World::World(std::uint64_t seed)
    : dice(seed),
      signer_(ledger::NoteSigner::from_seed(std::string(ledger_origin), Secret(Bytes(32, 'k'))).value()),
      catalog_(std::make_shared<const catalog::Catalog>(company(seed))) {
  for (const char* name : {"node-1", "node-2"}) {
    Node node{.name = name, .store = std::make_unique<FailingStore>(*durable_, dice)};
    revive(node);
    nodes.push_back(std::move(node));
  }
  const Digest blob = durable_->put("the catalog of the simulation").value();
  emergency::AdoptCatalog adopt{.digest = blob, .candidate = catalog_, .replaces = {}, .signatures = {}};
  for (const PersonId& owner : {dana, emil})
    adopt.signatures.push_back(signature_of(owner, emergency::catalog_statement(blob, {})));
  while (!submit(nodes[0], {by_postern(adopt), {}})) continue;
}

void World::revive(Node& node) {
  broker::Writer::Options options{.node = node.name};
  if (!node.last_checkpoint.empty()) options.last_checkpoint = node.last_checkpoint;
  const auto read_catalog =
      [this](std::string_view /*blob*/) -> Result<std::shared_ptr<const catalog::Catalog>> {
    return catalog_;
  };
  node.writer = broker::Writer::open(*node.store, signer_, read_catalog, options).value();
  ENSURE(node.writer->damage().empty());
  Instant last_at;
  node.writer->read([&](const broker::Published& published) { last_at = published.situation.last_at; });
  node.wall_offset = milliseconds(0);  // a machine that starts gets its time anew
  node.timeline.emplace(last_at, true_time, milliseconds(true_time - start));
}

Instant World::now_at(Node& node) {
  const auto reading = node.timeline->read(true_time + node.wall_offset, milliseconds(true_time - start));
  bool known = false;
  node.writer->read([&](const broker::Published& published) { known = published.situation.clock_in_doubt; });
  if (known != reading.in_doubt)
    static_cast<void>(node.writer->commit(
        {{by_postern(emergency::RecordClockJump{{reading.by, reading.in_doubt}}), {}}}, reading.now));
  return reading.now;
}

Result<broker::Receipt> World::submit(Node& node, const broker::Submission& submission) {
  const Instant now = now_at(node);
  std::vector<Result<broker::Receipt>> answers = node.writer->commit({submission}, now);
  node.writer->read([&](const broker::Published& published) { node.last_checkpoint = published.checkpoint; });
  return std::move(answers.front());
}

void World::settle(Node& node) { static_cast<void>(submit(node, {by_postern(emergency::Settle{}), {}})); }

void World::heal() {
  for (Node& node : nodes) {
    node.store->heal();
    node.wall_offset = milliseconds(0);
    if (node.writer == nullptr) revive(node);
    static_cast<void>(now_at(node));
  }
}

}  // namespace postern::simulation
