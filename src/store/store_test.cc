#include "store/contract.h"
#include "store/memory.h"
#include "store/sqlite.h"

namespace postern::store {
namespace {

// A log so small that many appends come with a checkpoint, in the time of which readers see what `append` has
// not returned from.
constexpr std::size_t wal_bytes = 64U << 10U;

INSTANTIATE_TEST_SUITE_P(
    Every, StoreContract,
    testing::Values(
        StoreKind{"Memory", [](const TestDirectory&) { return open_memory(); }},
        StoreKind{"Sqlite",
                  [](const TestDirectory& directory) {
                    return open_sqlite({.path = directory.file("ledger.db"), .wal_bytes = wal_bytes}).value();
                  }}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace postern::store
