// A few lines of AWS client, for rehearsals on machines without the AWS CLI.
#include <fmt/format.h>

#include "aws/autoscaling.h"
#include "cli/commands.h"
#include "cli/settings.h"

namespace postern::cli {

int autoscaling(const AutoScalingOptions& options, Format format) {
  const auto done = [&]() -> Result<int> {
    const aws::Environment environment = aws::process_environment();
    const aws::Credentials credentials = TRY(aws::load_credentials(environment));
    const std::unique_ptr<http::Client> http = http::make_client();
    const SystemClock clock;
    aws::AutoScaling service(
        {.region = options.region.empty() ? environment("AWS_REGION").value_or("us-east-1") : options.region,
         .endpoint_url = aws::endpoint_override(environment, "auto_scaling")},
        *http, clock);
    if (options.set_max >= 0) TRY(service.set_max_size(options.group, options.set_max, credentials));
    const std::vector<aws::AutoScalingGroup> groups = TRY(service.groups(credentials));
    for (const aws::AutoScalingGroup& group : groups)
      if (group.name == options.group)
        return print(json::Object{{"desired", group.desired_capacity},
                                  {"group", group.name},
                                  {"max", group.max_size},
                                  {"min", group.min_size}},
                     fmt::format("{}: min {}, desired {}, max {}", group.name, group.min_size,
                                 group.desired_capacity, group.max_size),
                     format);
    return fail(ErrorCode::not_found, "There is no Auto Scaling group " + options.group + ".");
  }();
  return done ? *done : report(done.error(), format);
}

}  // namespace postern::cli
