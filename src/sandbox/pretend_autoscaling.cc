#include <algorithm>
#include <charconv>
#include <optional>

#include "sandbox/pretend_aws.h"

/// EC2 Auto Scaling, the second of the services of the pretend AWS (API version 2011-01-01).
namespace postern::sandbox {
namespace {

constexpr int capacity_max = 10'000;

tl::unexpected<Fault> invalid(std::string message) {
  return refuse(400, "ValidationError", std::move(message));
}

/// A capacity from 0 to 10,000.
std::optional<int> read_capacity(const std::string& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > capacity_max)
    return std::nullopt;
  return value;
}

std::string group_xml(const AutoScalingGroup& group, const AccountId& account, Instant created) {
  return "<member>" + xml_element("AutoScalingGroupName", group.name) +
         xml_element("AutoScalingGroupARN", "arn:aws:autoscaling:" + group.region + ":" + account.text() +
                                                ":autoScalingGroup:0:autoScalingGroupName/" + group.name) +
         xml_element("MinSize", std::to_string(group.min)) +
         xml_element("MaxSize", std::to_string(group.max)) +
         xml_element("DesiredCapacity", std::to_string(group.desired)) +
         xml_element("DefaultCooldown", "300") + "<AvailabilityZones>" +
         xml_element("member", group.region + "a") + "</AvailabilityZones>" +
         xml_element("HealthCheckType", "EC2") + xml_element("CreatedTime", to_rfc3339(created)) +
         "</member>";
}

bool is_name_filter(std::string_view field) { return field.starts_with("AutoScalingGroupNames.member."); }

}  // namespace

Answer<std::string> PretendAws::describe_groups(const QueryCall& query, const Signer& signer) const {
  const AutoScalingGroup& group = groups_[signer.principal.index];
  bool any_filter = false;
  bool wanted = false;
  for (const auto& [name, value] : query.fields) {
    // One page holds everything there is, so its size can be left out of account.
    if (name == "MaxRecords") continue;
    if (!is_name_filter(name)) return invalid("The pretend AWS does not know the parameter " + name + ".");
    any_filter = true;
    wanted = wanted || value == group.name;
  }
  const bool shown = signer.region == group.region && (wanted || !any_filter);
  return "<AutoScalingGroups>" +
         (shown ? group_xml(group, signer.principal.account, started_) : std::string()) +
         "</AutoScalingGroups>";
}

Answer<std::string> PretendAws::update_group(const QueryCall& query, const Signer& signer) {
  if (std::optional<Fault> fault =
          query.unknown_field({"AutoScalingGroupName", "MinSize", "MaxSize", "DesiredCapacity"}))
    return tl::unexpected(*fault);
  AutoScalingGroup& group = groups_[signer.principal.index];
  const std::string& name = query.field("AutoScalingGroupName");
  if (signer.region != group.region || name != group.name)
    return invalid("AutoScalingGroup name not found - AutoScalingGroup " + name + " not found");

  AutoScalingGroup wanted = group;
  for (const auto& [field, member] :
       {std::pair("MinSize", &AutoScalingGroup::min), std::pair("MaxSize", &AutoScalingGroup::max),
        std::pair("DesiredCapacity", &AutoScalingGroup::desired)}) {
    if (!query.fields.contains(field)) continue;
    const std::optional<int> value = read_capacity(query.field(field));
    if (!value)
      return invalid(std::string("Value at '") + field + "' failed to satisfy constraint: 0 to 10000");
    wanted.*member = *value;
  }
  if (wanted.min > wanted.max)
    return invalid("Max bound, " + std::to_string(wanted.max) +
                   ", must be greater than or equal to min bound, " + std::to_string(wanted.min));
  // As documented: new bounds alone move the desired capacity inside them; a stated one outside is refused.
  if (!query.fields.contains("DesiredCapacity"))
    wanted.desired = std::clamp(wanted.desired, wanted.min, wanted.max);
  else if (wanted.desired < wanted.min || wanted.desired > wanted.max)
    return invalid("Desired capacity:" + std::to_string(wanted.desired) +
                   " must be between the specified min size:" + std::to_string(wanted.min) +
                   " and max size:" + std::to_string(wanted.max));
  group = wanted;
  return "";
}

}  // namespace postern::sandbox
