#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "ledger/note.h"

/// C2SP tlog-checkpoint v1.0.0: a signed statement of how large the log is and what its root is. Sizes go to
/// tree_size_max (ledger/line_format.h).
namespace postern::ledger {

struct Checkpoint {
  std::string origin;  ///< which log; equals the name of the key that signs it
  std::uint64_t size = 0;
  Digest root;
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

/// Origin, size and root on three lines, each ended by a newline.
std::string body_of(const Checkpoint& checkpoint);
/// Reads a body; extension lines after the third are allowed and ignored. `invalid` when it is not a
/// checkpoint.
Result<Checkpoint> parse_checkpoint(std::string_view body);

/// The signed note. The origin must be the signer's name.
std::string sign(const Checkpoint& checkpoint, const NoteSigner& signer);
/// The checkpoint in `note`, if `log` signed it and the origin is the key's name. Otherwise `damaged` or
/// `invalid`.
Result<Checkpoint> open_checkpoint(std::string_view note, const NoteVerifier& log);

}  // namespace postern::ledger
