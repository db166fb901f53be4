#include "probe/program.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "probe/look_for_test.h"
#include "probe/look_servers_for_test.h"

// exec: programs with the exit codes of monitoring plugins.
namespace postern::probe {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the world of these tests
using namespace std::chrono_literals;
using testing::HasSubstr;

class ExecLook : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "postern-probes-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    world_.programs_folder = folder_ / "probes";
    std::filesystem::create_directory(world_.programs_folder);
    ASSERT_EQ(::chmod(world_.programs_folder.c_str(), 0755), 0);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& script, mode_t mode = 0755) {
    const std::string path = world_.programs_folder + "/" + name;
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
  }
  Observation look(const std::string& name, std::vector<std::string> arguments = {}, seconds timeout = 5s) {
    return world_.look_really(catalog::ExecProbe{name, std::move(arguments)}, timeout);
  }
  Observation look_at_script(const std::string& script, seconds timeout = 5s) {
    write("check", script);
    return look("check", {}, timeout);
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file(folder_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::filesystem::path folder_;
  World world_;
};

TEST_F(ExecLook, MeansByItsExitCodeWhatMonitoringPluginsMean) {
  for (const auto& [code, sight] : std::vector<std::pair<int, Sight>>{{0, Sight::good},
                                                                      {1, Sight::slow},
                                                                      {2, Sight::bad},
                                                                      {3, Sight::blind},
                                                                      {4, Sight::blind},
                                                                      {127, Sight::blind}}) {
    const Observation seen =
        look_at_script("echo 'IDP - fine | time=3ms'; echo second line; exit " + std::to_string(code));
    EXPECT_EQ(seen.sight, sight) << code;
    EXPECT_THAT(seen.detail, HasSubstr(code < 4 ? "IDP - fine" : "which says nothing"));
  }
  EXPECT_EQ(look_at_script("exit 2").detail, "the program said nothing and ended with 2");
}

TEST_F(ExecLook, IsBlindWhenTheProgramIsEndedByASignal) {
  const Observation seen = look_at_script("kill -9 $$");
  EXPECT_EQ(seen.sight, Sight::blind);
  EXPECT_THAT(seen.detail, HasSubstr("signal 9"));
}

TEST_F(ExecLook, HandsArgumentsOverWithoutAShell) {
  write("check", "printf '%s/' \"$#\" \"$@\"");
  EXPECT_EQ(look("check", {"$(id)", "a b", ";true", "*"}).detail, "4/$(id)/a b/;true/*/");
}

TEST_F(ExecLook, GivesTheProgramNothingOfOurs) {
  ::setenv("POSTERN_SECRET_FOR_TEST", "secret", 1);
  const int open_file = ::open("/dev/null", O_RDONLY);  // without CLOEXEC, as a careless library would
  EXPECT_EQ(look_at_script("/usr/bin/env | /usr/bin/sort | /usr/bin/grep -v -E '^(PWD|_|SHLVL|OLDPWD)=' | "
                           "/usr/bin/tr '\\n' ' '")
                .detail,
            "LANG=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  EXPECT_EQ(look_at_script("if read line; then echo got $line; else echo nothing; fi; pwd >/dev/null").detail,
            "nothing");
  EXPECT_EQ(look_at_script("pwd").detail, "/");
  EXPECT_EQ(
      look_at_script("[ -e /proc/self/fd/" + std::to_string(open_file) + " ] && echo open || echo closed")
          .detail,
      "closed");
  EXPECT_EQ(look_at_script("echo loud >&2; echo said").detail, "said");
  ::close(open_file);
  ::unsetenv("POSTERN_SECRET_FOR_TEST");
}

TEST_F(ExecLook, StopsAProgramThatHangsWithItsChildren) {
  // The child ignores SIGTERM, holds the output open, and would leave a file if it lived.
  const std::string script = "trap '' TERM\n(trap '' TERM; sleep 2; echo alive > " +
                             (folder_ / "alive").string() +
                             ") &\n"
                             "echo started; sleep 30";
  const Stopwatch watch;
  const Observation seen = look_at_script(script, 1s);
  EXPECT_EQ(seen.sight, Sight::blind);
  EXPECT_THAT(seen.detail, HasSubstr("did not end in time"));
  EXPECT_LT(watch.passed(), 1500ms);
  std::this_thread::sleep_for(1500ms);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "alive"));
}

TEST_F(ExecLook, DoesNotWaitForChildrenThatAProgramLeavesBehind) {
  const Stopwatch watch;
  const Observation seen =
      look_at_script("(sleep 2; echo alive > " + (folder_ / "alive").string() + ") & echo done");
  EXPECT_EQ(seen.sight, Sight::good);
  EXPECT_EQ(seen.detail, "done");
  EXPECT_LT(watch.passed(), 1500ms);
  std::this_thread::sleep_for(2300ms);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "alive"));
}

TEST_F(ExecLook, StopsAProgramThatFloods) {
  const Stopwatch watch;
  const Observation seen = look_at_script("exec yes");
  EXPECT_EQ(seen.sight, Sight::blind);
  EXPECT_THAT(seen.detail, HasSubstr("more than 65536 bytes"));
  EXPECT_LT(watch.passed(), 2500ms);
}

TEST_F(ExecLook, KeepsOnlyTheBeginningOfALongLineAndNothingThatHarmsATerminal) {
  EXPECT_LE(look_at_script("head -c 5000 /dev/zero | tr '\\0' a").detail.size(), 300U);
  const Observation seen = look_at_script("printf 'a\\033[2Jb\\377'");
  EXPECT_EQ(seen.sight, Sight::good);
  EXPECT_TRUE(is_printable_text(seen.detail)) << seen.detail;
  const RealClock clock;
  const auto ending = run({.folder = world_.programs_folder, .name = "check"}, Deadline(clock, 5s));
  EXPECT_EQ(ending->first_line, "a\x1b[2Jb\xff");
}

TEST_F(ExecLook, RunsNothingThatLiesOutsideOfItsFolder) {
  write("check", "echo ran");
  std::filesystem::create_symlink("/bin/echo", world_.programs_folder + "/away");
  std::filesystem::create_symlink("check", world_.programs_folder + "/alias");
  std::filesystem::create_directory(world_.programs_folder + "/sub");
  for (const std::string name : {"../probes/check", "/bin/true", "sub/x", "", ".", "..", "away", "missing"}) {
    const Observation seen = look(name);
    EXPECT_EQ(seen.sight, Sight::blind) << name;
  }
  EXPECT_EQ(look(std::string("check\0x", 7)).sight, Sight::blind);
  EXPECT_EQ(look("alias").detail, "ran") << "a link to a program of the folder is one of its names";
}

TEST_F(ExecLook, RunsNothingThatEverybodyMayChange) {
  write("check", "echo ran", 0777);
  EXPECT_THAT(look("check").detail, HasSubstr("everybody may change the program"));
  write("check", "echo ran");
  EXPECT_EQ(look("check").detail, "ran");
  ASSERT_EQ(::chmod(world_.programs_folder.c_str(), 0777), 0);
  EXPECT_THAT(look("check").detail, HasSubstr("everybody may write to the folder"));
}

TEST_F(ExecLook, RunsNothingThatIsNoProgram) {
  write("text", "echo ran", 0644);
  std::filesystem::create_directory(world_.programs_folder + "/folder");
  for (const char* name : {"text", "folder"})
    EXPECT_THAT(look(name).detail, HasSubstr("not an executable file")) << name;
  std::ofstream(world_.programs_folder + "/garbage") << "\x7f"
                                                        "ELF";
  ASSERT_EQ(::chmod((world_.programs_folder + "/garbage").c_str(), 0755), 0);
  EXPECT_EQ(look("garbage").sight, Sight::blind);
}

TEST_F(ExecLook, IsRefusedOnAHostThatNamesNoFolder) {
  for (const char* folder : {"", "/nonexistent"}) {
    world_.programs_folder = folder;
    EXPECT_THAT(look("true").detail, HasSubstr("no folder for probe programs")) << folder;
  }
}

}  // namespace
}  // namespace postern::probe
