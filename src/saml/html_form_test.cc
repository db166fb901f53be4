#include "saml/html_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace postern::saml {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

std::string repeated(std::size_t times, const std::string& text) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}
std::string refusal_of(const std::string& html) {
  const auto forms = read_forms(html);
  if (forms) return "";
  EXPECT_EQ(forms.error().code, ErrorCode::invalid);
  return forms.error().message;
}

TEST(HtmlForm, IsReadFromALoginPage) {
  const auto forms = read_forms(R"(<!DOCTYPE html>
<html><head><title>Sign in</title></head><body><script>if (a < b) document.write("<form>")</script>
<form id=f action="/auth?session=1&amp;tab=&quot;2&quot;" METHOD=Post>
  <label>Name<input name="username" type="text" autofocus></label>
  <p><input name=password type=password value=''>
  <input type=hidden name=csrf value="&lt;t&amp;k&#43;n&gt;">
  <input type=checkbox name=remember> <input type=checkbox name=terms checked>
  <input type=radio name=kind value=a><input type=radio name=kind value=b checked>
  <input value="no name"><input name="" value="x"><input name=off value=1 disabled>
  <input type=submit name=login value="Sign in"><input type=image name=i><button name=b value=1>Go</button>
</form></body></html>)");
  ASSERT_TRUE(forms);
  ASSERT_THAT(*forms, SizeIs(1));
  EXPECT_EQ(forms->front().action, "/auth?session=1&tab=\"2\"");
  EXPECT_TRUE(forms->front().is_post);
  EXPECT_THAT(forms->front().fields,
              ElementsAre(Pair("username", ""), Pair("password", ""), Pair("csrf", "<t&k+n>"),
                          Pair("terms", "on"), Pair("kind", "b")));
}

TEST(HtmlForm, IsReadFromThePageThatHandsOverTheResponse) {
  const std::string response(100'000, 'A');
  const auto forms = read_forms(
      "<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\"><body "
      "onload=\"document.forms[0].submit()\"><noscript><p>Press Continue.</p></noscript><form "
      "method=\"post\" "
      "action=\"https://signin.aws.amazon.com/saml\"><div><input type=\"hidden\" name=\"SAMLResponse\" "
      "value=\"" +
      response +
      "\"/></div><noscript><input type=\"submit\" value=\"Continue\"/></noscript></form></body></html>");
  ASSERT_TRUE(forms);
  ASSERT_THAT(*forms, SizeIs(1));
  EXPECT_EQ(forms->front().action, "https://signin.aws.amazon.com/saml");
  EXPECT_THAT(forms->front().fields, ElementsAre(Pair("SAMLResponse", response)));
}

TEST(HtmlForm, KeepsTheFieldsOfEachFormApart) {
  const auto forms = read_forms(
      "<input name=outside><form action=search><input name=q></form><input name=between><form method=get>"
      "<table><tr><td><input name=a value=1><tr><td><input name=a value=2></table></form>");
  ASSERT_TRUE(forms);
  ASSERT_THAT(*forms, SizeIs(2));
  EXPECT_THAT((*forms)[0].fields, ElementsAre(Pair("q", "")));
  EXPECT_FALSE((*forms)[0].is_post);
  EXPECT_EQ((*forms)[1].action, "");
  EXPECT_THAT((*forms)[1].fields, ElementsAre(Pair("a", "1"), Pair("a", "2")));
}

TEST(HtmlForm, IsNoneOnAPageWithout) {
  EXPECT_THAT(read_forms("<html><body><h1>503</h1></body></html>").value(), IsEmpty());
  EXPECT_THAT(read_forms("<p><!-- <form><input name=a></form> -->").value(), IsEmpty());
  EXPECT_THAT(read_forms("<script>'<form><input name=a></form>'</script>").value(), IsEmpty());
}

TEST(HtmlForm, IsNotReadFromWhatIsNoHtml) {
  EXPECT_THAT(refusal_of(""), HasSubstr("empty"));
  EXPECT_THAT(refusal_of(" \n"), HasSubstr("empty"));
  EXPECT_THAT(refusal_of("{\"form\":1}"), HasSubstr("not HTML"));
  EXPECT_THAT(refusal_of("<form>\xff"), HasSubstr("UTF-8"));
  EXPECT_THAT(refusal_of(std::string("<form>\0", 7)), HasSubstr("UTF-8"));
}

TEST(HtmlForm, FetchesAndDefinesNothing) {
  const auto forms = read_forms(
      "<!DOCTYPE html SYSTEM \"file:///etc/passwd\" [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>"
      "<form><input name=a value=\"&e;\"></form>");
  ASSERT_TRUE(forms);
  ASSERT_THAT(*forms, SizeIs(1));
  EXPECT_THAT(forms->front().fields, ElementsAre(Pair("a", "&e;")));
}

TEST(HtmlForm, IsBoundedInSizeDepthAndCount) {
  EXPECT_THAT(refusal_of("<form>" + std::string(html_bytes_max, ' ')), HasSubstr("1 MB"));
  EXPECT_EQ(refusal_of(repeated(16, "<form></form>")), "");
  EXPECT_THAT(refusal_of(repeated(17, "<form></form>")), HasSubstr("16 forms"));
  EXPECT_EQ(refusal_of("<form>" + repeated(100, "<input name=a>")), "");
  EXPECT_THAT(refusal_of("<form>" + repeated(101, "<input name=a>")), HasSubstr("100 fields"));
  EXPECT_EQ(refusal_of(repeated(150, "<div>") + "<form>"), "");
  EXPECT_THAT(refusal_of(repeated(200'000, "<b>")), HasSubstr("deeply"));
  EXPECT_THAT(refusal_of(repeated(200'000, "<br>")), HasSubstr("elements"));
}

// Without its limits libxml2 2.9 is busy with the first of these for minutes.
TEST(HtmlForm, KeepsNobodyBusyForLong) {
  std::string names;
  for (int i = 0; i < 150'000; ++i) names += " a" + std::to_string(i);
  std::string honest;
  for (int i = 0; i < 200; ++i) honest += " data-name-" + std::to_string(i) + "=\"\"";
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THAT(refusal_of("<form" + names.substr(0, 1'000'000) + ">"), HasSubstr("names"));
  EXPECT_EQ(refusal_of(repeated(190, "<x>") + repeated(200'000, "</q>")), "");
  EXPECT_EQ(refusal_of("<form" + honest + ">"), "");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

}  // namespace
}  // namespace postern::saml
