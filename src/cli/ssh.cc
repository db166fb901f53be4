#include "cli/ssh.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <vector>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX wants it declared by the program

namespace postern::cli {
namespace {

constexpr std::size_t output_bytes_max = 64U << 10U;

struct Ran {
  int status = -1;
  std::string output;
};

/// A pipe whose ends are closed with it.
struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) ends = {-1, -1};
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close(0);
    close(1);
  }
  void close(std::size_t end) {
    if (ends.at(end) >= 0) ::close(ends.at(end));
    ends.at(end) = -1;
  }
};

/// Runs a program with `input` on its standard input; standard error stays the terminal's, where it may ask
/// for a pass phrase. The input is small enough for the pipe's buffer (64 KiB), so writing it before reading
/// cannot block.
Result<Ran> run(std::vector<std::string> arguments, std::string_view input) {
  Pipe in;
  Pipe out;
  if (in.ends[1] < 0 || out.ends[1] < 0 || input.size() > 32768)
    return fail(ErrorCode::internal, "No pipe to " + arguments[0] + ".");
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.ends[0], 0);
  posix_spawn_file_actions_adddup2(&actions, out.ends[1], 1);
  std::vector<char*> argv;
  for (std::string& each : arguments) argv.push_back(each.data());
  argv.push_back(nullptr);
  pid_t child = -1;
  const int spawned = ::posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (spawned != 0)
    return fail(ErrorCode::not_found, arguments[0] + " is not installed. Install OpenSSH's client programs.");
  in.close(0);
  out.close(1);
  const bool sent = ::write(in.ends[1], input.data(), input.size()) == static_cast<ssize_t>(input.size());
  in.close(1);
  Ran ran;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0;
       (got = ::read(out.ends[0], buffer.data(), buffer.size())) > 0 && ran.output.size() < output_bytes_max;)
    ran.output.append(buffer.data(), static_cast<std::size_t>(got));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  ran.status = sent && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

}  // namespace

Result<std::string> ssh_sign(const std::string& key_file, std::string_view name_space,
                             std::string_view message) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(key_file, error))
    return fail(ErrorCode::not_found,
                "There is no SSH key file \"" + key_file + "\". Name yours: --key FILE");
  const Ran ran =
      TRY(run({"ssh-keygen", "-q", "-Y", "sign", "-f", key_file, "-n", std::string(name_space)}, message));
  if (ran.status != 0 || ran.output.empty())
    return fail(ErrorCode::forbidden,
                "ssh-keygen did not sign with \"" + key_file +
                    "\". Is the pass phrase right, the agent running, the security key plugged in?");
  return ran.output;
}

Result<std::string> ssh_public_key(const std::string& key_file) {
  const std::string path = key_file.ends_with(".pub") ? key_file : key_file + ".pub";
  std::ifstream file(path);
  std::string line;
  if (std::getline(file, line)) return line;
  const Ran ran = TRY(run({"ssh-keygen", "-y", "-f", key_file}, ""));
  if (ran.status != 0)
    return fail(ErrorCode::not_found, "The public key of \"" + key_file + "\" cannot be read.");
  return ran.output.substr(0, ran.output.find('\n'));
}

}  // namespace postern::cli
