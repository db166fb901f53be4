#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/instant.h"
#include "http/message.h"

/// The AWS query protocol, from the service's side: a form comes in, XML goes out (botocore's models of STS
/// 2011-06-15 and Auto Scaling 2011-01-01).
namespace postern::sandbox {

/// An error as AWS words it. Not our Error: its codes are AWS's, and clients decide by them.
struct Fault {
  int status = 400;
  std::string code;
  std::string message;
};
template <class T>
using Answer = tl::expected<T, Fault>;
inline tl::unexpected<Fault> refuse(int status, std::string code, std::string message) {
  return tl::unexpected(Fault{.status = status, .code = std::move(code), .message = std::move(message)});
}

enum class Service { sts, auto_scaling };
/// The name in a signature's scope: "sts", "autoscaling".
const char* signing_name(Service service);

using Fields = std::map<std::string, std::string, std::less<>>;

struct QueryCall {
  Service service = Service::sts;
  std::string action;
  Fields fields = {};  ///< without Action and Version

  /// The field, or "" when it was not sent.
  [[nodiscard]] const std::string& field(std::string_view name) const;
  /// ValidationError when a field stands there that is not among `known`: one left out of account may be the
  /// one that was meant to limit the call.
  [[nodiscard]] std::optional<Fault> unknown_field(std::initializer_list<std::string_view> known) const;
};

/// Reads a POST to "/" with a form of at most 100 fields of UTF-8 text, each name once. Whether the service
/// knows the action is not checked here.
Answer<QueryCall> read_call(const http::Request& request);

/// `text` with the characters escaped that mean something in XML.
std::string xml_escaped(std::string_view text);
/// <name>text</name>, escaped.
std::string xml_element(std::string_view name, std::string_view text);

/// "Mon, 23 Nov 2026 03:00:00 GMT" (RFC 9110, section 5.6.7). AWS sends it with every answer, and clients
/// tell a wrong clock by it.
std::string http_date(Instant now);

/// What a call yields: `result` is the inside of <ActionResult>, "" for actions that answer nothing.
http::Response success(const QueryCall& call, std::string_view result, std::string_view request_id);
http::Response failure(Service service, const Fault& fault, std::string_view request_id);

}  // namespace postern::sandbox
