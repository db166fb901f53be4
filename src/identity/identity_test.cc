#include <gtest/gtest.h>

#include "emergency/testing.h"
#include "identity/challenge.h"
#include "identity/login.h"
#include "identity/noise.h"

namespace postern::identity {
namespace {

using namespace emergency::test_world;  // NOLINT(google-build-using-namespace): the people of the test world
using namespace std::chrono_literals;

/// Counts up, so that every value is new and every run the same.
class CountingRandom : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    const Digest digest = sha256({"test random\n", std::to_string(next_++)});
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = digest.bytes.at(i % digest.bytes.size());
  }

 private:
  std::uint64_t next_ = 0;
};

std::string said(const Error& error) { return std::string(name_of(error.code)); }

class ChallengeTest : public ::testing::Test {
 protected:
  CountingRandom random_;
  Challenges challenges_{std::string(ledger_origin), random_};
};

TEST_F(ChallengeTest, IsGoodForOneLogin) {
  const Challenge challenge = challenges_.issue(aiko, start);
  EXPECT_EQ(challenges_.redeem(aiko, challenge.nonce, start + 1s).value().statement, challenge.statement);
  EXPECT_EQ(said(challenges_.redeem(aiko, challenge.nonce, start + 2s).error()), "unauthenticated");
}

TEST_F(ChallengeTest, IsForThePersonItWasIssuedTo) {
  const Challenge challenge = challenges_.issue(aiko, start);
  EXPECT_FALSE(challenges_.redeem(ben, challenge.nonce, start));
  EXPECT_TRUE(challenges_.redeem(aiko, challenge.nonce, start)) << "somebody else's try must not use it up";
}

TEST_F(ChallengeTest, EndsAfterTwoMinutes) {
  const Challenge challenge = challenges_.issue(aiko, start);
  EXPECT_FALSE(challenges_.redeem(aiko, challenge.nonce, start + Challenges::valid_for));
  EXPECT_TRUE(
      challenges_.redeem(aiko, challenges_.issue(aiko, start).nonce, start + Challenges::valid_for - 1ms));
}

TEST_F(ChallengeTest, NamesPersonAndLedgerInWhatIsSigned) {
  const std::string statement = challenges_.issue(aiko, start).statement;
  EXPECT_NE(statement.find("\"person\":\"aiko\""), std::string::npos);
  EXPECT_NE(statement.find(ledger_origin), std::string::npos);
}

TEST_F(ChallengeTest, CostsNoMemorySoThatNobodyCanUseThemUp) {
  const Challenge mine = challenges_.issue(aiko, start);
  for (int i = 0; i < 20'000; ++i) challenges_.issue(ben, start);
  EXPECT_TRUE(challenges_.redeem(aiko, mine.nonce, start));
}

TEST_F(ChallengeTest, CannotBeMadeByAnybodyElse) {
  const std::string nonce = challenges_.issue(aiko, start).nonce;
  for (std::size_t i = 0; i < nonce.size(); ++i) {
    std::string bent = nonce;
    bent[i] = bent[i] == '0' ? '1' : '0';
    EXPECT_FALSE(challenges_.redeem(aiko, bent, start)) << i;
  }
  EXPECT_FALSE(challenges_.redeem(aiko, "", start));
  EXPECT_FALSE(Challenges("another ledger", random_).redeem(aiko, nonce, start))
      << "another process has another key";
}

TEST(Login, NeedsASignatureByAKeyOfThatPersonInTheLoginNamespace) {
  const catalog::Catalog in_force = example_catalog();
  const TestKey key("aiko");
  EXPECT_TRUE(verify_login(in_force, aiko, "challenge", key.sign("postern-login", "challenge")));
  EXPECT_FALSE(verify_login(in_force, ben, "challenge", key.sign("postern-login", "challenge")));
  EXPECT_FALSE(verify_login(in_force, aiko, "another", key.sign("postern-login", "challenge")));
  EXPECT_FALSE(verify_login(in_force, aiko, "challenge", key.sign("postern-approval", "challenge")));
  EXPECT_FALSE(verify_login(in_force, aiko, "challenge", "no signature"));
}

TEST(Login, SaysTheSameOfAnUnknownPersonAndOfAWrongKey) {
  const catalog::Catalog in_force = example_catalog();
  const std::string signature = TestKey("mallory").sign("postern-login", "challenge");
  EXPECT_EQ(verify_login(in_force, aiko, "challenge", signature).error(),
            verify_login(in_force, id<PersonId>("nobody"), "challenge", signature).error());
}

class TokenTest : public ::testing::Test {
 protected:
  [[nodiscard]] Login login() const {
    return {aiko, verify_login(in_force_, aiko, "c", TestKey("aiko").sign("postern-login", "c")).value(),
            start + 1h};
  }
  catalog::Catalog in_force_ = example_catalog();
  Tokens tokens_{Secret(Bytes(32, 't'))};
};

TEST_F(TokenTest, SaysWhoItIsUntilItEnds) {
  const Secret token = tokens_.issue(login());
  EXPECT_EQ(tokens_.check(token.reveal(), in_force_, start).value().person, aiko);
  EXPECT_FALSE(tokens_.check(token.reveal(), in_force_, start + 1h));
}

TEST_F(TokenTest, IsWorthNothingWhenAnyCharacterIsAnother) {
  const std::string token(tokens_.issue(login()).reveal());
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string bent = token;
    bent[i] = bent[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(tokens_.check(bent, in_force_, start)) << i;
  }
  EXPECT_FALSE(tokens_.check("", in_force_, start));
  EXPECT_FALSE(tokens_.check(".", in_force_, start));
  EXPECT_FALSE(tokens_.check(std::string(5000, 'A'), in_force_, start));
}

TEST_F(TokenTest, IsWorthNothingElsewhere) {
  EXPECT_FALSE(Tokens(Secret(Bytes(32, 'u'))).check(tokens_.issue(login()).reveal(), in_force_, start));
}

TEST_F(TokenTest, EndsWhenThePersonOrTheKeyLeavesTheCatalog) {
  const Secret token = tokens_.issue(login());
  catalog::Catalog without_key = in_force_;
  without_key.people.at(aiko).ssh_keys.clear();
  EXPECT_FALSE(tokens_.check(token.reveal(), without_key, start));
  catalog::Catalog without_person = in_force_;
  without_person.people.erase(aiko);
  EXPECT_FALSE(tokens_.check(token.reveal(), without_person, start));
}

TEST(Noise, IsOneEntryForEachSourceAndMinute) {
  NoiseMeter meter;
  for (int i = 0; i < 1000; ++i) meter.count("127.0.0.1", "login", start + milliseconds(i));
  meter.count("uid:1000", "login", start);
  EXPECT_TRUE(meter.take(start + 30s).empty()) << "the minute is not over";
  const auto counted = meter.take(start + 61s);
  ASSERT_EQ(counted.size(), 2U);
  EXPECT_EQ(counted[0].count, 1000);
  EXPECT_TRUE(meter.take(start + 61s).empty()) << "each is given once";
}

TEST(Noise, HasALimitHoweverManySourcesThereAre) {
  NoiseMeter meter;
  for (int i = 0; i < 10000; ++i) meter.count("source-" + std::to_string(i), "login", start);
  std::int64_t sum = 0;
  const auto counted = meter.take(start, NoiseMeter::Which::all);
  for (const auto& each : counted) sum += each.count;
  EXPECT_LE(counted.size(), NoiseMeter::sources_max + 1);
  EXPECT_EQ(sum, 10000);
}

}  // namespace
}  // namespace postern::identity
