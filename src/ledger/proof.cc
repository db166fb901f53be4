#include "ledger/proof.h"

#include "base/encoding.h"
#include "ledger/line_format.h"

namespace postern::ledger {
namespace {

constexpr std::string_view first_line = "c2sp.org/tlog-proof@v1";
constexpr std::size_t proof_hashes_max = 64;
constexpr std::size_t proof_bytes_max = 2 * note_bytes_max;

tl::unexpected<Error> malformed(const char* what) {
  return fail(ErrorCode::invalid,
              "This is no tlog-proof: " + std::string(what) + ". Ask the log for it again.");
}

}  // namespace

std::string to_text(const Proof& proof) {
  std::string text = std::string(first_line) + "\nindex " + std::to_string(proof.index) + "\n";
  for (const Digest& hash : proof.hashes) text += to_base64(hash.view()) + "\n";
  return text + "\n" + proof.checkpoint_note;
}

Result<Proof> parse_proof(std::string_view text) {
  if (text.size() > proof_bytes_max) return malformed("it is larger than 128 KiB");
  std::string_view rest = text;
  if (take_line(rest) != first_line) return malformed("it does not start with c2sp.org/tlog-proof@v1");
  auto line = take_line(rest);
  if (line && line->starts_with("extra ")) {
    if (!from_base64(line->substr(6))) return malformed("its extra data is not Base64");
    line = take_line(rest);
  }
  if (!line || !line->starts_with("index ")) return malformed("the index line is missing");
  Proof proof{.index = TRY(parse_decimal(line->substr(6))), .hashes = {}, .checkpoint_note = {}};
  for (line = take_line(rest); line && !line->empty(); line = take_line(rest)) {
    if (proof.hashes.size() == proof_hashes_max) return malformed("it has more than 64 hashes");
    proof.hashes.push_back(TRY(parse_hash(*line)));
  }
  if (!line || rest.empty()) return malformed("the checkpoint is missing");
  proof.checkpoint_note = std::string(rest);
  return proof;
}

Result<Checkpoint> verify(const Proof& proof, std::string_view entry, const NoteVerifier& log) {
  Checkpoint checkpoint = TRY(open_checkpoint(proof.checkpoint_note, log));
  TRY(verify_inclusion(proof.index, checkpoint.size, leaf_hash(entry), proof.hashes, checkpoint.root));
  return checkpoint;
}

}  // namespace postern::ledger
