// The ledger as a server shows it.
#include "cli/ledger_source.h"

#include "base/encoding.h"

namespace postern::cli {
namespace {

class ServerSource : public LedgerSource {
 public:
  explicit ServerSource(Settings settings) : connection_(std::move(settings)) {}

  Result<std::uint64_t> size() override {
    const json::Value page = TRY(TRY(connection_.api())->get("/api/v1/ledger/entries?count=0"));
    json::Reader reader(page);
    return static_cast<std::uint64_t>(TRY(reader.integer("size")));
  }

  Result<std::vector<Row>> read(std::uint64_t from, std::size_t count) override {
    const json::Value page = TRY(
        TRY(connection_.api())
            ->get("/api/v1/ledger/entries?from=" + std::to_string(from) + "&count=" + std::to_string(count)));
    json::Reader reader(page);
    std::vector<Row> rows;
    for (const json::Value& each : *TRY(reader.array("entries"))) {
      json::Reader row(each);
      rows.push_back({static_cast<std::uint64_t>(TRY(row.integer("index"))),
                      TRY(from_base64(TRY(row.text("bytes", 128U << 10U)))),
                      TRY(Digest::from_hex(TRY(row.text("leaf"))))});
    }
    return rows;
  }

  Result<std::string> checkpoint() override { return text("checkpoint"); }
  Result<std::string> vkey() override { return text("vkey"); }

 private:
  Result<std::string> text(std::string_view name) {
    const json::Value answer = TRY(TRY(connection_.api())->get("/api/v1/ledger/checkpoint"));
    json::Reader reader(answer);
    return reader.text(name);
  }
  Connection connection_;
};

}  // namespace

std::unique_ptr<LedgerSource> from_server(const Settings& settings) {
  return std::make_unique<ServerSource>(settings);
}

}  // namespace postern::cli
