#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <system_error>
#include <thread>

#include "aws/query.h"
#include "aws/sso_admin.h"
#include "aws/sts.h"
#include "aws/xml.h"
#include "probe/look_parts.h"
#include "saml/html_form.h"

namespace postern::probe {
namespace {

using emergency::WarningKind;

constexpr std::size_t threads_max = 32;  // about as many as AWS has Regions
constexpr std::string_view portal_domain = "awsapps.com";

/// False at the system's limit of threads.
bool start(std::vector<std::thread>& threads, const std::function<void()>& work) {
  try {
    threads.emplace_back(work);
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

/// Calls `work` with 0 to `count`-1, at once, so that one that hangs takes no time from the others. Where no
/// thread is to be had, those that there are do more; this one works in any case.
void for_each_at_once(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  const auto worker = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::thread> threads;
  while (threads.size() + 1 < std::min(count, threads_max) && start(threads, worker)) continue;
  worker();
  for (std::thread& each : threads) each.join();
}

/// Without credentials STS refuses, and in its refusal it can be known by its own XML.
bool answers_unsigned(const std::string& region, const Looking& looking) {
  const auto endpoint =
      aws::endpoint_of("sts", region, aws::endpoint_override(looking.outside.environment, "sts"));
  if (!endpoint) return false;
  const auto response = send({.method = "POST",
                              .url = endpoint->scheme + "://" + endpoint->host + endpoint->path,
                              .headers = {{"content-type", "application/x-www-form-urlencoded"}},
                              .body = "Action=GetCallerIdentity&Version=2011-06-15",
                              .body_bytes_max = aws::xml::answer_bytes_max},
                             looking);
  if (!response || response->status >= 500) return false;
  const Result<aws::xml::Element> root = aws::xml::parse(response->body);
  return root && (root->name == "GetCallerIdentityResponse" || !root->text_at("Error/Code").empty());
}

bool answers_signed(const std::string& region, const aws::Credentials& credentials, const Looking& looking) {
  const milliseconds left = looking.deadline.left();
  if (left == milliseconds(0)) return false;
  aws::Sts sts({.regions = {region},
                .endpoint_url = aws::endpoint_override(looking.outside.environment, "sts"),
                .connect_deadline = left,
                .deadline = left},
               looking.outside.client, looking.outside.clock);
  const Result<std::string> identity = sts.caller_identity(credentials);
  // A refusal is an answer: it says something about our credentials, and STS works.
  return identity || identity.error().code != ErrorCode::unavailable;
}

std::vector<std::string> silent_regions(const std::vector<std::string>& regions, const Looking& looking) {
  const Result<aws::Credentials> credentials = credentials_of("", looking);
  std::vector<char> answered(regions.size(), 0);  // not bool: each thread writes an object of its own
  for_each_at_once(regions.size(), [&](std::size_t i) {
    const bool does = credentials ? answers_signed(regions[i], *credentials, looking)
                                  : answers_unsigned(regions[i], looking);
    answered[i] = does ? 1 : 0;
  });
  std::vector<std::string> silent;
  for (std::size_t i = 0; i < regions.size(); ++i)
    if (answered[i] == 0) silent.push_back(regions[i]);
  return silent;
}

/// What is wrong with the portal's answer; "" when it is there.
std::string fault_of(const http::Response& response, const std::string& portal) {
  if (response.status == 200) return "";
  std::string status = fmt::format("answered status {}", response.status);
  const auto location = response.headers.find("location");
  if (response.status < 300 || response.status > 399 || location == response.headers.end()) return status;
  const Result<std::string> to = saml::resolve_url(portal, location->second);
  const std::string host = to ? host_of(*to) : "";
  if (host == host_of(portal) || host == portal_domain || host.ends_with("." + std::string(portal_domain)))
    return "";
  return status + ", to " + (host.empty() ? "nowhere" : host);
}

/// What ListInstances says beside the portal, which answers.
Observation with_instances(const Result<std::vector<aws::IdentityCenterInstance>>& instances,
                           const std::string& region, bool had_time) {
  Observation seen{.sight = Sight::good, .detail = "the access portal answers"};
  // Slow is never down, and neither is a quota of ours that is used up.
  const bool is_throttled = !instances && instances.error().detail.find("Throttl") != std::string::npos;
  if (!instances && instances.error().code == ErrorCode::unavailable)
    return {.sight = had_time && !is_throttled ? Sight::bad : Sight::slow,
            .detail = "the access portal answers, Identity Center in " + region +
                      " does not: " + instances.error().message};
  if (!instances) {
    seen.detail += "; its instances may not be listed: " + instances.error().message;
    return seen;
  }
  seen.warnings = Warnings();
  const bool any_active = std::any_of(instances->begin(), instances->end(), [](const auto& each) {
    return each.status.empty() || each.status == "ACTIVE";
  });
  if (any_active) {
    seen.detail += ", and so does Identity Center";
  } else {
    add(*seen.warnings,
        {WarningKind::changed, "Changed: Identity Center in " + region + " has no active instance."});
  }
  return seen;
}

}  // namespace

Observation look_at(const catalog::StsProbe& probe, const Looking& looking) {
  const auto& regions = probe.regions.empty() ? looking.catalog.organization.sts_regions : probe.regions;
  if (regions.empty()) return blind("the catalog names no Region to ask STS in");
  const std::vector<std::string> silent = silent_regions(regions, looking);
  if (silent.empty())
    return {.sight = Sight::good, .detail = fmt::format("STS answers in {} Regions", regions.size())};
  const std::size_t answering = regions.size() - silent.size();
  const std::size_t wanted =
      std::clamp<std::size_t>(static_cast<std::size_t>(std::max(probe.at_least, 1)), 1, regions.size());
  std::string detail = fmt::format("STS does not answer in {}", silent.front());
  for (std::size_t i = 1; i < silent.size(); ++i) detail += ", " + silent[i];
  return {.sight = answering >= wanted ? Sight::slow : Sight::bad, .detail = std::move(detail)};
}

Observation look_at(const catalog::IdentityCenterProbe& probe, const Looking& looking) {
  const auto portal =
      send({.url = probe.portal, .headers = {{"accept", "*/*"}}, .body_bytes_max = 2U << 20U}, looking);
  if (!portal) return bad_or_ours(portal.error());
  if (const std::string fault = fault_of(*portal, probe.portal); !fault.empty())
    return bad("the access portal " + fault);
  const Result<aws::Credentials> credentials = credentials_of(probe.role, looking);
  if (!credentials)
    return {.sight = Sight::good, .detail = "the access portal answers", .warnings = Warnings()};
  const milliseconds left = std::max(looking.deadline.left(), milliseconds(1));
  return with_instances(
      aws::list_instances(looking.outside.client, probe.region, *credentials, looking.outside.clock.wall(),
                          aws::endpoint_override(looking.outside.environment, "sso_admin"),
                          {.connect = left, .whole = left}),
      probe.region, left >= looking.deadline.taken());
}

}  // namespace postern::probe
