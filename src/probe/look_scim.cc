#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "probe/look_parts.h"

/// System for Cross-domain Identity Management: RFC 7643 (resources), RFC 7644 (protocol).
namespace postern::probe {
namespace {

using emergency::WarningKind;

constexpr json::Limits answer_limits{.bytes_max = 1U << 20U, .depth_max = 16};
constexpr std::size_t groups_max = 100;

/// `displayName eq "…"` (RFC 7644, section 3.4.2.2: the value is a JSON string).
std::string filter_for(const std::string& group) {
  return "displayName eq " + json::canonical(json::Value(group));
}

/// displayName is not case-exact (RFC 7643, section 8.7.1).
bool is_same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

class Scim {
 public:
  Scim(const catalog::ScimGroupProbe& probe, const Secret& token, const Looking& looking)
      : probe_(probe), token_(token), looking_(looking) {}

  /// Those of that name. Servers may ignore a filter, so the name is compared again.
  Result<std::vector<json::Value>> groups() {
    const json::Value answer = TRY(get("/Groups?filter=" + http::percent_encoded(filter_for(probe_.group))));
    const json::Value* found = answer.find("Resources");
    std::vector<json::Value> out;
    const std::size_t given =
        found == nullptr || found->as_array() == nullptr ? 0 : found->as_array()->size();
    if (given > groups_max) return fail(ErrorCode::invalid, "answered with more groups than one name has");
    for (std::size_t i = 0; i < given; ++i)
      if (is_same_name((*found->as_array())[i].text_at("displayName"), probe_.group))
        out.push_back((*found->as_array())[i]);
    const json::Value* total = answer.find("totalResults");
    if (total == nullptr || total->as_integer() == nullptr)
      return fail(ErrorCode::invalid, "answered with what is no list of groups");
    if (out.empty() && *total->as_integer() > static_cast<std::int64_t>(given))
      return fail(ErrorCode::invalid, "does not search by a group's name, and has more groups than it shows");
    return out;
  }

  /// Lists of groups may leave members out; then the group itself is asked for.
  Result<std::size_t> members_of(const json::Value& group) {
    if (group.find("members") != nullptr) return count(group);
    const std::string id(group.text_at("id"));
    if (id.empty() || id.size() > 256) return fail(ErrorCode::invalid, "answered with a group without an id");
    return count(TRY(get("/Groups/" + http::percent_encoded(id))));
  }

 private:
  Result<json::Value> get(const std::string& path) {
    const http::Response response =
        TRY(send({.url = probe_.url + path,
                  .headers = {{"accept", "application/scim+json"},
                              {"authorization", "Bearer " + std::string(token_.reveal())}},
                  .body_bytes_max = answer_limits.bytes_max},
                 looking_));
    if (response.status == 401 || response.status == 403)
      return fail(ErrorCode::forbidden, fmt::format("refuses our token (status {})", response.status));
    if (response.status != 200)
      return fail(ErrorCode::unavailable, fmt::format("answered status {}", response.status));
    Result<json::Value> answer = json::parse(response.body, answer_limits);
    if (answer && answer->as_object() != nullptr) return answer;
    return fail(ErrorCode::invalid, "answered 200, but not with JSON as SCIM has it");
  }

  static Result<std::size_t> count(const json::Value& group) {
    const json::Value* members = group.find("members");
    if (members == nullptr || members->is_null())
      return 0;  // empty attributes may be left out (RFC 7643, 2.5)
    if (members->as_array() == nullptr)
      return fail(ErrorCode::invalid, "answered with a group whose members are no list");
    return members->as_array()->size();
  }

  const catalog::ScimGroupProbe& probe_;
  const Secret& token_;
  const Looking& looking_;
};

Observation with_members(const std::string& group, std::size_t members) {
  if (members == 0)
    return {.sight = Sight::good,
            .detail = "the group " + shown(group, 100) + " is empty",
            .warnings = Warnings()};
  const std::string text = fmt::format("the group {} has {} member{}, and should be empty", shown(group, 100),
                                       members, members == 1 ? "" : "s");
  return {.sight = Sight::bad,
          .detail = text,
          .warnings = Warnings{{WarningKind::changed, "Changed: " + text + "."}}};
}

}  // namespace

/// Bad is what stands in the way of the emergency, or what should not be: no such group, or somebody in it. A
/// service that does not answer leaves us blind: nothing is known about the group then.
Observation look_at(const catalog::ScimGroupProbe& probe, const Looking& looking) {
  if (!is_confidential(probe.url))
    return blind("the SCIM service's address is not https, so no token is sent there");
  const Result<Secret> token = secret_of(probe.token, looking);
  if (!token) return blind("the SCIM service's token is not to be had: " + token.error().message);
  Scim scim(probe, *token, looking);
  const Result<std::vector<json::Value>> groups = scim.groups();
  if (!groups) return blind("the SCIM service " + groups.error().message);
  if (groups->empty()) {
    Observation seen = bad("the IdP has no group of the name " + shown(probe.group, 100));
    seen.warnings = Warnings{
        {WarningKind::deleted, "Deleted: the IdP has no group of the name " + shown(probe.group, 100) + "."}};
    return seen;
  }
  std::size_t members = 0;
  for (const json::Value& each : *groups) {
    const Result<std::size_t> here = scim.members_of(each);
    if (!here) return blind("the SCIM service " + here.error().message);
    members += *here;
  }
  return with_members(probe.group, members);
}

}  // namespace postern::probe
