#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "ledger/answer.h"
#include "ledger/checkpoint.h"
#include "ledger/proof.h"
#include "ledger/tile.h"

/// Runs the program that auditors run, on files, with approvals signed by the real ssh-keygen. It stands
/// beside this test when all is built.
namespace postern::ledger {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

NoteSigner log_key() { return NoteSigner::from_seed("log.example", Secret(std::string(32, 'k'))).value(); }

void write(const fs::path& path, const Bytes& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}
std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class VerifyProgram : public testing::Test {
 protected:
  void SetUp() override {
    program_ = fs::read_symlink("/proc/self/exe").parent_path() / "postern-ledger-verify";
    if (!fs::exists(program_)) GTEST_SKIP() << "Build postern-ledger-verify first.";
    if (std::system("command -v ssh-keygen >/dev/null") != 0) GTEST_SKIP() << "Install openssh-client.";
    std::string name = (fs::temp_directory_path() / "postern-verify-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    shell("ssh-keygen -q -t ed25519 -N '' -C dana -f " + (folder_ / "dana").string());
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  static void shell(const std::string& command) { ASSERT_EQ(std::system(command.c_str()), 0) << command; }

  /// What Dana's key says about R-7, as the entry keeps it.
  Entry answer(const std::string& type, const std::string& statement, const std::string& name_space) {
    const std::string file = (folder_ / "statement").string();
    fs::remove(file + ".sig");
    write(file, statement);
    shell("ssh-keygen -q -Y sign -n " + name_space + " -f " + (folder_ / "dana").string() + " " + file +
          " 2>/dev/null");
    return {.id = "answer",
            .type = type,
            .at = Instant{},
            .node = "n",
            .by = "person:dana",
            .cause = "test",
            .data = json::Object{{"request", "R-7"},
                                 {"statement", statement},
                                 {"signature", read(file + ".sig")},
                                 {"key", read(folder_ / "dana.pub")}}};
  }
  Entry approval() {
    return answer("request.approved", R"({"decision":"approve","ledger":"log.example","request":"R-7"})",
                  "postern-approval");
  }

  void write_log(const std::vector<Bytes>& entries) {
    std::vector<Digest> leaves;
    for (const Bytes& bytes : entries) leaves.push_back(leaf_hash(bytes));
    const Digest root = root_at(leaves.size(), nodes_over(leaves)).value();
    checkpoint_ = sign({.origin = "log.example", .size = leaves.size(), .root = root}, log_key());
    write(folder_ / "log/checkpoint", checkpoint_);
    write(folder_ / "log" / bundle_path(0, leaves.size()), encode_bundle(entries));
    write(folder_ / "log" / tile_path(0, 0, leaves.size()), tile_bytes(0, 0, leaves));
  }

  /// The exit status; what was printed is in `output_`.
  int run(const std::string& arguments) {
    const fs::path output = folder_ / "output";
    const int status =
        std::system((program_.string() + " " + arguments + " >" + output.string() + " 2>&1").c_str());
    output_ = read(output);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  int run_on_log(const std::string& more = "") {
    return run((folder_ / "log").string() + " --key " + log_key().verifier().vkey() + more);
  }

  fs::path program_;
  fs::path folder_;
  std::string checkpoint_;
  std::string output_;
};

TEST_F(VerifyProgram, AcceptsAGoodLedgerAndItsSignedApproval) {
  write_log({encode(approval()).value()});
  EXPECT_EQ(run_on_log(), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("1 entries read, 1 answers well signed, no fault"));
  EXPECT_EQ(run_on_log(" --json"), 0);
  EXPECT_THAT(output_, HasSubstr(R"("ok": true)"));
  write(folder_ / "key", log_key().verifier().vkey() + "\n");
  EXPECT_EQ(run((folder_ / "log").string() + " --key-file " + (folder_ / "key").string()), 0) << output_;
}

TEST_F(VerifyProgram, NamesAnAnswerThatIsNotSignedAsItSays) {
  const std::string statement = R"({"decision":"approve","ledger":"log.example","request":"R-7"})";
  Entry altered = approval();
  (*altered.data.as_object())["statement"] = statement + " ";
  const std::vector<Entry> bad = {altered, answer("request.approved", statement, "file"),
                                  answer("request.denied", statement, "postern-approval")};
  for (const Entry& entry : bad) {
    Entry first = entry;
    first.id = "first";
    first.type = "request.submitted";
    write_log({encode(first).value(), encode(entry).value()});
    EXPECT_EQ(run_on_log(), 1) << output_;
    EXPECT_THAT(output_, HasSubstr("entry 1: " + entry.type));
    EXPECT_EQ(run_on_log(" --json"), 1);
    EXPECT_THAT(output_, testing::AllOf(HasSubstr(R"("index": 1)"), HasSubstr(R"("fault_count": 1)")));
  }
}

TEST_F(VerifyProgram, NamesADamagedLedger) {
  write_log({encode(approval()).value()});
  Bytes bundle = read(folder_ / "log/tile/entries/000.p/1");
  bundle.back() = 'x';
  write(folder_ / "log/tile/entries/000.p/1", bundle);
  EXPECT_EQ(run_on_log(), 1);
  EXPECT_THAT(output_, HasSubstr("entry 0: "));
}

TEST_F(VerifyProgram, ChecksOneEntryAgainstItsProof) {
  const Bytes entry = encode(approval()).value();
  write_log({entry});
  write(folder_ / "entry", entry);
  write(folder_ / "proof", to_text({.index = 0, .hashes = {}, .checkpoint_note = checkpoint_}));
  const std::string arguments = "--proof " + (folder_ / "proof").string() + " --entry " +
                                (folder_ / "entry").string() + " --key " + log_key().verifier().vkey();
  EXPECT_EQ(run(arguments), 0) << output_;
  write(folder_ / "entry", entry + "\n");
  EXPECT_EQ(run(arguments), 1) << output_;
  write(folder_ / "proof", "no proof");
  EXPECT_EQ(run(arguments), 1) << output_;
}

TEST_F(VerifyProgram, SaysWhenItCouldNotCheck) {
  const std::string key = " --key " + log_key().verifier().vkey();
  EXPECT_EQ(run(""), 2);
  EXPECT_THAT(output_, HasSubstr("Usage:"));
  EXPECT_EQ(run("--help"), 0);
  EXPECT_EQ(run((folder_ / "nothing").string() + key), 2);
  EXPECT_EQ(run((folder_ / "nothing").string() + " --key nonsense"), 2);
  EXPECT_EQ(run("a b" + key), 2);
  EXPECT_EQ(run("a --jsno" + key), 2);
  EXPECT_EQ(run("a --key"), 2);
  EXPECT_EQ(run("a --key-file k" + key), 2);
  EXPECT_EQ(run("a" + key + key), 2);
  EXPECT_EQ(run("--proof p" + key), 2);
  EXPECT_EQ(run("a --proof p --entry e" + key), 2);
  EXPECT_EQ(run("--proof p --entry e" + key), 2);
}

}  // namespace
}  // namespace postern::ledger
