// From grant to a command run with emergency credentials, on the requester's own machine. Access keys, MFA
// codes and credentials never reach the server.
#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>

#include "access/environment.h"
#include "access/iam_user.h"
#include "aws/autoscaling.h"
#include "aws/sts.h"
#include "base/encoding.h"
#include "cli/commands.h"

namespace postern::cli {
namespace {

class SystemClock : public Clock {
 public:
  [[nodiscard]] Instant wall() const override {
    return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
  }
  [[nodiscard]] milliseconds steady() const override {
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
  }
};

/// Reads six digits from the terminal without showing them.
Result<Secret> prompt_for_mfa_code(const std::string& serial) {
  const int terminal = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (terminal < 0)
    return fail(ErrorCode::invalid,
                "There is no terminal to ask for the MFA code. Put the code into POSTERN_MFA_CODE.");
  const std::string question = "MFA code of " + sanitized(serial, Lines::replace) + ": ";
  termios before{};
  const bool hidden = ::tcgetattr(terminal, &before) == 0;
  termios quiet = before;
  quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  if (hidden) ::tcsetattr(terminal, TCSAFLUSH, &quiet);
  std::string code;
  if (::write(terminal, question.data(), question.size()) > 0)
    for (char c = 0; code.size() < 16 && ::read(terminal, &c, 1) == 1 && c != '\n';) code += c;
  if (hidden) ::tcsetattr(terminal, TCSAFLUSH, &before);
  const bool ended_line = ::write(terminal, "\n", 1) == 1;
  ::close(terminal);
  if (!ended_line) return fail(ErrorCode::unavailable, "The terminal went away. Ask again: postern access …");
  return Secret(std::move(code));
}

Result<Secret> mfa_code(const std::string& serial) {
  const char* given = std::getenv("POSTERN_MFA_CODE");  // NOLINT(concurrency-mt-unsafe): nobody calls setenv
  return given != nullptr ? Result<Secret>(Secret::copy_of(given)) : prompt_for_mfa_code(serial);
}

/// Asks STS for both hops, as planned.
Result<access::Outcome> take(const access::Plan& plan, const AccessOptions& options, http::Client& http,
                             const Clock& clock) {
  const aws::Environment environment = aws::process_environment();
  const aws::Credentials own = TRY(aws::load_credentials(
      environment, options.aws_profile.empty() ? std::nullopt : std::optional(options.aws_profile)));
  const Secret code = TRY(mfa_code(plan.mfa_serial));
  aws::Sts sts({.regions = plan.regions, .endpoint_url = aws::endpoint_override(environment, "sts")}, http,
               clock);
  return access::take_both_hops(plan, own, code, sts);
}

/// Tells the server what became of the session. It matters for the record, not for the person's way in: a
/// server that cannot be reached now marks the outcome as unknown.
void tell(client::Api& api, const std::string& session, const json::Value& what) {
  const auto told = api.post("/api/v1/sessions/" + session + "/report", what);
  if (!told)
    fmt::print(
        stderr,
        "postern: the report of session {} did not arrive ({}). The ledger will say \"outcome unknown\".\n",
        session, sanitized(told.error().message, Lines::replace));
}

Result<int> take_and_run(const AccessOptions& options, client::Api& api) {
  const json::Value answer =
      TRY(api.post("/api/v1/grants/" + http::percent_encoded(options.grant) + "/sessions", json::Object{}));
  const json::Value* planned = answer.find("plan");
  if (planned == nullptr) return fail(ErrorCode::internal, "The server opened a session without a plan.");
  const access::Plan plan = TRY(access::read_plan(*planned));
  const std::unique_ptr<http::Client> http = http::make_client();
  const SystemClock clock;
  const Result<access::Outcome> outcome = take(plan, options, *http, clock);
  if (!outcome) {
    tell(api, plan.session, json::Object{{"failure", outcome.error().message}});
    return tl::unexpected(outcome.error());
  }
  tell(api, plan.session, access::report_of(*outcome));
  fmt::print(stderr, "postern: session {} as {} until {}\n", plan.session, outcome->assumed_role_arn,
             to_rfc3339(outcome->expires_at));
  return access::run(options.command, access::environment_for(outcome->credentials, outcome->region));
}

}  // namespace

int access(const Settings& settings, const AccessOptions& options) {
  Connection connection(settings);
  const auto done = [&]() -> Result<int> {
    client::Api* api = TRY(connection.api());
    return take_and_run(options, *api);
  }();
  return done ? *done : report(done.error(), settings.json ? Format::json : Format::text);
}

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
