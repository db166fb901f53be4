#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "probe/look_for_test.h"

// exec: programs with the exit codes of monitoring plugins. How programs are run: program/program_test.cc.
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
    world_.programs_folder = pattern;
    ASSERT_EQ(::chmod(pattern.c_str(), 0755), 0);
  }
  void TearDown() override { std::filesystem::remove_all(world_.programs_folder); }

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

TEST_F(ExecLook, HandsTheArgumentsOfTheCatalogOver) {
  write("check", "printf '%s/' \"$#\" \"$@\"");
  EXPECT_EQ(look("check", {"--host", "a b"}).detail, "2/--host/a b/");
}

TEST_F(ExecLook, IsBlindWhenTheProgramDoesNotEndInTime) {
  const Observation seen = look_at_script("echo started; exec sleep 30", 1s);
  EXPECT_EQ(seen.sight, Sight::blind);
  EXPECT_THAT(seen.detail, HasSubstr("did not end in time"));
}

TEST_F(ExecLook, IsBlindWhenTheProgramFloods) {
  const Observation seen = look_at_script("exec yes");
  EXPECT_EQ(seen.sight, Sight::blind);
  EXPECT_THAT(seen.detail, HasSubstr("more than 65536 bytes"));
}

TEST_F(ExecLook, IsBlindWhenTheProgramMayNotBeRun) {
  write("check", "echo ran", 0777);
  const Observation seen = look("check");
  EXPECT_EQ(seen.sight, Sight::blind);
  EXPECT_THAT(seen.detail, HasSubstr("everybody may change the program"));
}

TEST_F(ExecLook, ShowsNothingThatHarmsATerminal) {
  EXPECT_LE(look_at_script("head -c 5000 /dev/zero | tr '\\0' a").detail.size(), 300U);
  const Observation seen = look_at_script("printf 'a\\033[2Jb\\377'");
  EXPECT_EQ(seen.sight, Sight::good);
  EXPECT_TRUE(is_printable_text(seen.detail)) << seen.detail;
}

}  // namespace
}  // namespace postern::probe
