#include "main/child.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX wants it declared by the program

namespace postern {
namespace {

constexpr std::size_t output_bytes_max = 4U << 20U;

std::vector<std::string> changed_environment(Variables variables) {
  std::vector<std::string> out;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view entry(*each);
    if (!variables.contains(std::string(entry.substr(0, entry.find('='))))) out.emplace_back(entry);
  }
  for (const auto& [name, value] : variables) out.push_back(name + "=" + value);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& each : texts) out.push_back(each.data());
  out.push_back(nullptr);
  return out;
}

/// Starts the child with standard input from /dev/null and both outputs into `output`.
Result<pid_t> spawn(std::vector<std::string> command, const Variables& variables, int output) {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
  sigset_t none{};
  sigset_t broken_pipe{};
  ::sigemptyset(&none);
  ::sigemptyset(&broken_pipe);
  ::sigaddset(&broken_pipe, SIGPIPE);
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_adddup2(&actions, output, 2);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &broken_pipe);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<std::string> environment = changed_environment(variables);
  std::vector<char*> envp = pointers(environment);
  std::vector<char*> argv = pointers(command);
  pid_t child = -1;
  const int error = ::posix_spawnp(&child, argv[0], &actions, &attributes, argv.data(), envp.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail(ErrorCode::unavailable, "Cannot start " + command.front() + ".");
  return child;
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Result<Finished> run_child(const std::vector<std::string>& command, const Variables& variables) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return fail(ErrorCode::unavailable, "No pipe to be had.");
  const Result<pid_t> child = spawn(command, variables, pipe[1]);
  ::close(pipe[1]);
  Finished finished;
  if (child) {
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = ::read(pipe[0], buffer.data(), buffer.size())) > 0;)
      if (finished.output.size() < output_bytes_max)
        finished.output.append(buffer.data(), static_cast<std::size_t>(got));
    finished.exit_code = wait_for(*child);
  }
  ::close(pipe[0]);
  if (!child) return tl::unexpected(child.error());
  return finished;
}

Result<Background> Background::start(const std::vector<std::string>& command, const Variables& variables,
                                     const std::string& log_file) {
  const int log = ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return fail(ErrorCode::unavailable, "Cannot write " + log_file + ".");
  const Result<pid_t> child = spawn(command, variables, log);
  ::close(log);
  return Background(TRY(child));
}

bool Background::is_running() const { return pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == 0; }

void Background::stop() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  static_cast<void>(wait_for(pid_));
  pid_ = -1;
}

}  // namespace postern
