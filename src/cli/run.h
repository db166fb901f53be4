#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/commands.h"

namespace postern::cli {

struct ServeOptions {
  std::string state;    ///< folder for the database and the keys
  std::string catalog;  ///< file to put in force at start, if it is not yet
  std::string origin;   ///< name of a new ledger
  std::string socket;   ///< Unix socket
  std::string listen;   ///< 127.0.0.1:PORT, "" for the socket only
  std::string node = "node-1";
  bool insecure_unsigned = false;
  bool no_probes = false;
  std::string probe_programs;  ///< folder of the programs that exec probes may run; "" runs none
  std::string
      notice_programs;  ///< folder of the programs that channels of kind `command` may run; "" runs none
  std::string
      authorities;   ///< PEM file of certificates to believe beside nobody else's, for notices and tickets
  std::string page;  ///< what links in notices begin with; "" for no links
};
struct DemoOptions {
  bool keep = false;
  bool quick = false;  ///< no pauses for reading
};

/// Commands that need parts this folder may not know; wired in src/main.
struct Hooks {
  std::function<int(const ServeOptions&)> serve;
  std::function<int(const DemoOptions&)> demo;
  OpenState open_state;
  std::string version;
};

/// Parses the command line, runs the command, gives the exit code.
int run(int argc, char** argv, const Hooks& hooks);

}  // namespace postern::cli
