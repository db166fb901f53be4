#include "ledger/checkpoint.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "ledger/line_format.h"

namespace postern::ledger {
namespace {

tl::unexpected<Error> malformed() {
  return fail(ErrorCode::invalid,
              "This is no checkpoint: it needs a line each for origin, size and root, and no empty line. "
              "Fetch it again.");
}

}  // namespace

std::string body_of(const Checkpoint& checkpoint) {
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" +
         to_base64(checkpoint.root.view()) + "\n";
}

Result<Checkpoint> parse_checkpoint(std::string_view body) {
  if (body.size() > note_bytes_max || !is_utf8(body)) return malformed();
  std::string_view rest = body;
  std::array<std::string_view, 3> lines;
  for (std::size_t i = 0; !rest.empty() || i < lines.size(); ++i) {
    const auto line = take_line(rest);
    if (!line || line->empty()) return malformed();
    if (i < lines.size()) lines.at(i) = *line;
  }
  return Checkpoint{.origin = std::string(lines[0]),
                    .size = TRY(parse_decimal(lines[1])),
                    .root = TRY(parse_hash(lines[2]))};
}

std::string sign(const Checkpoint& checkpoint, const NoteSigner& signer) {
  ENSURE(checkpoint.origin == signer.verifier().name());
  return sign_note(body_of(checkpoint), {&signer});
}

Result<Checkpoint> open_checkpoint(std::string_view note, const NoteVerifier& log) {
  const OpenedNote opened = TRY(open_note(note, {log}));
  Checkpoint checkpoint = TRY(parse_checkpoint(opened.text));
  // The same key under another origin would let one log's history pass for another's.
  if (checkpoint.origin != log.name())
    return fail(ErrorCode::damaged,
                "This checkpoint is signed by " + log.name() +
                    " but speaks of another log. Do not trust it; ask who runs that log.");
  return checkpoint;
}

}  // namespace postern::ledger
