#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

/// Child processes of the demonstration: the real `postern`, as a user would start it.
namespace postern {

using Variables = std::map<std::string, std::string>;

struct Finished {
  int exit_code = -1;  ///< 128 + signal when it was killed
  std::string output;  ///< standard output and standard error, in order
};

/// Runs `command` with our environment changed by `variables`, and waits. Nothing can be typed into it.
Result<Finished> run_child(const std::vector<std::string>& command, const Variables& variables);

/// A child in the background, ended with the object unless it was let go.
class Background {
 public:
  static Result<Background> start(const std::vector<std::string>& command, const Variables& variables,
                                  const std::string& log_file);
  Background(Background&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Background& operator=(Background&&) = delete;
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  ~Background() { stop(); }

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool is_running() const;
  void stop();
  void let_go() { pid_ = -1; }

 private:
  explicit Background(pid_t pid) : pid_(pid) {}
  pid_t pid_ = -1;
};

}  // namespace postern
