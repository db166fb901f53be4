#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "wallet/wallet.h"

/// Handing credentials to commands through their environment: not through argv, which everybody on the
/// machine can read, and not through a file on disk, which outlives the emergency.
namespace postern::access {

using Variables = std::vector<std::pair<std::string, std::string>>;

/// What the command's environment gets: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN,
/// AWS_REGION, AWS_DEFAULT_REGION. Holds secrets: never log it.
Variables environment_for(const wallet::Keys& keys, std::string_view region);

/// What must not be inherited, because tools would prefer it to these credentials or mix it with them:
/// AWS_PROFILE and the like. AWS_ENDPOINT_URL and the shared files' paths stay.
const std::vector<std::string>& variables_to_remove();

/// The same for a shell: lines for `eval` in sh, bash or zsh that export `own` and unset the variables to
/// remove.
Secret shell_lines(const Variables& own);

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
