#pragma once

#include "base/json.h"
#include "broker/broker.h"

/// Things of the published state with what people need beside them. Inside of the API only.
namespace postern::server {

/// With the reason in words, as far as it was not erased, and the digest that approvers sign.
json::Value described(const broker::Published& published, const emergency::Request& request);
/// With its return to normal as a tree of what holds and what is missing.
json::Value described(const broker::Published& published, const emergency::Emergency& emergency, Instant now);
/// With the typed reason in words, and its salt, so that whoever signs can hold it against the commitment.
json::Value described(const broker::Published& published, const emergency::Override& overriding);

}  // namespace postern::server
