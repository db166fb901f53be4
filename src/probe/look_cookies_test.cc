#include "probe/look_cookies.h"

#include <gtest/gtest.h>

namespace postern::probe {
namespace {

std::string after(std::initializer_list<std::string> fields) {
  Cookies cookies;
  for (const std::string& each : fields) cookies.take(each);
  return cookies.header();
}

TEST(Cookies, AreSentBackWithoutTheirAttributes) {
  EXPECT_EQ(after({"session=abc; Path=/; HttpOnly; Secure"}), "session=abc");
  EXPECT_EQ(after({"a=1", "b=2; SameSite=Lax"}), "a=1; b=2");
  EXPECT_EQ(after({"a=1", "a=2"}), "a=2");
  EXPECT_EQ(after({"a=x=y=="}), "a=x=y==");
}

TEST(Cookies, AreToldApartFromTheCommaInADate) {
  EXPECT_EQ(after({"a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/, b=2; Path=/, c=3"}), "a=1; b=2; c=3");
}

TEST(Cookies, AreForgottenWhenTakenBack) {
  EXPECT_EQ(after({"a=1, b=2", "a=; Max-Age=0"}), "b=2");
  EXPECT_EQ(after({"a=1", "a=; expires=Thu, 01-Jan-1970 00:00:00 GMT"}), "");
  EXPECT_EQ(after({"a=1", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}), "");
  EXPECT_EQ(after({"a=; Max-Age=-1"}), "");
}

TEST(Cookies, OfNoUsableFormAreLeftOut) {
  for (const std::string field : {"", "novalue", "=1", "a b=1", "a=\x01", "a=1\r\nX: y", "; a", ", , ,"})
    EXPECT_EQ(after({field}), "") << field;
}

TEST(Cookies, AreLimitedInSizeAndNumber) {
  EXPECT_EQ(after({"a=" + std::string(5000, 'x')}), "");
  Cookies cookies;
  for (int i = 0; i < 1000; ++i) cookies.take("n" + std::to_string(i) + "=1");
  EXPECT_LT(cookies.header().size(), 40U * 10);
  cookies.take("n0=2");
  EXPECT_EQ(cookies.header().substr(0, 4), "n0=2") << "one that is known may change";
}

}  // namespace
}  // namespace postern::probe
