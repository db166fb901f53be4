#include "aws/arn.h"

#include <gtest/gtest.h>

namespace postern::aws {
namespace {

TEST(RoleArn, GivesItsSessionsAnArnWithoutThePath) {
  const RoleArn role = parse_role_arn("arn:aws-cn:iam::200000000001:role/ops/team~a/Emergency@Ops").value();
  EXPECT_EQ(role.partition, "aws-cn");
  EXPECT_EQ(role.account.text(), "200000000001");
  EXPECT_EQ(role.name, "Emergency@Ops");
  EXPECT_EQ(assumed_role_arn(role, "S-40"), "arn:aws-cn:sts::200000000001:assumed-role/Emergency@Ops/S-40");
}

TEST(RoleArn, RefusesWhateverIsNoRole) {
  for (const char* text :
       {"", "arn", "arn:aws:iam::200000000001:role/", "arn:aws:iam::200000000001:role/ops/",
        "arn:aws:iam::200000000001:user/x", "arn:aws:iam::20000000000:role/x",
        "arn:aws:iam:eu-west-1:200000000001:role/x", "arn:aws:sts::200000000001:role/x",
        "arn:evil:iam::200000000001:role/x", "arn:aws:iam::200000000001:role/x y",
        "arn:aws:iam::200000000001:role/a b/x", "arn:aws:iam::200000000001:role/x:y",
        "arn:aws:iam::200000000001:role/x\n", "xarn:aws:iam::200000000001:role/x"})
    EXPECT_FALSE(parse_role_arn(text)) << text;
  EXPECT_FALSE(parse_role_arn("arn:aws:iam::200000000001:role/" + std::string(65, 'x')));
  EXPECT_TRUE(parse_role_arn("arn:aws:iam::200000000001:role/" + std::string(64, 'x')));
}

TEST(SessionName, IsWhatAwsTakes) {
  for (const char* text : {"S-40", "aiko", "a+b=c,d.e@f_g"}) EXPECT_TRUE(is_session_name(text)) << text;
  for (const char* text : {"", "a", "a b", "a/b", "a:b", "é!"}) EXPECT_FALSE(is_session_name(text)) << text;
  EXPECT_TRUE(is_session_name(std::string(64, 'a')));
  EXPECT_FALSE(is_session_name(std::string(65, 'a')));
}

}  // namespace
}  // namespace postern::aws
