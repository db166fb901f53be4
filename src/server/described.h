#pragma once

#include "base/json.h"
#include "broker/broker.h"

/// Things of the published state with what people need beside them. Inside of the API only.
namespace postern::server {

/// With the reason in words, as far as it was not erased, the digest that approvers sign, who is asked now,
/// what was denied before, and what has happened to it.
json::Value described(const broker::Published& published, const emergency::Request& request, Instant now);
/// A process as whoever may ask by it needs it: when to use it, its form, its limits, the accounts.
json::Value described(const broker::Published& published, const catalog::Process& process);
/// What happened in an emergency, entry by entry, with the words that people wrote. With `about`, of that
/// request or its grant alone.
json::Array timeline_of(const broker::Published& published, const emergency::Emergency& emergency,
                        const std::string& about = "");
/// With its return to normal as a tree of what holds and what is missing.
json::Value described(const broker::Published& published, const emergency::Emergency& emergency, Instant now);
/// With the typed reason in words, and its salt, so that whoever signs can hold it against the commitment.
json::Value described(const broker::Published& published, const emergency::Override& overriding);

}  // namespace postern::server
