#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "broker/broker.h"
#include "emergency/testing.h"
#include "store/memory.h"

/// The test world's company behind a real broker, with channels. For the tests of this folder.
namespace postern::notify::for_test {

using namespace emergency::test_world;  // NOLINT(google-build-using-namespace): its people are ours

class RealClock : public Clock {
 public:
  [[nodiscard]] Instant wall() const override {
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  }
  [[nodiscard]] milliseconds steady() const override {
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
  }
};

/// E-1 is open. Everybody has mail; Ben is paged first. Dana reads Japanese.
class Company {
 public:
  explicit Company(const std::function<void(catalog::Catalog&)>& change = [](catalog::Catalog&) {}) {
    catalog::Catalog made = example_catalog();
    const std::map<std::string, std::string> channels{
        {"mail", "smtp"}, {"page", "pagerduty"}, {"room", "slack"}, {"hook", "webhook"}};
    for (const auto& [name, kind] : channels)
      made.channels.emplace(name, catalog::Channel{.provider = {.kind = kind}});
    for (auto& [id, person] : made.people) person.reached_by = {"mail"};
    made.people.at(ben).reached_by = {"page", "mail"};
    made.people.at(dana).language = catalog::Language::japanese;
    change(made);
    catalog_ = std::make_shared<const catalog::Catalog>(std::move(made));
    const auto read = [this](std::string_view) -> Result<std::shared_ptr<const catalog::Catalog>> {
      return catalog_;
    };
    broker_ = std::make_unique<broker::Broker>(broker::Writer::open(*store_, signer_, read, {}).value(),
                                               clock, broker::Broker::Options{});
    const Digest blob = store_->put("catalog").value();
    emergency::AdoptCatalog adopt{.digest = blob, .candidate = catalog_, .replaces = {}, .signatures = {}};
    const std::vector<PersonId> owners{dana, emil};
    for (const PersonId& owner : owners)
      adopt.signatures.push_back(signature_of(owner, emergency::catalog_statement(blob, {})));
    does({}, adopt);
    does(chie, attest());
    does(emil, attest());
    does(dana, declare());
  }

  broker::Receipt does(const std::optional<PersonId>& person, emergency::Command command) {
    emergency::Ask ask{.by = {person, {}},
                       .key = person ? "k" + std::to_string(++keys_) : "",
                       .fingerprint = sha256(std::to_string(keys_)),
                       .command = std::move(command)};
    std::optional<ledger::PrivatePart> reason;
    if (std::holds_alternative<emergency::SubmitRequest>(ask.command)) reason = example_reason();
    return broker_->submit({std::move(ask), reason}).value();
  }
  emergency::Situation situation() const {
    emergency::Situation out;
    broker_->read([&](const broker::Published& published) { out = published.situation; });
    return out;
  }
  /// Entries of that type, as text.
  std::vector<std::string> entries(const std::string& type) const {
    std::vector<std::string> out;
    const std::uint64_t size = store_->head().value();
    for (std::uint64_t from = 0; from < size; from += store::read_entries_max) {
      const auto stored =
          store_->read(from, std::min<std::uint64_t>(store::read_entries_max, size - from)).value();
      for (const auto& each : stored)
        if (each.bytes.find("\"type\":\"" + type + "\"") != std::string::npos) out.push_back(each.bytes);
    }
    return out;
  }
  broker::Broker& broker() { return *broker_; }
  RealClock clock;

 private:
  std::unique_ptr<store::Store> store_ = store::open_memory();
  ledger::NoteSigner signer_ =
      ledger::NoteSigner::from_seed(std::string(ledger_origin), Secret(Bytes(32, 'k'))).value();
  std::shared_ptr<const catalog::Catalog> catalog_;
  std::unique_ptr<broker::Broker> broker_;
  int keys_ = 0;
};

}  // namespace postern::notify::for_test
