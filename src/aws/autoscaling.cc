#include "aws/autoscaling.h"

#include <charconv>

#include "aws/query.h"
#include "base/encoding.h"

namespace postern::aws {
namespace {

constexpr std::string_view service = "autoscaling";
constexpr std::string_view api_version = "2011-01-01";
constexpr int pages_max = 50;
constexpr std::string_view page_size = "100";  // the most that AWS gives at once

Result<std::int64_t> number_at(const xml::Element& member, std::string_view name) {
  const std::string_view text = member.text_at(name);
  std::int64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size() || value < 0)
    return fail(ErrorCode::unavailable,
                "EC2 Auto Scaling answered with a group whose " + std::string(name) +
                    " is not a number. Try again, or look at the group in the console.");
  return value;
}

Result<AutoScalingGroup> read_group(const xml::Element& member) {
  AutoScalingGroup group;
  group.name = sanitized(member.text_at("AutoScalingGroupName"), Lines::replace);
  group.min_size = TRY(number_at(member, "MinSize"));
  group.max_size = TRY(number_at(member, "MaxSize"));
  group.desired_capacity = TRY(number_at(member, "DesiredCapacity"));
  return group;
}

tl::unexpected<Error> refused(const Refusal& refusal, const std::string& what) {
  const std::string detail = "EC2 Auto Scaling: " + detail_of(refusal);
  if (concerns_the_endpoint_only(refusal))
    return fail(ErrorCode::unavailable,
                "EC2 Auto Scaling could not " + what + " just now. Try again in a minute.", detail);
  if (refusal.code == "ScalingActivityInProgress" || refusal.code == "ResourceContention")
    return fail(
        ErrorCode::conflict,
        "EC2 Auto Scaling is busy with this group, so it could not " + what + ". Try again in a minute.",
        detail);
  if (refusal.code == "ExpiredToken" || refusal.code == "ExpiredTokenException")
    return fail(ErrorCode::forbidden,
                "The credentials have run out. Open a new session, then " + what + " again.", detail);
  if (refusal.status == 401 || refusal.status == 403)
    return fail(ErrorCode::forbidden,
                "AWS does not let these credentials " + what +
                    ". Check the role's policy, and that the Region is the one meant.",
                detail);
  return fail(ErrorCode::invalid, "AWS did not " + what + ": " + refusal.message, detail);
}

}  // namespace

AutoScaling::AutoScaling(Options options, http::Client& client, const Clock& clock)
    : options_(std::move(options)), client_(client), clock_(clock) {}

Result<std::vector<AutoScalingGroup>> AutoScaling::groups(const Credentials& credentials) {
  const Endpoint endpoint = TRY(endpoint_of(service, options_.region, options_.endpoint_url));
  std::vector<AutoScalingGroup> out;
  std::string next;
  for (int page = 0; page < pages_max; ++page) {
    Form form("DescribeAutoScalingGroups", api_version);
    form.add("MaxRecords", page_size);
    if (!next.empty()) form.add("NextToken", next);
    const Answer answer = TRY(ask(client_, endpoint, form, credentials, clock_.wall(),
                                  {options_.connect_deadline, options_.deadline}));
    if (const auto* refusal = std::get_if<Refusal>(&answer)) return refused(*refusal, "list the groups");
    const auto& root = std::get<xml::Element>(answer);
    const xml::Element* groups = root.find("DescribeAutoScalingGroupsResult/AutoScalingGroups");
    if (groups != nullptr)
      for (const xml::Element& member : groups->children) out.push_back(TRY(read_group(member)));
    next = root.text_at("DescribeAutoScalingGroupsResult/NextToken");
    if (next.empty()) return out;
  }
  return fail(ErrorCode::exhausted,
              "There are more than 5,000 Auto Scaling groups here. Look for yours in the console.");
}

Result<void> AutoScaling::set_max_size(const std::string& group, std::int64_t max_size,
                                       const Credentials& credentials) {
  if (group.empty() || group.size() > 255 || !is_printable_text(group))
    return fail(ErrorCode::invalid, "The name of an Auto Scaling group has 1 to 255 characters.");
  if (max_size < 0 || max_size > 100000)
    return fail(ErrorCode::invalid, "The largest size of a group is a number from 0 to 100000.");
  const Endpoint endpoint = TRY(endpoint_of(service, options_.region, options_.endpoint_url));
  Form form("UpdateAutoScalingGroup", api_version);
  form.add("AutoScalingGroupName", group);
  form.add("MaxSize", std::to_string(max_size));
  const Answer answer = TRY(ask(client_, endpoint, form, credentials, clock_.wall(),
                                {options_.connect_deadline, options_.deadline}));
  if (const auto* refusal = std::get_if<Refusal>(&answer))
    return refused(*refusal, "change the group's largest size");
  return {};
}

}  // namespace postern::aws
