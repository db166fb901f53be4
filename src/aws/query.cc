#include "aws/query.h"

#include <algorithm>
#include <array>

#include "aws/sigv4.h"
#include "base/encoding.h"

namespace postern::aws {
namespace {

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// "eu-west-1": lower-case words and digits joined by '-', and above all no '.', '/', '@' or ':', which would
/// make another host of it.
bool is_region(std::string_view text) {
  return text.size() >= 5 && text.size() <= 32 && text.find('-') != std::string_view::npos &&
         text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= 261 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') ||
           std::string_view("-._:[]").find(c) != std::string_view::npos;
  });
}

bool is_path(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') ||
           std::string_view("-._~/").find(c) != std::string_view::npos;
  });
}

Result<Endpoint> endpoint_from_url(std::string_view service, const std::string& region,
                                   std::string_view url) {
  const std::string_view scheme = url.starts_with("https://") ? "https" : "http";
  const std::string prefix = std::string(scheme) + "://";
  std::string_view rest = url.starts_with(prefix) ? url.substr(prefix.size()) : std::string_view();
  std::string_view host = rest.substr(0, rest.find('/'));
  rest.remove_prefix(host.size());
  if (!is_host(host) || !is_path(rest))
    return fail(ErrorCode::invalid, "The endpoint URL \"" + sanitized(url.substr(0, 200), Lines::replace) +
                                        "\" is not usable: it must be http(s)://host[:port][/path]. Correct "
                                        "AWS_ENDPOINT_URL (or the one for this service), or unset it.");
  // A default port is not sent in Host (RFC 9110, section 7.2), so it must not be signed either.
  const std::string_view default_port = scheme == "https" ? ":443" : ":80";
  if (host.ends_with(default_port)) host.remove_suffix(default_port.size());
  return Endpoint{.service = std::string(service),
                  .region = region,
                  .scheme = std::string(scheme),
                  .host = std::string(host),
                  .path = rest.empty() ? "/" : std::string(rest)};
}

http::Outgoing outgoing(const Endpoint& endpoint, const Form& form, const Credentials& credentials,
                        Instant now, Deadlines deadlines) {
  UnsignedRequest request{.method = "POST", .host = endpoint.host, .path = endpoint.path};
  request.headers.emplace_back("content-type", "application/x-www-form-urlencoded; charset=utf-8");
  request.body = http::form_encoded(form.fields());
  const SignedRequest ready = sign(request, credentials, {endpoint.region, endpoint.service}, now);

  http::Outgoing out;
  out.method = request.method;
  out.url = endpoint.scheme + "://" + endpoint.host + ready.path;
  out.headers.insert(ready.headers.begin(), ready.headers.end());
  out.body = request.body;
  out.connect_deadline = deadlines.connect;
  out.deadline = deadlines.whole;
  out.body_bytes_max = xml::answer_bytes_max;
  wipe(request.body);
  return out;
}

/// One line of at most 500 bytes. AWS's text on a wrong signature goes on with the whole canonical request,
/// session token included, after a line break; none of that may reach a log.
std::string own_words(std::string_view message, const Credentials& credentials) {
  std::string words(message.substr(0, message.find_first_of("\r\n")));
  for (const Secret* secret : {&credentials.session_token, &credentials.secret_access_key}) {
    if (secret->empty()) continue;
    const std::size_t at = words.find(secret->reveal());
    if (at != std::string::npos) words.resize(at);
  }
  words.resize(std::min<std::size_t>(words.size(), 500));
  return sanitized(words, Lines::replace);
}

Refusal refusal_in(const xml::Element& root, int status, const Credentials& credentials) {
  Refusal refusal;
  refusal.status = status;
  refusal.code = sanitized(root.text_at("Error/Code").substr(0, 100), Lines::replace);
  refusal.message = own_words(root.text_at("Error/Message"), credentials);
  refusal.request_id = sanitized(root.text_at("RequestId").substr(0, 100), Lines::replace);
  return refusal;
}

Result<Answer> read_answer(const http::Response& response, const Endpoint& endpoint, const Form& form,
                           const Credentials& credentials) {
  Result<xml::Element> root = xml::parse(response.body);
  const bool is_success = response.status == 200 && root && root->name == form.action() + "Response";
  if (is_success) return Answer(*std::move(root));
  const bool is_refusal = response.status >= 400 && root && !root->text_at("Error/Code").empty();
  if (is_refusal) return Answer(refusal_in(*root, response.status, credentials));
  return fail(
      ErrorCode::unavailable,
      endpoint.host + " answered HTTP " + std::to_string(response.status) +
          ", but not as AWS does. Check for a proxy or a captive portal in between, or an AWS_ENDPOINT_URL "
          "that is not meant.",
      root ? "The answer's root element is " + sanitized(root->name.substr(0, 100), Lines::replace)
           : root.error().message);
}

}  // namespace

Form::Form(std::string_view action, std::string_view version) {
  fields_.reserve(16);  // so that growing leaves no copies behind
  add("Action", action);
  add("Version", version);
}

Form::~Form() {
  for (auto& [name, value] : fields_) wipe(value);
}

Result<Endpoint> endpoint_of(std::string_view service, const std::string& region,
                             const std::optional<std::string>& override_url) {
  if (!is_region(region))
    return fail(ErrorCode::invalid, "\"" + sanitized(region.substr(0, 100), Lines::replace) +
                                        "\" is not the name of an AWS Region. They look like eu-west-1.");
  if (override_url) return endpoint_from_url(service, region, *override_url);
  const std::string suffix = region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com";
  return endpoint_from_url(service, region, "https://" + std::string(service) + "." + region + suffix);
}

Result<Answer> ask(http::Client& client, const Endpoint& endpoint, const Form& form,
                   const Credentials& credentials, Instant now, Deadlines deadlines) {
  http::Outgoing request = outgoing(endpoint, form, credentials, now, deadlines);
  Result<http::Response> response = client.send(request);
  wipe(request.body);
  if (!response)
    return fail(ErrorCode::unavailable, endpoint.host + ": " + response.error().message,
                response.error().detail);
  Result<Answer> answer = read_answer(*response, endpoint, form, credentials);
  wipe(response->body);
  if (!answer) return answer;
  const auto date = response->headers.find("date");
  if (auto* refusal = std::get_if<Refusal>(&*answer); refusal != nullptr && date != response->headers.end())
    if (const std::optional<Instant> theirs = parse_http_date(date->second))
      refusal->clock_ahead = std::chrono::duration_cast<seconds>(now - *theirs);
  return answer;
}

bool concerns_the_endpoint_only(const Refusal& refusal) {
  // Names of throttling errors as in AWS's own retry rules (AWS SDKs and Tools reference guide, "Retry
  // behavior").
  constexpr std::array<std::string_view, 8> codes = {
      "Throttling",         "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException",
      "ServiceUnavailable", "InternalFailure",     "RequestThrottled",     "RegionDisabledException"};
  return refusal.status >= 500 || refusal.status == 429 ||
         std::find(codes.begin(), codes.end(), refusal.code) != codes.end();
}

std::string detail_of(const Refusal& refusal) {
  return refusal.code + " (HTTP " + std::to_string(refusal.status) + ", request " + refusal.request_id +
         "): " + refusal.message;
}

std::optional<Instant> parse_http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  // Mon, 23 Nov 2026 14:32:08 GMT
  if (text.size() != 29 || text.substr(3, 2) != ", " || text[7] != ' ' || text[11] != ' ' ||
      text[16] != ' ' || text.substr(25) != " GMT")
    return std::nullopt;
  const auto* const month = std::find(months.begin(), months.end(), text.substr(8, 3));
  if (month == months.end()) return std::nullopt;
  const std::string number = std::to_string(month - months.begin() + 1);
  const std::string rfc3339 = std::string(text.substr(12, 4)) + "-" + (number.size() == 1 ? "0" : "") +
                              number + "-" + std::string(text.substr(5, 2)) + "T" +
                              std::string(text.substr(17, 8)) + "Z";
  const Result<Instant> instant = parse_rfc3339(rfc3339);
  if (!instant) return std::nullopt;
  return *instant;
}

}  // namespace postern::aws
