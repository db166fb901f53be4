#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/instant.h"
#include "base/json.h"
#include "base/result.h"

/// The ledger: an append-only Merkle log (RFC 6962 hashes) in the open formats of C2SP: checkpoints, tiles,
/// proofs. Pure: bytes in, bytes or verdicts out. Where entries are kept is `store`'s affair.
namespace postern::ledger {

/// An entry bundle (C2SP tlog-tiles) counts an entry's bytes in 16 bits.
inline constexpr std::size_t entry_bytes_max = 65'535;
/// `type`, `node`, `by` and `cause` are at most this long; the last three are printable text
/// (base/encoding.h).
inline constexpr std::size_t entry_text_bytes_max = 512;

/// One thing that happened. Encoded as canonical JSON (RFC 8785) of exactly these members; absent optional
/// members are left out. What happened is in `type` and `data`; the meaning of a (`type`, `v`) never changes.
struct Entry {
  std::int64_t v = 1;  ///< version of this (`type`)'s `data`
  std::string id;      ///< idempotency key of the entry, 1-64 plain characters, unique in the ledger
  std::string type;    ///< e.g. "grant.opened": lower-case words, one dot
  Instant at;          ///< never before the entry in front of it
  std::string node;    ///< which node wrote it
  std::string by;      ///< "person:aiko", "system", "probe:okta"
  std::string cause;   ///< the command or entry that made it happen, e.g. "command:aiko/6f0c…"
  json::Value data;    ///< an object
  std::optional<Digest> private_digest =
      std::nullopt;  ///< commitment to a PrivatePart, member "private" (hex)
  friend bool operator==(const Entry&, const Entry&) = default;
};

/// The entry's bytes, the leaf of the tree. `invalid` when it is larger than entry_bytes_max or a field is
/// malformed.
Result<Bytes> encode(const Entry& entry);
/// Reads exactly what `encode` writes: `encode(decode(b)) == b`, and any other bytes are `invalid`.
Result<Entry> decode(std::string_view bytes);

/// Free text and contact data that an entry commits to but does not contain, so that it can be erased from
/// beside the log without breaking it. No rule reads it.
struct PrivatePart {
  Bytes salt;         ///< 32 random bytes, so that short texts cannot be guessed from the commitment
  json::Value value;  ///< an object
  friend bool operator==(const PrivatePart&, const PrivatePart&) = default;
};
/// SHA-256("postern-private/1\n" ‖ salt ‖ canonical JSON of value).
Digest commitment(const PrivatePart& part);

}  // namespace postern::ledger
