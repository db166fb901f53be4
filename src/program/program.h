#pragma once

#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"

namespace postern::program {

struct Program {
  std::string folder;
  std::string name;
  std::vector<std::string> arguments = {};
  std::string input = {};  ///< what it may read from standard input; "" for nothing
};

inline constexpr std::size_t first_line_bytes_max = 512;
inline constexpr std::size_t output_bytes_max = 64U << 10U;
inline constexpr std::size_t input_bytes_max = 64U << 10U;

/// How a program ended.
struct Ending {
  enum class How { exited, killed_by_signal, timed_out, flooded };
  How how = How::exited;
  int code = 0;                 ///< exit code, or number of the signal
  std::string first_line = {};  ///< of what it wrote to standard output; as it came, so not to be trusted
};

/// Runs a program of that folder: no shell, the arguments as they are, an environment of PATH and LANG alone,
/// a process group of its own, standard input from a pipe that holds `input` or from /dev/null. A program
/// need not read its input: what it leaves unread changes nothing about how it ended. Whatever of that group
/// is left when the program ends, the time is up or more than `output_bytes_max` were written, is killed.
/// `forbidden` when the program may not be run: its name holds a '/', it lies (after symbolic links) outside
/// the folder, it is no executable file, or everybody may change it or its folder. `invalid` for more than
/// `input_bytes_max`. `unavailable` when it cannot be started. Safe for many threads.
Result<Ending> run(const Program& program, const Deadline& deadline);

}  // namespace postern::program
