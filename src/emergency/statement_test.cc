#include "emergency/statement.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/json.h"
#include "emergency/testing.h"
#include "signature/sshsig.h"

namespace postern::emergency {
namespace {

using namespace std::chrono_literals;
using namespace test_world;
namespace fs = std::filesystem;

RequestTerms terms() {
  return {.request = r1,
          .emergency = e1,
          .process = operate_workload,
          .requester = aiko,
          .account = prod_web,
          .emergency_role = "EmergencyAccess_Ops",
          .target_role = "EmergencyAccess_Ops",
          .duration = 90min,
          .session_max = 1h,
          .catalog = Digest{},
          .reason = std::nullopt};
}
const std::string terms_text =
    R"({"account":"200000000001","catalog":"0000000000000000000000000000000000000000000000000000000000000000",)"
    R"("duration":"90m","emergency":"E-1","emergency_role":"EmergencyAccess_Ops","process":"operate-workload",)"
    R"("reason":"","request":"R-1","requester":"aiko","session_max":"1h","target_role":"EmergencyAccess_Ops"})";

TEST(Statement, OfARequestIsTheDigestOfItsTerms) {
  EXPECT_EQ(digest_of(terms()), sha256("postern-request/1\n" + terms_text));
  RequestTerms with_reason = terms();
  with_reason.reason = sha256("x");
  EXPECT_NE(digest_of(with_reason), digest_of(terms()));
}

TEST(Statement, OfAnApprovalSaysWhoAnswersWhatAndWhere) {
  EXPECT_EQ(approval_statement("postern.example.net/ledger", terms(), 2, dana, Decision::approve),
            R"({"decision":"approve","ledger":"postern.example.net/ledger","person":"dana","request":"R-1",)"
            R"("request_digest":")" +
                sha256("postern-request/1\n" + terms_text).hex() +
                R"(","statement":"postern-approval/1","tier":2})");
  EXPECT_NE(approval_statement("l", terms(), 2, dana, Decision::deny),
            approval_statement("l", terms(), 2, dana, Decision::approve));
}

TEST(Statement, OfACatalogNamesWhatItReplaces) {
  const std::string zeros(64, '0');
  EXPECT_EQ(catalog_statement(Digest{}, std::nullopt),
            R"({"catalog":")" + zeros + R"(","replaces":"","statement":"postern-catalog/1"})");
  EXPECT_EQ(catalog_statement(sha256("new"), Digest{}), R"({"catalog":")" + sha256("new").hex() +
                                                            R"(","replaces":")" + zeros +
                                                            R"(","statement":"postern-catalog/1"})");
}

TEST(Statement, OfALoginHoldsTheNonceAndItsEnd) {
  EXPECT_EQ(
      login_statement("postern.example.net/ledger", aiko, "bm9uY2U", start),
      R"({"expires":"2026-11-23T03:00:00.000Z","ledger":"postern.example.net/ledger","nonce":"bm9uY2U",)"
      R"("person":"aiko","statement":"postern-login/1"})");
}

TEST(Statement, QuotesWhatWouldOtherwiseEndIt) {
  const std::string text = login_statement("a\",\"person\":\"dana", aiko, "n", start);
  EXPECT_EQ(json::parse(text).value().text_at("person"), "aiko");
}

TEST(TestKey, SignsWhatOurVerifierAccepts) {
  const auto key = signature::SshPublicKey::parse(TestKey("ben").line()).value();
  const std::string armored = TestKey("ben").sign(approval_namespace, "text");
  EXPECT_TRUE(signature::verify(armored, approval_namespace, "text", key));
  EXPECT_FALSE(signature::verify(armored, approval_namespace, "other", key));
  EXPECT_EQ(TestKey("ben").line(), TestKey("ben").line());
  EXPECT_NE(TestKey("ben").line(), TestKey("dana").line());
}

/// What docs/formats.md tells auditors to do, with nothing but the fields of the entry.
class Auditor : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v ssh-keygen > /dev/null") !=
        0) {  // NOLINT(cert-env33-c,concurrency-mt-unsafe)
      if (std::getenv("CI") != nullptr) FAIL() << "ssh-keygen is missing. Install openssh-client.";
      GTEST_SKIP() << "ssh-keygen is missing. Install openssh-client.";
    }
    std::string name = (fs::temp_directory_path() / "postern-statement-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override {
    if (!directory_.empty()) fs::remove_all(directory_);
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name, std::ios::binary) << text;
  }
  [[nodiscard]] bool verifies(const PersonId& person, const std::string& key, std::string_view name_space,
                              const std::string& statement, const std::string& signature) const {
    write("allowed", person.text() + " " + key + "\n");
    write("statement", statement);
    write("statement.sig", signature);
    const std::string command = "cd " + directory_.string() + " && ssh-keygen -Y verify -f allowed -I " +
                                person.text() + " -n " + std::string(name_space) +
                                " -s statement.sig < statement > /dev/null 2>&1";
    return std::system(command.c_str()) == 0;  // NOLINT(cert-env33-c,concurrency-mt-unsafe)
  }

 private:
  fs::path directory_;
};

TEST_F(Auditor, VerifiesAnApprovalWithSshKeygenFromItsEntryAlone) {
  const World world = granted();
  const auto& approved = std::get<RequestApproved>(world.story.at(world.story.size() - 2).fact);
  EXPECT_TRUE(
      verifies(approved.person, approved.key, approval_namespace, approved.statement, approved.signature));
  EXPECT_FALSE(verifies(approved.person, approved.key, approval_namespace, approved.statement + "\n",
                        approved.signature));
  EXPECT_FALSE(verifies(approved.person, TestKey("dana").line(), approval_namespace, approved.statement,
                        approved.signature));
}

TEST_F(Auditor, VerifiesTheOwnersSignaturesOfACatalog) {
  const World world = at_peace();
  const auto& adopted = std::get<CatalogAdopted>(world.story.front().fact);
  for (const OwnerSignature& each : adopted.signatures)
    EXPECT_TRUE(verifies(each.person, each.key, catalog_namespace,
                         catalog_statement(adopted.catalog, adopted.replaces), each.signature));
}

}  // namespace
}  // namespace postern::emergency
