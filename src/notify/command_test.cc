#include "notify/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/encoding.h"
#include "notify/world_for_test.h"

namespace postern::notify {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the world of these tests
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class CommandChannel : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "postern-notify-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    outside_ = pattern;
    world_.programs_folder = outside_ / "programs";
    std::filesystem::create_directory(world_.programs_folder);
    ASSERT_EQ(::chmod(world_.programs_folder.c_str(), 0755), 0);
    name(world_.programs_folder + "/tell");
  }
  void TearDown() override { std::filesystem::remove_all(outside_); }

  void name(const std::string& program) { channel_.provider.settings["program"] = program; }
  void write(const std::string& script, const std::string& path = "") {
    const std::string file = path.empty() ? world_.programs_folder + "/tell" : path;
    std::ofstream(file) << "#!/bin/sh\n" << script << "\n";
    ASSERT_EQ(::chmod(file.c_str(), 0755), 0);
  }
  Result<void> send(const Message& message = waiting_request(), milliseconds deadline = 5s) {
    return make_command(channel_, world_.world(), deadline)->send(message);
  }
  Error error_of(const std::string& script, milliseconds deadline = 5s) {
    write(script);
    const Result<void> sent = send(waiting_request(), deadline);
    EXPECT_FALSE(sent) << script;
    return sent ? Error{} : sent.error();
  }
  json::Value received() {
    std::ifstream file(outside_ / "got");
    return json::parse(std::string{std::istreambuf_iterator<char>(file), {}}).value();
  }
  void keep_input() { write("cat > " + (outside_ / "got").string()); }

  std::filesystem::path outside_;
  SenderWorld world_;
  catalog::Channel channel_{.provider = {.kind = "command", .settings = {}}};
};

TEST_F(CommandChannel, GivesTheProgramTheWholeMessage) {
  keep_input();
  const Result<void> sent = send();
  ASSERT_TRUE(sent) << sent.error().message;
  const json::Value message = received();
  EXPECT_EQ(message.text_at("id"), "N-12-mail-aiko");
  EXPECT_EQ(message.text_at("kind"), "request.waiting");
  EXPECT_EQ(message.text_at("urgency"), "urgent");
  EXPECT_EQ(message.text_at("body"), "Ben asks for the payments account.\nAnswer by 03:14 UTC.");
  EXPECT_EQ(message.find("data")->text_at("process"), "payments");
  EXPECT_EQ(message.find("to")->as_array()->at(0).text_at("phone"), "+819012345678");
}

TEST_F(CommandChannel, LeavesOutTheDataWhereAllWouldBeTooLong) {
  keep_input();
  Message message = waiting_request();
  message.data["much"] = std::string(70'000, 'x');
  message.body = std::string(1'000'000, '\x01');
  ASSERT_TRUE(send(message));
  EXPECT_EQ(*received().find("data_left_out"), json::Value(true));
  EXPECT_EQ(received().text_at("title"), "R-7 waits for you");
}

TEST_F(CommandChannel, MeansByItsExitCodeWhatSysexitsMean) {
  write("exit 0");
  EXPECT_TRUE(send());
  EXPECT_EQ(error_of("exit 75").code, ErrorCode::unavailable);
  for (const char* script : {"exit 1", "exit 69", "exit 255", "kill -9 $$", "exec yes"})
    EXPECT_EQ(error_of(script).code, ErrorCode::conflict) << script;
}

TEST_F(CommandChannel, TriesAgainAfterAProgramThatHangs) {
  const Error error = error_of("exec sleep 30", 500ms);
  EXPECT_EQ(error.code, ErrorCode::unavailable);
  EXPECT_THAT(error.message, HasSubstr("did not end in time"));
}

TEST_F(CommandChannel, RepeatsOneHarmlessLineOfWhatTheProgramSays) {
  const Error error = error_of("printf 'no \\033[2Jmodem\\nsecond line'; exit 1");
  EXPECT_THAT(error.message, HasSubstr("modem"));
  EXPECT_THAT(error.message, Not(HasSubstr("second")));
  EXPECT_TRUE(is_printable_text(error.message));
  EXPECT_LT(error_of("head -c 5000 /dev/zero | tr '\\0' a; exit 1").message.size(), 300U);
}

TEST_F(CommandChannel, RunsNothingOutsideOfItsFolder) {
  const std::string elsewhere = outside_ / "elsewhere";
  write("exit 0", elsewhere);
  write("exit 0");
  std::filesystem::create_symlink(elsewhere, world_.programs_folder + "/away");
  for (const std::string& program :
       {elsewhere, world_.programs_folder + "/away", world_.programs_folder,
        world_.programs_folder + "/missing", std::string("/bin/true"), std::string("tell"), std::string()}) {
    name(program);
    const Result<void> sent = send();
    ASSERT_FALSE(sent) << program;
    EXPECT_EQ(sent.error().code, ErrorCode::forbidden) << program;
  }
  name(world_.programs_folder + "/tell");
  EXPECT_TRUE(send());
  world_.programs_folder = "";
  EXPECT_EQ(send().error().code, ErrorCode::forbidden) << "this host runs no programs";
}

}  // namespace
}  // namespace postern::notify
