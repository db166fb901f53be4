// Wires everything; the only place that sees all.
#include <csignal>

#include "cli/run.h"
#include "main/demo.h"
#include "main/serve.h"
#include "main/state_folder.h"

int main(int argc, char** argv) {
  static_cast<void>(
      std::signal(SIGPIPE, SIG_IGN));  // a reader that went away is an error to handle, not an end
  const std::string version = POSTERN_VERSION;
  const postern::cli::Hooks hooks{
      .serve = [&](const postern::cli::ServeOptions& options) { return postern::serve(options, version); },
      .demo = postern::demo,
      .open_state = postern::open_state_for_reading,
      .version = version};
  return postern::cli::run(argc, argv, hooks);
}
