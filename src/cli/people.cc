// Who one is, and what is asked at the terminal.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "cli/commands.h"
#include "cli/shown.h"
#include "cli/with_server.h"

namespace postern::cli {

bool has_terminal() { return ::isatty(STDIN_FILENO) == 1; }

std::string asked_for(const std::string& question) {
  if (!has_terminal()) return "";
  fmt::print(stderr, "{} ", question);
  std::string line;
  return std::getline(std::cin, line) ? line : "";
}

bool confirmed(const std::string& question) {
  const std::string line = asked_for(question + " [y/N]");
  return line == "y" || line == "Y" || line == "yes";
}

int login(const Settings& settings) {
  Connection connection(settings);
  const auto login = connection.log_in();
  if (!login) return report(login.error(), format_of(settings));
  const std::string& person = connection.settings().person;
  return print(json::Object{{"person", person}, {"until", login->until}},
               fmt::format("Logged in as {} until {}.", person, login->until), format_of(settings));
}

}  // namespace postern::cli
