#include "program/program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

#include "base/descriptor.h"
#include "base/pipe_signal.h"

namespace postern::program {
namespace {

/// How often a program is looked after that has closed its output, or whose children hold it open.
constexpr milliseconds beat{20};
/// For the kernel to end what was killed; only a process that hangs inside the kernel takes longer.
constexpr int beats_to_die = 15;

tl::unexpected<Error> refused(const std::string& why) { return fail(ErrorCode::forbidden, why); }

std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&::free)> real(::realpath(path.c_str(), nullptr), &::free);
  return real == nullptr ? "" : real.get();
}

/// The path of the file to run. What is checked here can be changed before it runs only by who may write to
/// the folder or the file, and those are not everybody.
Result<std::string> find(const Program& program) {
  const std::string& name = program.name;
  if (name.empty() || name == "." || name == ".." ||
      name.find_first_of(std::string_view("/\0", 2)) != std::string::npos)
    return refused("the program's name must be that of a file in the folder of programs");
  const std::string folder = program.folder.empty() ? "" : real_path(program.folder);
  struct stat about{};
  if (folder.empty() || ::stat(folder.c_str(), &about) != 0 || !S_ISDIR(about.st_mode))
    return refused("this host has no folder for programs");
  if ((about.st_mode & S_IWOTH) != 0) return refused("everybody may write to the folder of programs");
  std::string file = real_path(folder + "/" + name);
  if (file.empty()) return refused("the program " + name + " is not in the folder of programs");
  if (file.substr(0, file.rfind('/')) != folder)
    return refused("the program " + name + " leads out of the folder of programs");
  if (::stat(file.c_str(), &about) != 0 || !S_ISREG(about.st_mode) || ::access(file.c_str(), X_OK) != 0)
    return refused("the program " + name + " is not an executable file");
  if ((about.st_mode & S_IWOTH) != 0) return refused("everybody may change the program " + name);
  return file;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& each : texts) out.push_back(each.data());
  out.push_back(nullptr);
  return out;
}

/// What the child does between fork and exec, prepared before it.
class Preparation {
 public:
  /// `input` is -1 for nothing.
  Preparation(int input, int output) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    if (input >= 0)
      posix_spawn_file_actions_adddup2(&actions_, input, 0);
    else
      posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, 1);
    posix_spawn_file_actions_addopen(&actions_, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions_, 3);
    posix_spawn_file_actions_addchdir_np(&actions_, "/");
    sigset_t none{};
    sigset_t all{};
    ::sigemptyset(&none);
    ::sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_, static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                              POSIX_SPAWN_SETSID));
  }
  ~Preparation() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&actions_);
  }
  Preparation(const Preparation&) = delete;
  Preparation& operator=(const Preparation&) = delete;

  Result<pid_t> spawn(const std::string& file, std::vector<std::string> arguments) const {
    std::vector<std::string> environment = {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C"};
    const std::vector<char*> argv = pointers(arguments);
    const std::vector<char*> envp = pointers(environment);
    pid_t child = -1;
    if (::posix_spawn(&child, file.c_str(), &actions_, &attributes_, argv.data(), envp.data()) != 0)
      return fail(ErrorCode::unavailable, "the program cannot be started");
    return child;
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// A started program and its process group. It is waited for only after its group was killed: until then its
/// number cannot become somebody else's.
class Child {
 public:
  explicit Child(pid_t id) : id_(id) {}
  ~Child() {
    ::kill(-id_, SIGKILL);
    int status = 0;
    for (int i = 0; i < beats_to_die && ::waitpid(id_, &status, WNOHANG) == 0; ++i)
      ::poll(nullptr, 0, static_cast<int>(beat.count()));
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// How it ended; nullopt while it runs.
  [[nodiscard]] std::optional<Ending> ended() const {
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT) != 0)
      return Ending{.how = Ending::How::killed_by_signal};  // somebody else has waited for it
    if (info.si_pid == 0) return std::nullopt;
    return Ending{.how = info.si_code == CLD_EXITED ? Ending::How::exited : Ending::How::killed_by_signal,
                  .code = info.si_status};
  }

 private:
  pid_t id_;
};

/// What comes out of a program: its first line is kept, the rest counted.
class Output {
 public:
  explicit Output(const Descriptor& pipe) : pipe_(pipe) {}

  /// Reads what is there.
  void drain() {
    std::array<char, 4096> bytes{};
    while (is_open_ && !is_flooded()) {
      const ssize_t size = ::read(pipe_.descriptor(), bytes.data(), bytes.size());
      if (size < 0) return;
      if (size == 0) is_open_ = false;
      take({bytes.data(), static_cast<std::size_t>(size)});
    }
  }
  /// What to wait for until more can be read; of descriptor -1, which poll(2) skips, when no more will come.
  [[nodiscard]] pollfd awaited() const { return {is_open_ ? pipe_.descriptor() : -1, POLLIN, 0}; }
  [[nodiscard]] bool is_flooded() const { return size_ > output_bytes_max; }
  [[nodiscard]] const std::string& first_line() const { return line_; }

 private:
  void take(std::string_view bytes) {
    size_ += bytes.size();
    if (line_is_over_) return;
    const std::size_t end = bytes.find('\n');
    line_is_over_ = end != std::string_view::npos;
    line_.append(bytes.substr(0, end));
    if (line_.size() <= first_line_bytes_max) return;
    line_.resize(first_line_bytes_max);
    line_is_over_ = true;
  }

  const Descriptor& pipe_;
  bool is_open_ = true;
  bool line_is_over_ = false;
  std::size_t size_ = 0;
  std::string line_;
};

/// What goes into a program, as fast as it reads. Closed when all of it is written, or nobody is left to
/// read.
class Input {
 public:
  Input(Descriptor& pipe, std::string_view left) : pipe_(pipe), left_(left) {}

  /// Writes what the pipe takes.
  void feed() {
    const PipeSignalHeldBack held_back;
    while (pipe_.descriptor() >= 0 && !left_.empty()) {
      const ssize_t size = ::write(pipe_.descriptor(), left_.data(), left_.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0 && errno == EAGAIN) return;
      left_.remove_prefix(size < 0 ? left_.size() : static_cast<std::size_t>(size));
    }
    pipe_.close();  // the program's end of file
  }
  [[nodiscard]] pollfd awaited() const { return {pipe_.descriptor(), POLLOUT, 0}; }

 private:
  Descriptor& pipe_;
  std::string_view left_;
};

/// Sleeps until something can be read or written, a beat at most.
void await(const Input& input, const Output& output, const Deadline& deadline) {
  std::array<pollfd, 2> waiting = {output.awaited(), input.awaited()};
  ::poll(waiting.data(), waiting.size(), static_cast<int>(std::min(beat, deadline.left()).count()));
}

Ending follow(const Child& child, Input& input, Output& output, const Deadline& deadline) {
  for (;;) {
    // In this order: what a program wrote before it ended is in the pipe when it has ended.
    const std::optional<Ending> ended = child.ended();
    output.drain();
    input.feed();
    if (output.is_flooded()) return {.how = Ending::How::flooded};
    if (ended) return *ended;
    if (deadline.is_over()) return {.how = Ending::How::timed_out};
    await(input, output, deadline);
  }
}

struct Pipe {
  Descriptor reading;
  Descriptor writing;
};
Result<Pipe> open_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(ErrorCode::unavailable, "no pipe to be had");
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

}  // namespace

Result<Ending> run(const Program& program, const Deadline& deadline) {
  if (program.input.size() > input_bytes_max)
    return fail(ErrorCode::invalid, "there is more for the program to read than it may be given");
  const std::string file = TRY(find(program));
  Pipe in = TRY(open_pipe());
  Pipe out = TRY(open_pipe());
  ::fcntl(in.writing.descriptor(), F_SETFL, O_NONBLOCK);
  ::fcntl(out.reading.descriptor(), F_SETFL, O_NONBLOCK);
  std::vector<std::string> arguments = {program.folder + "/" + program.name};
  arguments.insert(arguments.end(), program.arguments.begin(), program.arguments.end());
  const Preparation preparation(program.input.empty() ? -1 : in.reading.descriptor(),
                                out.writing.descriptor());
  const pid_t id = TRY(preparation.spawn(file, std::move(arguments)));
  in.reading.close();
  out.writing.close();
  const Child child(id);
  Input input(in.writing, program.input);
  Output output(out.reading);
  Ending ending = follow(child, input, output, deadline);
  ending.first_line = output.first_line();
  return ending;
}

}  // namespace postern::program
