#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/credentials.h"
#include "base/result.h"

/// Handing credentials to one command, through its environment and nothing else: not argv, which everybody on
/// the machine can read, and not a file, which outlives the emergency.
namespace postern::access {

using Variables = std::vector<std::pair<std::string, std::string>>;

/// What the command's environment gets: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN,
/// AWS_REGION, AWS_DEFAULT_REGION. Holds secrets: never log it.
Variables environment_for(const aws::Credentials& credentials, std::string_view region);

/// What must not be inherited, because tools would prefer it to these credentials or mix it with them:
/// AWS_PROFILE and the like. AWS_ENDPOINT_URL and the shared files' paths stay.
const std::vector<std::string>& variables_to_remove();

/// The environment of the command: `inherited` ("NAME=value") without the variables to remove, and with `own`
/// in place of any of the same name.
std::vector<std::string> merged_environment(const std::vector<std::string>& inherited, const Variables& own);

/// Runs `command` (program, arguments; found on PATH; no shell) with our own environment changed by `own`,
/// and waits. Its exit code, or 128 + the signal that ended it, as a shell says it. While it runs, it is the
/// command that answers signals: what the terminal sends (Ctrl-C, Ctrl-\) reaches it anyway; SIGINT, SIGTERM,
/// SIGHUP and SIGQUIT sent to us alone are passed on. `not_found` when there is no such program, `invalid`
/// when it cannot be run. Call it from a process with one thread, or signals may hit another thread.
Result<int> run(const std::vector<std::string>& command, const Variables& own);

}  // namespace postern::access
