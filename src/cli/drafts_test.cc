#include "cli/drafts.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace postern::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A state folder of its own.
class Drafts : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(home_);
    ::setenv("XDG_STATE_HOME", home_.c_str(), 1);  // NOLINT(concurrency-mt-unsafe): one thread
  }
  void TearDown() override { std::filesystem::remove_all(home_); }

  [[nodiscard]] std::string file_of(const std::string& name) const {
    return home_ + "/postern/drafts/" + name + ".json";
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(file_of(name), std::ios::binary) << text;
  }
  static RequestOptions from(const std::string& name) {
    RequestOptions out;
    out.from_draft = name;
    return out;
  }

  const std::string home_ = ::testing::TempDir() + "postern-drafts-" + std::to_string(::getpid());
  RequestOptions written_ = {.emergency = "E-1",
                             .process = "operate",
                             .account = "200000000001",
                             .duration = "2h",
                             .reason = "IdP が停止中",
                             .fields = {"severity=1", "ticket=CHG1"},
                             .start = "in 2h",
                             .extends = "G-1"};
};

TEST_F(Drafts, GiveBackWhatWasKept) {
  ASSERT_TRUE(keep_draft("night", written_));
  const auto read = with_draft(from("night"));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->emergency, "E-1");
  EXPECT_EQ(read->process, "operate");
  EXPECT_EQ(read->account, "200000000001");
  EXPECT_EQ(read->duration, "2h");
  EXPECT_EQ(read->reason, "IdP が停止中");
  EXPECT_EQ(read->start, "in 2h");
  EXPECT_EQ(read->extends, "G-1");
  EXPECT_THAT(read->fields, ElementsAre("severity=1", "ticket=CHG1"));
}

TEST_F(Drafts, YieldToWhatIsGivenNow) {
  ASSERT_TRUE(keep_draft("night", written_));
  RequestOptions given = from("night");
  given.duration = "30m";
  given.fields = {"ticket=CHG2"};
  const auto read = with_draft(given);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->duration, "30m");
  EXPECT_EQ(read->account, "200000000001");
  EXPECT_THAT(read->fields, ElementsAre("ticket=CHG2", "severity=1"));
}

TEST_F(Drafts, AreReadableByTheirOwnerAlone) {
  ASSERT_TRUE(keep_draft("night", written_));
  struct stat about{};
  ASSERT_EQ(::stat(file_of("night").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat((home_ + "/postern/drafts").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0700U);
}

TEST_F(Drafts, HaveNamesThatLeadNowhereElse) {
  for (const char* name : {"", "../night", "a/b", ".night", "a b"})
    EXPECT_EQ(keep_draft(name, written_).error().code, ErrorCode::invalid) << name;
  EXPECT_THAT(draft_names(), IsEmpty());
}

TEST_F(Drafts, AreFiftyAtMostAndNotLarge) {
  for (std::size_t i = 0; i < drafts_max; ++i) ASSERT_TRUE(keep_draft("d" + std::to_string(i), written_));
  EXPECT_EQ(keep_draft("another", written_).error().code, ErrorCode::exhausted);
  EXPECT_TRUE(keep_draft("d7", written_)) << "one that is there can be replaced";
  written_.reason = std::string(draft_bytes_max, 'x');
  EXPECT_EQ(keep_draft("d7", written_).error().code, ErrorCode::exhausted);
}

TEST_F(Drafts, ThatAreDamagedAreSaidToBe) {
  ASSERT_TRUE(keep_draft("night", written_));
  for (const char* text : {"", "{", "[]", R"({"format":"postern-draft/2"})"}) {
    write("night", text);
    EXPECT_EQ(with_draft(from("night")).error().code, ErrorCode::damaged) << text;
  }
  write("night", std::string(draft_bytes_max + 1, ' '));
  EXPECT_EQ(with_draft(from("night")).error().code, ErrorCode::exhausted);
}

TEST_F(Drafts, AreForgottenOnce) {
  ASSERT_TRUE(keep_draft("night", written_));
  EXPECT_TRUE(forget_draft("night"));
  EXPECT_FALSE(forget_draft("night"));
  EXPECT_EQ(with_draft(from("night")).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace postern::cli
