#include "program/program.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace postern::program {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// The time that passes.
class RealClock : public Clock {
 public:
  [[nodiscard]] Instant wall() const override { return {}; }
  [[nodiscard]] milliseconds steady() const override {
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
  }
};

class Running : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "postern-programs-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    outside_ = pattern;
    folder_ = outside_ / "programs";
    std::filesystem::create_directory(folder_);
    ASSERT_EQ(::chmod(folder_.c_str(), 0755), 0);
  }
  void TearDown() override { std::filesystem::remove_all(outside_); }

  void write(const std::string& name, const std::string& script, mode_t mode = 0755) {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
  }
  Result<Ending> run_named(const std::string& name, std::vector<std::string> arguments = {}) {
    return run({.folder = folder_, .name = name, .arguments = std::move(arguments)}, Deadline(clock_, 5s));
  }
  Ending run_script(const std::string& script, milliseconds deadline = 5s, std::string input = "") {
    write("check", script);
    const Deadline until(clock_, deadline);
    const Result<Ending> ending = run({.folder = folder_, .name = "check", .input = std::move(input)}, until);
    EXPECT_TRUE(ending) << ending.error().message;
    took_ = until.taken();
    return *ending;
  }
  std::string why_not(const std::string& name) {
    const Result<Ending> ending = run_named(name);
    EXPECT_FALSE(ending) << name << " ran";
    return ending ? "" : ending.error().message;
  }

  std::filesystem::path outside_;
  std::string folder_;
  RealClock clock_;
  milliseconds took_{0};
};

TEST_F(Running, TellsHowTheProgramEndedAndItsFirstLine) {
  for (const int code : {0, 1, 75, 255}) {
    const Ending ending = run_script("echo first; echo second; exit " + std::to_string(code));
    EXPECT_EQ(ending.how, Ending::How::exited);
    EXPECT_EQ(ending.code, code);
    EXPECT_EQ(ending.first_line, "first");
  }
  const Ending killed = run_script("kill -9 $$");
  EXPECT_EQ(killed.how, Ending::How::killed_by_signal);
  EXPECT_EQ(killed.code, 9);
}

TEST_F(Running, HandsArgumentsOverWithoutAShell) {
  write("check", "printf '%s/' \"$#\" \"$@\"");
  EXPECT_EQ(run_named("check", {"$(id)", "a b", ";true", "*"})->first_line, "4/$(id)/a b/;true/*/");
}

TEST_F(Running, GivesTheProgramNothingOfOurs) {
  ::setenv("POSTERN_SECRET_FOR_TEST", "secret", 1);
  const int open_file = ::open("/dev/null", O_RDONLY);  // without CLOEXEC, as a careless library would
  EXPECT_EQ(run_script("/usr/bin/env | /usr/bin/sort | /usr/bin/grep -v -E '^(PWD|_|SHLVL|OLDPWD)=' | "
                       "/usr/bin/tr '\\n' ' '")
                .first_line,
            "LANG=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ");
  EXPECT_EQ(run_script("if read line; then echo got $line; else echo nothing; fi").first_line, "nothing");
  EXPECT_EQ(run_script("pwd").first_line, "/");
  EXPECT_EQ(run_script("[ -e /proc/self/fd/" + std::to_string(open_file) + " ] && echo open || echo closed")
                .first_line,
            "closed");
  EXPECT_EQ(run_script("echo loud >&2; echo said").first_line, "said");
  ::close(open_file);
  ::unsetenv("POSTERN_SECRET_FOR_TEST");
}

TEST_F(Running, LetsTheProgramReadItsInputToTheEnd) {
  EXPECT_EQ(run_script("cat", 5s, "what is to be read").first_line, "what is to be read");
  EXPECT_EQ(run_script("wc -c", 5s, std::string(input_bytes_max, 'x')).first_line,
            std::to_string(input_bytes_max));
  EXPECT_EQ(run_script("sleep 0.3; wc -c", 5s, std::string(input_bytes_max, 'x')).first_line,
            std::to_string(input_bytes_max));
}

TEST_F(Running, IsNotHarmedByAProgramThatDoesNotReadItsInput) {
  const std::string much(input_bytes_max, 'x');
  EXPECT_EQ(run_script("exit 3", 5s, much).code, 3);
  // Reads a little, closes, and goes on: what we still write would raise SIGPIPE.
  EXPECT_EQ(run_script("head -c 1; exec <&-; sleep 0.3; exit 4", 5s, much).code, 4);
  // Fills the pipe first, so that a write is still open when nobody is left to read.
  EXPECT_EQ(run_script("sleep 0.2; head -c 10 >/dev/null; exit 5", 5s, much).code, 5);
}

TEST_F(Running, NeverWaitsForAReaderBeyondItsDeadline) {
  const Ending ending = run_script("exec sleep 30", 500ms, std::string(input_bytes_max, 'x'));
  EXPECT_EQ(ending.how, Ending::How::timed_out);
  EXPECT_LT(took_, 1500ms);
}

TEST_F(Running, TakesNoMoreInputThanItsLimit) {
  write("check", "echo ran");
  const Result<Ending> ending =
      run({.folder = folder_, .name = "check", .input = std::string(input_bytes_max + 1, 'x')},
          Deadline(clock_, 5s));
  ASSERT_FALSE(ending);
  EXPECT_EQ(ending.error().code, ErrorCode::invalid);
}

TEST_F(Running, StopsAProgramThatHangsWithItsChildren) {
  // The child ignores SIGTERM, holds the output open, and would leave a file if it lived.
  const std::string script = "trap '' TERM\n(trap '' TERM; sleep 2; echo alive > " +
                             (outside_ / "alive").string() + ") &\necho started; sleep 30";
  EXPECT_EQ(run_script(script, 1s).how, Ending::How::timed_out);
  EXPECT_LT(took_, 1500ms);
  std::this_thread::sleep_for(1500ms);
  EXPECT_FALSE(std::filesystem::exists(outside_ / "alive"));
}

TEST_F(Running, DoesNotWaitForChildrenThatAProgramLeavesBehind) {
  const Ending ending =
      run_script("(sleep 2; echo alive > " + (outside_ / "alive").string() + ") & echo done");
  EXPECT_EQ(ending.how, Ending::How::exited);
  EXPECT_EQ(ending.first_line, "done");
  EXPECT_LT(took_, 1500ms);
  std::this_thread::sleep_for(2300ms);
  EXPECT_FALSE(std::filesystem::exists(outside_ / "alive"));
}

TEST_F(Running, StopsAProgramThatFloods) {
  EXPECT_EQ(run_script("exec yes").how, Ending::How::flooded);
  EXPECT_LT(took_, 2500ms);
}

TEST_F(Running, KeepsOnlyTheBeginningOfALongLine) {
  EXPECT_EQ(run_script("head -c 5000 /dev/zero | tr '\\0' a").first_line.size(), first_line_bytes_max);
  EXPECT_EQ(run_script("printf 'a\\033[2Jb\\377'").first_line, "a\x1b[2Jb\xff");
}

TEST_F(Running, RunsNothingThatLiesOutsideOfItsFolder) {
  write("check", "echo ran");
  std::filesystem::create_symlink("/bin/echo", folder_ + "/away");
  std::filesystem::create_symlink("check", folder_ + "/alias");
  std::filesystem::create_directory(folder_ + "/sub");
  for (const std::string name :
       {"../programs/check", "/bin/true", "sub/x", "", ".", "..", "away", "missing"}) {
    const Result<Ending> ending = run_named(name);
    ASSERT_FALSE(ending) << name;
    EXPECT_EQ(ending.error().code, ErrorCode::forbidden) << name;
  }
  EXPECT_FALSE(run_named(std::string("check\0x", 7)));
  EXPECT_EQ(run_named("alias")->first_line, "ran") << "a link to a program of the folder is one of its names";
}

TEST_F(Running, RunsNothingThatEverybodyMayChange) {
  write("check", "echo ran", 0777);
  EXPECT_THAT(why_not("check"), HasSubstr("everybody may change the program"));
  write("check", "echo ran");
  EXPECT_EQ(run_named("check")->first_line, "ran");
  ASSERT_EQ(::chmod(folder_.c_str(), 0777), 0);
  EXPECT_THAT(why_not("check"), HasSubstr("everybody may write to the folder"));
}

TEST_F(Running, RunsNothingThatIsNoProgram) {
  write("text", "echo ran", 0644);
  std::filesystem::create_directory(folder_ + "/folder");
  for (const char* name : {"text", "folder"})
    EXPECT_THAT(why_not(name), HasSubstr("not an executable file")) << name;
  std::ofstream(folder_ + "/garbage") << "\x7f"
                                         "ELF";
  ASSERT_EQ(::chmod((folder_ + "/garbage").c_str(), 0755), 0);
  EXPECT_FALSE(run_named("garbage"));
}

TEST_F(Running, IsRefusedOnAHostThatNamesNoFolder) {
  for (const char* folder : {"", "/nonexistent"}) {
    folder_ = folder;
    EXPECT_THAT(why_not("true"), HasSubstr("no folder for programs")) << folder;
  }
}

}  // namespace
}  // namespace postern::program
