#include "access/environment.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include "base/encoding.h"

namespace postern::access {
namespace {

constexpr std::array signals_passed_on = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

std::string_view name_in(std::string_view assignment) { return assignment.substr(0, assignment.find('=')); }

/// Blocks the signals that `run` waits for, so that they queue instead of ending us or being missed; puts
/// everything back.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigemptyset(&held_);
    sigaddset(&held_, SIGCHLD);
    for (const int each : signals_passed_on) sigaddset(&held_, each);
    ENSURE(pthread_sigmask(SIG_BLOCK, &held_, &before_) == 0);
    // A parent that ignored SIGCHLD hands that down, and then the kernel throws our command's exit code away.
    struct sigaction standard{};
    standard.sa_handler = SIG_DFL;
    ENSURE(sigaction(SIGCHLD, &standard, &child_before_) == 0);
  }
  ~SignalsHeld() {
    sigaction(SIGCHLD, &child_before_, nullptr);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

  [[nodiscard]] const sigset_t& before() const { return before_; }
  /// The next one of them; nullopt when interrupted by another.
  [[nodiscard]] std::optional<siginfo_t> next() const {
    siginfo_t info{};
    if (sigwaitinfo(&held_, &info) < 0) return std::nullopt;
    return info;
  }

 private:
  sigset_t held_{};
  sigset_t before_{};
  struct sigaction child_before_{};
};

/// The attributes of a child with the signal mask `mask` and without our own way of treating SIGPIPE.
class Attributes {
 public:
  explicit Attributes(const sigset_t& mask) {
    sigset_t standard;
    sigemptyset(&standard);
    sigaddset(&standard, SIGPIPE);
    sigaddset(&standard, SIGCHLD);
    ENSURE(posix_spawnattr_init(&attributes_) == 0);
    ENSURE(posix_spawnattr_setsigmask(&attributes_, &mask) == 0);
    ENSURE(posix_spawnattr_setsigdefault(&attributes_, &standard) == 0);
    ENSURE(posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) == 0);
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

/// As exec wants them: pointers into `texts`, and a null at the end.
std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> inherited_environment() {
  std::vector<std::string> out;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) out.emplace_back(*each);
  return out;
}

Result<void> check(const std::vector<std::string>& command) {
  if (command.empty() || command.front().empty())
    return fail(ErrorCode::invalid, "There is no command to run. Name it after `--`.");
  for (const std::string& each : command)
    if (each.find('\0') != std::string::npos)
      return fail(ErrorCode::invalid, "A command's arguments cannot hold a NUL byte.");
  return {};
}

tl::unexpected<Error> not_started(const std::string& program, int fault) {
  const std::string shown = sanitized(program, Lines::replace);
  if (fault == ENOENT)
    return fail(ErrorCode::not_found, "There is no program \"" + shown + "\". Check its name and PATH.");
  return fail(ErrorCode::invalid, "\"" + shown + "\" cannot be run: " + std::strerror(fault) + ".");
}

/// The exit code, once the child has ended.
std::optional<int> exit_code_of(pid_t child) {
  int status = 0;
  const pid_t ended = waitpid(child, &status, WNOHANG);
  if (ended == 0 || (ended < 0 && errno == EINTR)) return std::nullopt;
  ENSURE(ended == child);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int wait_for(pid_t child, const SignalsHeld& signals) {
  while (true) {
    if (const std::optional<int> code = exit_code_of(child)) return *code;
    const std::optional<siginfo_t> signal = signals.next();
    if (!signal || signal->si_signo == SIGCHLD) continue;
    // The terminal's own (si_code > 0) goes to the whole foreground group, so the command has it already;
    // passing it on would make one Ctrl-C two.
    if (signal->si_code <= 0) kill(child, signal->si_signo);
  }
}

}  // namespace

Variables environment_for(const wallet::Keys& keys, std::string_view region) {
  // One by one: a list in braces would be copied, and nobody would wipe what it was copied from.
  Variables out;
  out.reserve(5);
  out.emplace_back("AWS_ACCESS_KEY_ID", keys.access_key_id);
  out.emplace_back("AWS_SECRET_ACCESS_KEY", keys.secret_access_key.reveal());
  out.emplace_back("AWS_SESSION_TOKEN", keys.session_token.reveal());
  out.emplace_back("AWS_REGION", region);
  out.emplace_back("AWS_DEFAULT_REGION", region);
  return out;
}

const std::vector<std::string>& variables_to_remove() {
  static const std::vector<std::string> names = {
      // A profile named here beats keys in some tools, and may hold a role that they would go on to assume.
      "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME",
      "AWS_WEB_IDENTITY_TOKEN_FILE",
      // Other sources of credentials.
      "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
      "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_CREDENTIAL_FILE",
      // Parts of older credentials: an old token or account, or an expiry by which tools take these for run
      // out.
      "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "AWS_ACCOUNT_ID",
      // What was for us alone.
      "POSTERN_MFA_CODE"};
  return names;
}

Secret shell_lines(const Variables& own) {
  std::string out;
  out.reserve(16U << 10U);  // so that growing leaves no copies behind
  for (const std::string& name : variables_to_remove()) out.append("unset ").append(name).append("\n");
  for (const auto& [name, value] : own) {
    out.append("export ").append(name).append("='");
    for (const char c : value)
      if (c == '\'')
        out.append("'\\''");
      else
        out += c;
    out.append("'\n");
  }
  return Secret(std::move(out));
}

std::vector<std::string> merged_environment(const std::vector<std::string>& inherited, const Variables& own) {
  const std::vector<std::string>& removed = variables_to_remove();
  std::vector<std::string> out;
  for (const std::string& assignment : inherited) {
    const std::string_view name = name_in(assignment);
    const bool is_removed = std::find(removed.begin(), removed.end(), name) != removed.end();
    const bool is_replaced = std::any_of(
        own.begin(), own.end(), [&](const auto& each) { return std::string_view(each.first) == name; });
    if (!is_removed && !is_replaced) out.push_back(assignment);
  }
  // An empty token is worse than none: tools would sign with it.
  for (const auto& [name, value] : own)
    if (!value.empty()) {
      std::string& assignment = out.emplace_back();
      assignment.reserve(name.size() + 1 + value.size());  // so that growing leaves no copies behind
      assignment.append(name).append("=").append(value);
    }
  return out;
}

Result<int> run(const std::vector<std::string>& command, const Variables& own) {
  TRY(check(command));
  std::vector<std::string> arguments = command;
  std::vector<std::string> environment = merged_environment(inherited_environment(), own);
  const SignalsHeld signals;
  const Attributes attributes(signals.before());
  pid_t child = -1;
  const int fault = posix_spawnp(&child, arguments.front().c_str(), nullptr, attributes.get(),
                                 pointers(arguments).data(), pointers(environment).data());
  for (std::string& assignment : environment) wipe(assignment);
  if (fault != 0) return not_started(command.front(), fault);
  return wait_for(child, signals);
}

}  // namespace postern::access
