// How fast the SQLite store appends, against what the disk allows: write + fdatasync of the same bytes to a
// plain file. All contenders take turns in one run, A B C D A B C D …, since the speed of a disk changes from
// minute to minute. Run it on the disk that will hold the ledger:
//
//   append_bench [--dir DIRECTORY] [--entries N] [--rounds N] [--milliseconds N] [--json]
//
// The plain file comes in three kinds, because they differ by more than a factor of two: `grows` (what a
// simple log does), `allocated` (fallocate, 4 MiB ahead), `overwrites` (space filled with zeros before: no
// file metadata to sync, the physical limit). The store's turns include its checkpoints.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/json.h"
#include "store/sqlite.h"

namespace postern::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t entry_bytes = 432;
constexpr off_t ahead_bytes = off_t{4} << 20;
constexpr off_t zeroed_bytes = off_t{64} << 20;

struct Options {
  std::string directory = ".";
  std::size_t entries = 20'000;  ///< in the ledger before it starts
  int rounds = 36;
  int milliseconds = 250;  ///< of one turn
  bool json = false;
};

[[noreturn]] void give_up(const std::string& why) {
  std::cerr << "append_bench: " << why << "\n";
  std::exit(1);
}

/// Batches of entries with random ids, as idempotency keys are.
class Batches {
 public:
  std::vector<store::NewEntry> next(std::size_t size) {
    std::vector<store::NewEntry> batch(size);
    for (store::NewEntry& entry : batch) {
      std::string id(16, '\0');
      for (char& c : id) c = static_cast<char>(random_());
      entry.id = to_hex(id);
      entry.bytes = entry.id + std::string(entry_bytes - entry.id.size(), 'x');
    }
    return batch;
  }

 private:
  std::mt19937_64 random_{1};
};

class Contender {
 public:
  explicit Contender(std::string name) : name_(std::move(name)) {}
  virtual ~Contender() = default;
  virtual void append(const std::vector<store::NewEntry>& batch, const std::string& bytes) = 0;
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string name_;
};

enum class Space { grows, allocated, overwrites };

class PlainFile final : public Contender {
 public:
  PlainFile(const std::string& name, const std::string& path, Space space) : Contender(name), space_(space) {
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor_ < 0) give_up("cannot make " + path);
    if (space_ != Space::overwrites) return;
    const std::string zeros(1U << 20U, '\0');
    for (off_t at = 0; at < zeroed_bytes; at += static_cast<off_t>(zeros.size()))
      if (::pwrite(descriptor_, zeros.data(), zeros.size(), at) < 0) give_up("cannot fill " + path);
    ::fsync(descriptor_);
  }
  PlainFile(const PlainFile&) = delete;
  PlainFile& operator=(const PlainFile&) = delete;
  ~PlainFile() override { ::close(descriptor_); }

  void append(const std::vector<store::NewEntry>&, const std::string& bytes) override {
    const auto size = static_cast<off_t>(bytes.size());
    if (space_ == Space::overwrites && end_ + size > zeroed_bytes) end_ = 0;
    if (space_ == Space::allocated && end_ + size > allocated_) {
      if (::posix_fallocate(descriptor_, allocated_, ahead_bytes) != 0) give_up("cannot allocate");
      allocated_ += ahead_bytes;
    }
    if (::pwrite(descriptor_, bytes.data(), bytes.size(), end_) != size) give_up("a write failed");
    if (::fdatasync(descriptor_) != 0) give_up("a sync failed");
    end_ += size;
  }

 private:
  Space space_;
  int descriptor_;
  off_t end_ = 0;
  off_t allocated_ = 0;
};

class Ledger final : public Contender {
 public:
  Ledger(const std::string& name, const std::string& path, std::size_t entries, Batches& batches)
      : Contender(name) {
    auto opened = store::open_sqlite({.path = path});
    if (!opened) give_up(opened.error().message);
    store_ = std::move(*opened);
    while (size_ < entries) append(batches.next(std::min(entries - size_, store::append_entries_max)), "");
  }
  void append(const std::vector<store::NewEntry>& batch, const std::string&) override {
    if (const auto done = store_->append(size_, batch); !done) give_up(done.error().message);
    size_ += batch.size();
  }

 private:
  std::unique_ptr<store::Store> store_;
  std::uint64_t size_ = 0;
};

struct Measured {
  std::vector<double> rates;    ///< appends a second, by round
  std::vector<double> seconds;  ///< of every append

  [[nodiscard]] double median() const {
    std::vector<double> sorted = rates;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
  [[nodiscard]] double overall() const {
    return static_cast<double>(seconds.size()) / std::accumulate(seconds.begin(), seconds.end(), 0.0);
  }
  [[nodiscard]] double millisecond_quantile(double share) const {
    std::vector<double> sorted = seconds;
    std::sort(sorted.begin(), sorted.end());
    return 1e3 * sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
  }
};

/// One turn: appends until their own time (not that of making batches) is up.
void take_turn(Contender& contender, std::size_t batch_size, double turn_seconds, Batches& batches,
               Measured& out) {
  double used = 0;
  std::size_t appends = 0;
  for (; used < turn_seconds; ++appends) {
    const std::vector<store::NewEntry> batch = batches.next(batch_size);
    std::string bytes;
    for (const store::NewEntry& entry : batch) bytes += entry.bytes;
    const Clock::time_point begin = Clock::now();
    contender.append(batch, bytes);
    out.seconds.push_back(std::chrono::duration<double>(Clock::now() - begin).count());
    used += out.seconds.back();
  }
  out.rates.push_back(static_cast<double>(appends) / used);
}

void print_table(std::size_t batch, const std::vector<std::unique_ptr<Contender>>& contenders,
                 const std::vector<Measured>& measured) {
  std::printf("\nbatches of %zu x %zu bytes\n", batch, entry_bytes);
  std::printf("%-18s %12s %12s %9s %9s %22s\n", "", "appends/s", "overall", "p99 ms", "worst ms",
              "ledger : this (overall)");
  const Measured& ledger = measured.back();
  for (std::size_t i = 0; i < contenders.size(); ++i) {
    const Measured& each = measured[i];
    std::printf("%-18s %12.0f %12.0f %9.2f %9.2f %12.2f   (%.2f)\n", contenders[i]->name().c_str(),
                each.median(), each.overall(), each.millisecond_quantile(0.99), each.millisecond_quantile(1),
                ledger.median() / each.median(), ledger.overall() / each.overall());
  }
}

json::Value as_json(std::size_t batch, const std::vector<std::unique_ptr<Contender>>& contenders,
                    const std::vector<Measured>& measured) {
  json::Array rows;
  const Measured& ledger = measured.back();
  for (std::size_t i = 0; i < contenders.size(); ++i)
    rows.emplace_back(json::Object{{"name", contenders[i]->name()},
                                   {"appends_per_second_median", measured[i].median()},
                                   {"appends_per_second_overall", measured[i].overall()},
                                   {"milliseconds_p99", measured[i].millisecond_quantile(0.99)},
                                   {"milliseconds_worst", measured[i].millisecond_quantile(1)},
                                   {"ledger_ratio_of_medians", ledger.median() / measured[i].median()},
                                   {"ledger_ratio_overall", ledger.overall() / measured[i].overall()}});
  return json::Object{{"batch", static_cast<std::int64_t>(batch)}, {"contenders", std::move(rows)}};
}

Options options_from(int argc, char** argv) {
  Options options;
  const auto number = [](const char* text) {
    const long value = std::strtol(text, nullptr, 10);
    if (value < 1) give_up(std::string("not a positive number: ") + text);
    return value;
  };
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--json") {
      options.json = true;
      continue;
    }
    if (i + 1 == argc)
      give_up("usage: [--dir DIRECTORY] [--entries N] [--rounds N] [--milliseconds N] [--json]");
    const char* value = argv[++i];
    if (name == "--dir")
      options.directory = value;
    else if (name == "--entries")
      options.entries = static_cast<std::size_t>(number(value));
    else if (name == "--rounds")
      options.rounds = static_cast<int>(number(value));
    else if (name == "--milliseconds")
      options.milliseconds = static_cast<int>(number(value));
    else
      give_up("unknown option " + name);
  }
  return options;
}

json::Value run(const Options& options, const std::string& directory, std::size_t batch_size) {
  Batches batches;
  const std::string base = directory + "/" + std::to_string(batch_size);
  std::vector<std::unique_ptr<Contender>> contenders;
  contenders.push_back(std::make_unique<PlainFile>("file, grows", base + ".grows", Space::grows));
  contenders.push_back(std::make_unique<PlainFile>("file, allocated", base + ".allocated", Space::allocated));
  contenders.push_back(
      std::make_unique<PlainFile>("file, overwrites", base + ".overwrites", Space::overwrites));
  contenders.push_back(std::make_unique<Ledger>("ledger (SQLite)", base + ".db", options.entries, batches));
  std::vector<Measured> measured(contenders.size());
  for (int round = 0; round < options.rounds; ++round)
    for (std::size_t i = 0; i < contenders.size(); ++i)
      take_turn(*contenders[i], batch_size, options.milliseconds / 1e3, batches, measured[i]);
  if (!options.json) print_table(batch_size, contenders, measured);
  return as_json(batch_size, contenders, measured);
}

}  // namespace
}  // namespace postern::bench

int main(int argc, char** argv) {
  using namespace postern;
  const bench::Options options = bench::options_from(argc, argv);
  std::string directory = options.directory + "/append-bench-XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr)
    bench::give_up("cannot make a directory in " + options.directory);
  json::Array results;
  for (const std::size_t batch_size : {std::size_t{1}, std::size_t{64}})
    results.push_back(bench::run(options, directory, batch_size));
  std::filesystem::remove_all(directory);
  if (options.json) std::cout << json::pretty(results) << "\n";
}
