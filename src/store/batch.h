#pragma once

#include <span>
#include <string>
#include <string_view>

#include "store/log.h"

/// What every store asks of its callers before it looks at what it holds. One place, so that no store is
/// laxer.
namespace postern::store {

/// `invalid` when a limit is broken, an id is malformed or stands twice in the batch, or a private part could
/// not be read back.
Result<void> check_batch(std::span<const NewEntry> entries);
Result<void> check_read(std::size_t count);
Result<void> check_blob(std::string_view bytes);

/// The errors of Log::append that depend on what the log holds, worded once.
tl::unexpected<Error> other_size(std::uint64_t expected, std::uint64_t actual);
tl::unexpected<Error> repeated_id(const std::string& id);
tl::unexpected<Error> missing_blob(const std::string& id, const Digest& name);
tl::unexpected<Error> no_such_blob(const Digest& name);
tl::unexpected<Error> no_such_entry(std::uint64_t index);

}  // namespace postern::store
