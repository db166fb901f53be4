#include "store/contract.h"
#include "store/memory.h"
#include "store/sqlite.h"

namespace postern::store {
namespace {

INSTANTIATE_TEST_SUITE_P(Every, StoreContract,
                         testing::Values(StoreKind{"Memory",
                                                   [](const TestDirectory&) { return open_memory(); }},
                                         StoreKind{"Sqlite",
                                                   [](const TestDirectory& directory) {
                                                     return open_sqlite({.path = directory.file("ledger.db"),
                                                                         .wal_bytes = 256U << 10U})
                                                         .value();
                                                   }}),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace postern::store
