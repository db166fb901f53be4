#include "cli/mfa.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>

#include "access/environment.h"
#include "base/encoding.h"

namespace postern::cli {
namespace {

/// What is typed up to Enter; nullopt for Ctrl-C, Ctrl-D or a terminal that goes away.
std::optional<std::string> read_line(int terminal) {
  constexpr char ctrl_c = 3;
  constexpr char ctrl_d = 4;
  constexpr char backspace = 8;
  constexpr char delete_key = 127;
  std::string line;
  for (char c = 0; line.size() < 16 && ::read(terminal, &c, 1) == 1;) {
    if (c == '\n' || c == '\r') return line;
    if (c == ctrl_c || c == ctrl_d) break;
    if (c != backspace && c != delete_key)
      line += c;
    else if (!line.empty())
      line.pop_back();
  }
  wipe(line);
  return std::nullopt;
}

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
  // Keys arrive one by one and Ctrl-C as a character: a signal would end us with the terminal left mute.
  quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
  if (hidden) ::tcsetattr(terminal, TCSAFLUSH, &quiet);
  const bool asked = ::write(terminal, question.data(), question.size()) > 0;
  std::optional<std::string> code = asked ? read_line(terminal) : std::nullopt;
  if (hidden) ::tcsetattr(terminal, TCSAFLUSH, &before);
  const bool ended_line = ::write(terminal, "\n", 1) == 1;
  ::close(terminal);
  if (!ended_line || !code)
    return fail(ErrorCode::unavailable, "No MFA code was given. Ask again: postern access …");
  return Secret(std::move(*code));
}

}  // namespace

Result<Secret> ask_for_mfa_code(const access::Plan& plan) {
  // Before the code is given: a person who reads another account here stops.
  fmt::print(stderr, "postern: the code leads to {}\n", sanitized(plan.target_role_arn, Lines::replace));
  const char* given = std::getenv("POSTERN_MFA_CODE");  // NOLINT(concurrency-mt-unsafe): nobody calls setenv
  return given != nullptr ? Result<Secret>(Secret::copy_of(given)) : prompt_for_mfa_code(plan.mfa_serial);
}

Result<aws::Credentials> own_access_key(const std::string& aws_profile) {
  const char* code = std::getenv("POSTERN_MFA_CODE");  // NOLINT(concurrency-mt-unsafe): nobody calls setenv
  if (code != nullptr) {
    const std::string_view text = code;
    if (text.size() != 6 || text.find_first_not_of("0123456789") != std::string_view::npos)
      return fail(ErrorCode::invalid,
                  "POSTERN_MFA_CODE does not hold six digits. Set it to what your device shows now.");
  } else if (const int terminal = ::open("/dev/tty", O_RDWR | O_CLOEXEC); terminal >= 0) {
    ::close(terminal);
  } else {
    return fail(ErrorCode::invalid,
                "There is no terminal to ask for the MFA code. Put the code into POSTERN_MFA_CODE.");
  }
  return aws::load_credentials(aws::process_environment(),
                               aws_profile.empty() ? std::nullopt : std::optional(aws_profile));
}

std::optional<std::string> sts_endpoint() {
  return aws::endpoint_override(aws::process_environment(), "sts");
}

}  // namespace postern::cli
