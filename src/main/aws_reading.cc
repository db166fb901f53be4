#include "main/aws_reading.h"

namespace postern {

AwsReading::Way::Way(std::vector<std::string> of, http::Client& client, const Clock& clock)
    : regions(std::move(of)),
      sts({.regions = regions, .endpoint_url = aws::endpoint_override(aws::process_environment(), "sts")},
          client, clock),
      credentials(aws::process_environment(), {}, sts, clock) {}

AwsReading::AwsReading(const broker::Broker& broker, http::Client& client, const Clock& clock)
    : broker_(broker), client_(client), clock_(clock) {}

std::shared_ptr<AwsReading::Way> AwsReading::way() {
  std::vector<std::string> regions;
  broker_.read([&](const broker::Published& published) {
    if (published.in_force != nullptr) regions = published.in_force->organization.sts_regions;
  });
  const std::lock_guard lock(mutex_);
  if (way_ != nullptr && way_->regions == regions) return way_;
  if (regions.empty()) return nullptr;
  // Those who are asking hold the one before until they have their answer.
  way_ = std::make_shared<Way>(std::move(regions), client_, clock_);
  return way_;
}

Result<aws::Credentials> AwsReading::of(const std::string& role_arn) {
  const std::shared_ptr<Way> found = way();
  if (found == nullptr) return fail(ErrorCode::not_found, "No catalog is in force that names STS Regions.");
  return found->credentials.of(role_arn);
}

}  // namespace postern
