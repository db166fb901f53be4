#include "server/described.h"

#include "base/encoding.h"
#include "emergency/confirmation.h"
#include "emergency/describe.h"
#include "emergency/statement.h"

namespace postern::server {
namespace {

using broker::Published;
using emergency::to_json;

/// The words that `commitment` stands for, and their salt; null when they were erased.
void add_words(json::Value& value, const Published& published, const std::optional<Digest>& commitment) {
  const auto found = commitment ? published.private_parts.find(*commitment) : published.private_parts.end();
  const bool is_kept = found != published.private_parts.end();
  value.as_object()->emplace("reason_text",
                             is_kept ? json::Value(found->second.value.text_at("reason")) : json::Value());
  value.as_object()->emplace("reason_salt",
                             is_kept ? json::Value(to_base64(found->second.salt)) : json::Value());
}

}  // namespace

json::Value described(const Published& published, const emergency::Request& request) {
  json::Value value = to_json(request);
  add_words(value, published, request.terms.reason);
  value.as_object()->emplace("digest", digest_of(request.terms).hex());
  return value;
}

json::Value described(const Published& published, const emergency::Emergency& emergency, Instant now) {
  json::Value value = to_json(emergency);
  value.as_object()->emplace(
      "return_to_normal", to_json(evaluate_return(*published.in_force, published.situation, emergency, now)));
  return value;
}

json::Value described(const Published& published, const emergency::Override& overriding) {
  json::Value value = to_json(overriding);
  add_words(value, published, overriding.terms.reason);
  return value;
}

}  // namespace postern::server
