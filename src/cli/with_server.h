#pragma once

#include <string>
#include <utility>

#include "cli/output.h"
#include "cli/settings.h"

/// What commands that talk to a server and to a person have in common.
namespace postern::cli {

inline Format format_of(const Settings& settings) { return settings.json ? Format::json : Format::text; }

/// Runs `command(connection, api)` and gives its exit code, or prints the error.
template <class Command>
int with_server(const Settings& settings, Command&& command) {
  Connection connection(settings);
  const auto done = [&]() -> Result<int> {
    client::Api* api = TRY(connection.api());
    return command(connection, *api);
  }();
  return done ? *done : report(done.error(), format_of(settings));
}

/// Asks on the terminal. Without a terminal the answer is no: a script says --yes.
bool confirmed(const std::string& question);
/// A line from the terminal; "" without one.
std::string asked_for(const std::string& question);
bool has_terminal();

}  // namespace postern::cli
