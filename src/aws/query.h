#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "aws/credentials.h"
#include "aws/xml.h"
#include "base/instant.h"
#include "http/client.h"

/// AWS's Query protocol: a signed form goes in, XML comes out (STS, EC2 Auto Scaling, IAM). Inside this
/// folder only.
namespace postern::aws {

/// The fields of a form; wiped at the end, because one of them may be an MFA code.
class Form {
 public:
  Form(std::string_view action, std::string_view version);
  ~Form();
  Form(const Form&) = delete;
  Form& operator=(const Form&) = delete;

  void add(std::string_view name, std::string_view value) { fields_.emplace_back(name, value); }
  [[nodiscard]] const std::string& action() const { return fields_.front().second; }
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct Deadlines {
  std::chrono::milliseconds connect{2000};
  std::chrono::milliseconds whole{5000};
};

/// Where a service answers in one Region.
struct Endpoint {
  std::string service;
  std::string region;
  std::string scheme;  ///< "https", or "http" by override
  std::string host;    ///< with the port, where it is not the default
  std::string path;
};

/// The Regional endpoint, or the one that `override_url` names. `invalid` for a Region or URL with anything
/// in it that could lead a signed request to another host.
Result<Endpoint> endpoint_of(std::string_view service, const std::string& region,
                             const std::optional<std::string>& override_url);

/// The service understood the request and said no.
struct Refusal {
  int status = 0;
  std::string code;
  std::string message;  ///< AWS's own words, on one line, cut, without the session token
  std::string request_id;
  /// Our clock minus that of the answer's Date field (whole seconds); nullopt when there is no such field.
  std::optional<std::chrono::seconds> clock_ahead;
};

/// The root of a successful answer, or a refusal.
using Answer = std::variant<xml::Element, Refusal>;

/// Sends the form, signed at `now`, and reads the answer. `unavailable` when the endpoint is not reached or
/// answers with something that AWS would not say (a proxy, a captive portal).
Result<Answer> ask(http::Client& client, const Endpoint& endpoint, const Form& form,
                   const Credentials& credentials, Instant now, Deadlines deadlines);

/// True when another endpoint of the service may well say yes: trouble on AWS's side, throttling, a Region
/// that is not activated.
bool concerns_the_endpoint_only(const Refusal& refusal);

/// "AccessDenied (HTTP 403, request 1b2c…): AWS's words", for an Error's detail.
std::string detail_of(const Refusal& refusal);

/// An HTTP date as servers send it today: "Mon, 23 Nov 2026 14:32:08 GMT" (RFC 9110, section 5.6.7,
/// IMF-fixdate).
std::optional<Instant> parse_http_date(std::string_view text);

}  // namespace postern::aws
