#include "server/described.h"

#include "base/encoding.h"
#include "emergency/confirmation.h"
#include "emergency/describe.h"
#include "emergency/statement.h"

namespace postern::server {
namespace {

using broker::Published;
using emergency::to_json;

/// The words that a member commits to, under another name beside it; null when they were erased.
void add_said(json::Value& value, const Published& published, std::string_view member, const char* name) {
  const auto digest = Digest::from_hex(value.text_at(member));
  const auto found = digest ? published.private_parts.find(*digest) : published.private_parts.end();
  value.as_object()->emplace(name, found == published.private_parts.end()
                                       ? json::Value()
                                       : json::Value(found->second.value.text_at("reason")));
}

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
  add_said(value, published, "end_reason", "end_reason_text");
  value.as_object()->emplace(
      "return_to_normal", to_json(evaluate_return(*published.in_force, published.situation, emergency, now)));
  return value;
}

json::Value described(const Published& published, const emergency::Override& overriding) {
  json::Value value = to_json(overriding);
  add_words(value, published, overriding.terms.reason);
  json::Object& object = *value.as_object();
  for (json::Value& each : *object.at("objections").as_array())
    add_said(each, published, "reason", "reason_text");
  if (overriding.review) add_said(object.at("review"), published, "note", "note_text");
  return value;
}

}  // namespace postern::server
