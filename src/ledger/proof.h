#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/checkpoint.h"
#include "ledger/merkle.h"

/// C2SP tlog-proof v1: a receipt that one entry is in the log, checked offline with the log's public key
/// alone.
namespace postern::ledger {

struct Proof {
  std::uint64_t index = 0;
  std::vector<Digest> hashes;   ///< from the leaf's sibling upwards
  std::string checkpoint_note;  ///< verbatim
  friend bool operator==(const Proof&, const Proof&) = default;
};

std::string to_text(const Proof& proof);
/// Reads what `to_text` writes; an `extra` line is allowed and dropped, since nothing vouches for it.
Result<Proof> parse_proof(std::string_view text);
/// The checkpoint that vouches for `entry`. `damaged` when signature or path do not fit, `invalid` when
/// malformed.
Result<Checkpoint> verify(const Proof& proof, std::string_view entry, const NoteVerifier& log);

}  // namespace postern::ledger
