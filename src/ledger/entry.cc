#include "ledger/entry.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/id.h"

namespace postern::ledger {
namespace {

constexpr std::int64_t version_max = (std::int64_t{1} << 53U) - 1;

tl::unexpected<Error> malformed(const std::string& what) {
  return fail(ErrorCode::invalid, "This is no ledger entry: " + what + ".");
}

/// Lower-case words on both sides of one dot.
bool is_type(std::string_view text) {
  const auto is_word = [](std::string_view word) {
    return !word.empty() &&
           std::all_of(word.begin(), word.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  };
  const std::size_t dot = text.find('.');
  return text.size() <= entry_text_bytes_max && dot != std::string_view::npos &&
         is_word(text.substr(0, dot)) && is_word(text.substr(dot + 1));
}

bool is_text(std::string_view text) { return text.size() <= entry_text_bytes_max && is_printable_text(text); }

Result<void> check(const Entry& entry) {
  static constexpr Instant year_10000 = std::chrono::sys_days(std::chrono::year(10000) / 1 / 1);
  if (entry.v < 1 || entry.v > version_max) return malformed("\"v\" counts from 1");
  if (!is_plain_id(entry.id))
    return malformed("\"id\" is not 1 to 64 characters of a-z, A-Z, 0-9, '.', '_' and '-'");
  if (!is_type(entry.type)) return malformed("\"type\" is not two lower-case words with a dot between");
  if (entry.at < Instant{} || entry.at >= year_10000)
    return malformed("\"at\" is not between the years 1970 and 9999");
  if (!is_text(entry.node) || !is_text(entry.by) || !is_text(entry.cause))
    return malformed("\"node\", \"by\" or \"cause\" is longer than 512 bytes or not printable");
  if (entry.data.as_object() == nullptr) return malformed("\"data\" is not an object");
  return {};
}

std::string canonical_of(const Entry& entry) {
  json::Object members{
      {"v", entry.v},       {"id", entry.id}, {"type", entry.type},   {"at", to_rfc3339(entry.at)},
      {"node", entry.node}, {"by", entry.by}, {"cause", entry.cause}, {"data", entry.data}};
  if (entry.private_digest) members.emplace("private", entry.private_digest->hex());
  return json::canonical(std::move(members));
}

}  // namespace

Result<Bytes> encode(const Entry& entry) {
  TRY(check(entry));
  Bytes bytes = canonical_of(entry);
  if (bytes.size() > entry_bytes_max)
    return malformed("it has " + std::to_string(bytes.size()) +
                     " bytes and the limit is 65535; put large parts into a blob");
  // What no reader would take back must never be appended: bad UTF-8, deep nesting, a double that reads as a
  // whole number beyond 2^53-1.
  TRY(json::parse(bytes));
  return bytes;
}

Result<Entry> decode(std::string_view bytes) {
  if (bytes.size() > entry_bytes_max) return malformed("it is larger than 65535 bytes");
  const json::Value value = TRY(json::parse(bytes));
  json::Reader reader(value);
  Entry entry{.v = TRY(reader.integer("v")),
              .id = TRY(reader.text("id")),
              .type = TRY(reader.text("type")),
              .at = TRY(parse_rfc3339(TRY(reader.text("at")))),
              .node = TRY(reader.text("node")),
              .by = TRY(reader.text("by")),
              .cause = TRY(reader.text("cause")),
              .data = *TRY(reader.any("data"))};
  if (reader.has("private")) entry.private_digest = TRY(Digest::from_hex(TRY(reader.text("private"))));
  TRY(reader.finish());
  TRY(check(entry));
  // One meaning, one text: otherwise two nodes could hash the same fact differently.
  if (canonical_of(entry) != bytes) return malformed("it is not in its canonical form (RFC 8785)");
  return entry;
}

Digest commitment(const PrivatePart& part) {
  return sha256({"postern-private/1\n", part.salt, json::canonical(part.value)});
}

}  // namespace postern::ledger
