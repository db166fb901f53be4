#pragma once

#include <memory>

#include "store/log.h"

namespace postern::store {

/// A store in memory, for tests and the simulation. Thread-safe. Keeps every promise of Log and Blobs but
/// durability.
std::unique_ptr<Store> open_memory();

}  // namespace postern::store
