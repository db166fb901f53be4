#include "sandbox/aws_query.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "base/encoding.h"

namespace postern::sandbox {
namespace {

constexpr std::size_t fields_max = 100;

const char* namespace_of(Service service) {
  switch (service) {
    case Service::sts:
      return "https://sts.amazonaws.com/doc/2011-06-15/";
    case Service::auto_scaling:
      return "http://autoscaling.amazonaws.com/doc/2011-01-01/";
  }
  return "";
}

std::optional<Service> service_of_version(std::string_view version) {
  if (version == "2011-06-15") return Service::sts;
  if (version == "2011-01-01") return Service::auto_scaling;
  return std::nullopt;
}

std::optional<std::string> form_decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%') {
      const Result<std::string> byte = from_hex(text.substr(at + 1, 2));
      if (!byte || byte->size() != 1) return std::nullopt;
      out += *byte;
      at += 2;
    } else {
      out += text[at] == '+' ? ' ' : text[at];
    }
  }
  if (!is_utf8(out) || out.find('\0') != std::string::npos) return std::nullopt;
  return out;
}

Answer<Fields> read_form(std::string_view body) {
  Fields fields;
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = std::min(body.find('&', at), body.size());
    const std::string_view pair = body.substr(at, end - at);
    at = end + 1;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::optional<std::string> name = form_decoded(pair.substr(0, equals));
    const std::optional<std::string> value = form_decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value || name->empty())
      return refuse(400, "MalformedQueryString", "The form contains a malformed field.");
    if (!fields.emplace(*name, *value).second)
      return refuse(400, "MalformedQueryString", "A field stands in the form twice.");
    if (fields.size() > fields_max)
      return refuse(400, "MalformedQueryString", "The form has too many fields.");
  }
  return fields;
}

std::string taken(Fields& fields, const char* name) {
  auto node = fields.extract(name);
  return node.empty() ? "" : std::move(node.mapped());
}

http::Response xml_response(int status, std::string body, std::string_view request_id) {
  return {.status = status,
          .headers = {{"content-type", "text/xml"}, {"x-amzn-requestid", std::string(request_id)}},
          .body = std::move(body)};
}

}  // namespace

const char* signing_name(Service service) {
  switch (service) {
    case Service::sts:
      return "sts";
    case Service::auto_scaling:
      return "autoscaling";
  }
  return "";
}

const std::string& QueryCall::field(std::string_view name) const {
  static const std::string none;
  const auto found = fields.find(name);
  return found == fields.end() ? none : found->second;
}

std::optional<Fault> QueryCall::unknown_field(std::initializer_list<std::string_view> known) const {
  for (const auto& [name, value] : fields)
    if (std::find(known.begin(), known.end(), name) == known.end())
      return Fault{.status = 400,
                   .code = "ValidationError",
                   .message = "The pretend AWS does not know the parameter " + name + "."};
  return std::nullopt;
}

Answer<QueryCall> read_call(const http::Request& request) {
  if (request.method != "POST" || request.path != "/" || !request.query.empty())
    return refuse(400, "InvalidAction", "The pretend AWS takes a POST to / with the parameters in the body.");
  const auto type = request.headers.find("content-type");
  if (type == request.headers.end() || !type->second.starts_with("application/x-www-form-urlencoded"))
    return refuse(400, "InvalidAction", "The body must be of type application/x-www-form-urlencoded.");
  Answer<Fields> fields = read_form(request.body);
  if (!fields) return tl::unexpected(std::move(fields).error());
  QueryCall call{.action = taken(*fields, "Action")};
  const std::string version = taken(*fields, "Version");
  const std::optional<Service> service = service_of_version(version);
  if (!service || call.action.empty())
    return refuse(400, "InvalidAction",
                  "Could not find operation " + call.action + " for version " + version);
  call.service = *service;
  call.fields = std::move(*fields);
  return call;
}

std::string xml_escaped(std::string_view text) {
  std::string out;
  for (const char c : sanitized(text, Lines::keep)) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

std::string xml_element(std::string_view name, std::string_view text) {
  std::string out = "<";
  return out.append(name).append(">").append(xml_escaped(text)).append("</").append(name).append(">");
}

std::string http_date(Instant now) {
  static constexpr std::array<const char*, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::string text = to_rfc3339(now);
  return std::string(days[std::chrono::weekday(day).c_encoding()]) + ", " + text.substr(8, 2) + " " +
         months[static_cast<unsigned>(date.month()) - 1] + " " + text.substr(0, 4) + " " +
         text.substr(11, 8) + " GMT";
}

http::Response success(const QueryCall& call, std::string_view result, std::string_view request_id) {
  std::string body = "<" + call.action + "Response xmlns=\"" + namespace_of(call.service) + "\">\n";
  if (!result.empty())
    body.append("<" + call.action + "Result>").append(result).append("</" + call.action + "Result>\n");
  body += "<ResponseMetadata>" + xml_element("RequestId", request_id) + "</ResponseMetadata>\n";
  return xml_response(200, body + "</" + call.action + "Response>\n", request_id);
}

http::Response failure(Service service, const Fault& fault, std::string_view request_id) {
  std::string body = std::string("<ErrorResponse xmlns=\"") + namespace_of(service) + "\">\n<Error>";
  body += xml_element("Type", fault.status >= 500 ? "Receiver" : "Sender") + xml_element("Code", fault.code) +
          xml_element("Message", fault.message);
  body += "</Error>\n" + xml_element("RequestId", request_id) + "\n</ErrorResponse>\n";
  return xml_response(fault.status, std::move(body), request_id);
}

}  // namespace postern::sandbox
