#include "store/batch.h"

#include <unordered_set>

#include "base/id.h"

namespace postern::store {
namespace {

constexpr std::size_t salt_bytes = 32;

tl::unexpected<Error> invalid(const NewEntry& entry, std::string_view what) {
  return fail(ErrorCode::invalid, "Entry " + entry.id + " cannot be stored: " + std::string(what));
}

Result<void> check_private(const NewEntry& entry, const ledger::PrivatePart& part) {
  if (part.salt.size() != salt_bytes)
    return invalid(entry, "the salt of its private part must have 32 bytes.");
  if (part.value.as_object() == nullptr) return invalid(entry, "its private part must be a JSON object.");
  const std::string text = json::canonical(part.value);
  if (text.size() > private_bytes_max)
    return invalid(entry, "its private part has more than 65,535 bytes. Shorten the text.");
  // What our own reader refuses (too deep, no UTF-8) would be missed only when somebody needs it.
  const Result<json::Value> read_back = json::parse(text);
  if (!read_back)
    return invalid(entry, "its private part could not be read back: " + read_back.error().message);
  return {};
}

Result<void> check_entry(const NewEntry& entry) {
  if (!is_plain_id(entry.id)) {
    return fail(ErrorCode::invalid,
                "An entry's id must have 1 to 64 characters of a-z, A-Z, 0-9, '.', '_' and '-'.");
  }
  if (entry.bytes.size() > ledger::entry_bytes_max)
    return invalid(entry, "it has more than 65,535 bytes. Put what is long into a blob and name that.");
  if (entry.blobs.size() > entry_blobs_max) return invalid(entry, "it names more than 1,024 blobs.");
  if (entry.private_part) TRY(check_private(entry, *entry.private_part));
  return {};
}

}  // namespace

Result<void> check_batch(std::span<const NewEntry> entries) {
  if (entries.size() > append_entries_max)
    return fail(ErrorCode::invalid, "One append takes at most 4,096 entries. Split the batch.");
  std::unordered_set<std::string_view> ids;
  for (const NewEntry& entry : entries) {
    TRY(check_entry(entry));
    if (!ids.insert(entry.id).second) return invalid(entry, "its id stands twice in the batch.");
  }
  return {};
}

Result<void> check_read(std::size_t count) {
  if (count > read_entries_max)
    return fail(ErrorCode::invalid, "One read gives at most 4,096 entries. Read page by page.");
  return {};
}

Result<void> check_blob(std::string_view bytes) {
  if (bytes.size() > blob_bytes_max)
    return fail(ErrorCode::invalid, "A blob has at most 8 MiB. Split the document or leave parts out.");
  return {};
}

tl::unexpected<Error> other_size(std::uint64_t expected, std::uint64_t actual) {
  return fail(ErrorCode::conflict, "The ledger has " + std::to_string(actual) + " entries and not " +
                                       std::to_string(expected) + ": read the new ones and decide again.");
}

tl::unexpected<Error> repeated_id(const std::string& id) {
  return fail(ErrorCode::invalid,
              "An entry with the id " + id + " is in the ledger already: what it says has been recorded.");
}

tl::unexpected<Error> missing_blob(const std::string& id, const Digest& name) {
  return fail(ErrorCode::not_found,
              "Entry " + id + " names the blob " + name.hex() + ", which is not there. Put the blob first.");
}

tl::unexpected<Error> no_such_blob(const Digest& name) {
  return fail(ErrorCode::not_found, "There is no blob " + name.hex() + ".");
}

tl::unexpected<Error> no_such_entry(std::uint64_t index) {
  return fail(ErrorCode::not_found, "There is no entry " + std::to_string(index) + ".");
}

}  // namespace postern::store
