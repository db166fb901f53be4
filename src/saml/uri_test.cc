#include "saml/uri.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace postern::saml {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Address, IsResolvedAsTheStandardSays) {
  const std::string base = "http://a/b/c/d;p?q";
  // RFC 3986, 5.4.1 and 5.4.2.
  const std::pair<const char*, const char*> examples[] = {{"g", "http://a/b/c/g"},
                                                          {"./g", "http://a/b/c/g"},
                                                          {"g/", "http://a/b/c/g/"},
                                                          {"/g", "http://a/g"},
                                                          {"//g", "http://g"},
                                                          {"?y", "http://a/b/c/d;p?y"},
                                                          {"g?y", "http://a/b/c/g?y"},
                                                          {"#s", "http://a/b/c/d;p?q#s"},
                                                          {"g#s", "http://a/b/c/g#s"},
                                                          {"g?y#s", "http://a/b/c/g?y#s"},
                                                          {";x", "http://a/b/c/;x"},
                                                          {"g;x", "http://a/b/c/g;x"},
                                                          {"g;x?y#s", "http://a/b/c/g;x?y#s"},
                                                          {"", "http://a/b/c/d;p?q"},
                                                          {".", "http://a/b/c/"},
                                                          {"./", "http://a/b/c/"},
                                                          {"..", "http://a/b/"},
                                                          {"../", "http://a/b/"},
                                                          {"../g", "http://a/b/g"},
                                                          {"../..", "http://a/"},
                                                          {"../../", "http://a/"},
                                                          {"../../g", "http://a/g"},
                                                          {"../../../g", "http://a/g"},
                                                          {"../../../../g", "http://a/g"},
                                                          {"/./g", "http://a/g"},
                                                          {"/../g", "http://a/g"},
                                                          {"g.", "http://a/b/c/g."},
                                                          {".g", "http://a/b/c/.g"},
                                                          {"g..", "http://a/b/c/g.."},
                                                          {"..g", "http://a/b/c/..g"},
                                                          {"./../g", "http://a/b/g"},
                                                          {"./g/.", "http://a/b/c/g/"},
                                                          {"g/./h", "http://a/b/c/g/h"},
                                                          {"g/../h", "http://a/b/c/h"},
                                                          {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
                                                          {"g;x=1/../y", "http://a/b/c/y"},
                                                          {"g?y/./x", "http://a/b/c/g?y/./x"},
                                                          {"g?y/../x", "http://a/b/c/g?y/../x"},
                                                          {"g#s/../x", "http://a/b/c/g#s/../x"}};
  for (const auto& [reference, resolved] : examples)
    EXPECT_EQ(resolve_url(base, reference).value_or("-"), resolved) << reference;
  EXPECT_EQ(resolve_url("https://a", "g").value_or("-"), "https://a/g");
  EXPECT_EQ(resolve_url("https://a/x#old", " \n").value_or("-"), "https://a/x");
  EXPECT_EQ(resolve_url(base, " https://b/%2f?c=%41#d \n").value_or("-"), "https://b/%2f?c=%41#d");
  EXPECT_EQ(resolve_url(base, "/a:b@c;d[1]").value_or("-"), "http://a/a:b@c;d[1]");
}

TEST(Address, IsRefusedWhenReadersCouldTakeItDifferently) {
  const std::string base = "https://idp.example.com/login";
  for (const char* bad : {"javascript:alert(1)",
                          "data:text/html,x",
                          "ftp://a/b",
                          "https:g",
                          "https:///x",
                          "https://",
                          "\\\\evil.example.com/",
                          "/a b",
                          "https://idp.example.com\\@evil.example.com/",
                          "https://ex%61mple.com/",
                          "https://a:0/",
                          "https://a:65536/",
                          "https://a:99999999999999/",
                          "https://a:-1/",
                          "https://a:8o/",
                          "https://[::1/",
                          "https://[::1]x/",
                          "//",
                          "https://a:1:2/",
                          "https://\xc3\xa9xample.com/",
                          "https://a\tb/"}) {
    const auto url = resolve_url(base, bad);
    ASSERT_FALSE(url) << bad << " -> " << *url;
    EXPECT_EQ(url.error().code, ErrorCode::invalid);
  }
  EXPECT_FALSE(resolve_url("file:///etc/passwd", "https://a/"));
  EXPECT_FALSE(resolve_url(base, "/" + std::string(3000, 'a')));
}

TEST(Address, ShowsNoSecretWhenItIsRefused) {
  for (const char* bad : {"https://anna:tiger@idp.example.com/", "https://tiger@idp.example.com/",
                          "ftp://a/?code=tiger", "ftp://a/#tiger"}) {
    const auto url = resolve_url("https://idp.example.com/", bad);
    ASSERT_FALSE(url);
    EXPECT_THAT(url.error().message, Not(HasSubstr("tiger")));
  }
  EXPECT_THAT(origin_of("https://anna:tiger@idp.example.com/").error().message,
              HasSubstr("user name or password"));
}

TEST(Origin, IsTheSameHoweverItIsWritten) {
  for (const char* same :
       {"https://idp.example.com", "HTTPS://IDP.Example.com:443/x?y#z", "https://idp.example.com:/"})
    EXPECT_EQ(origin_of(same).value_or("-"), "https://idp.example.com:443") << same;
  EXPECT_EQ(origin_of("http://[::FFFF:1]/").value_or("-"), "http://[::ffff:1]:80");
  EXPECT_EQ(origin_of("http://127.0.0.1:8080/").value_or("-"), "http://127.0.0.1:8080");
  EXPECT_NE(origin_of("https://idp.example.com").value(), origin_of("http://idp.example.com").value());
  EXPECT_NE(origin_of("https://idp.example.com").value(), origin_of("https://idp.example.com:8443").value());
  EXPECT_FALSE(origin_of("/relative"));
  EXPECT_FALSE(origin_of("https://anna@idp.example.com"));
}

}  // namespace
}  // namespace postern::saml
