/// postern-credentials: the credential_process of AWS's tools (AWS SDKs and Tools reference guide, "Process
/// credential provider"). They start it for every command, so it does nothing but print what the wallet
/// holds, and is linked statically; when that is used up it becomes `postern access … --credential-process`,
/// which renews it.
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "wallet/wallet.h"

namespace postern {
namespace {

constexpr int exit_usage = 2;
constexpr int exit_failed = 1;
constexpr const char* usage =
    "Usage: postern-credentials GRANT --server SERVER --person PERSON\n"
    "Prints emergency credentials for AWS's tools. `postern access GRANT --profile NAME` prints the profile "
    "that "
    "calls it.\n";

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

/// What can be handed out at once. Anything amiss is left to `postern`, which says it in words.
std::optional<Secret> kept_answer(const wallet::Name& name) {
  const std::string folder = wallet::private_folder(environment);
  if (folder.empty()) return std::nullopt;
  const auto kept = wallet::Wallet(folder).find(name);
  const Instant now = std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
  if (!kept || !*kept || !wallet::is_usable(**kept, now)) return std::nullopt;
  Result<Secret> answer = wallet::process_answer(*(*kept)->target);
  if (!answer) return std::nullopt;
  return *std::move(answer);
}

int write_out(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return exit_failed;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

/// Becomes the `postern` beside this program.
int become_postern(const wallet::Name& name) {
  std::array<char, 4096> path{};
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  std::string program(path.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  program = program.substr(0, program.rfind('/') + 1) + "postern";
  std::array<std::string, 8> words = {"postern",  "access",    name.grant, "--credential-process",
                                      "--server", name.server, "--person", name.person};
  std::array<char*, 9> arguments{};
  for (std::size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();
  ::execv(program.c_str(), arguments.data());
  std::fprintf(stderr, "postern-credentials: %s cannot be started: %s\n", program.c_str(),
               std::strerror(errno));
  return exit_failed;
}

}  // namespace
}  // namespace postern

int main(int argc, char** argv) {
  const bool is_complete =
      argc == 6 && std::string_view(argv[2]) == "--server" && std::string_view(argv[4]) == "--person";
  if (!is_complete) {
    std::fputs(postern::usage, stderr);
    return postern::exit_usage;
  }
  const postern::wallet::Name name{.server = argv[3], .person = argv[5], .grant = argv[1]};
  if (const auto answer = postern::kept_answer(name)) return postern::write_out(answer->reveal());
  return postern::become_postern(name);
}
