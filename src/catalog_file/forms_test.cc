#include "catalog_file/forms.h"

#include <gtest/gtest.h>

namespace postern::catalog_file {
namespace {

TEST(Forms, APlaybookPathStaysInItsFolder) {
  for (const char* text : {"a.md", "playbooks/idp-unavailable.md", "a/b/c.md", "手順/夜間.md", "..a.md"})
    EXPECT_TRUE(is_playbook_path(text)) << text;
  for (const char* text : {"", "/etc/passwd.md", "../a.md", "a/../b.md", "a//b.md", "./a.md", "a/", ".md",
                           "a.txt", "a\\b.md", "a\nb.md", "a/..", "catalog.yaml"})
    EXPECT_FALSE(is_playbook_path(text)) << text;
}

TEST(Forms, ATranslationStandsBesideThePlaybook) { EXPECT_EQ(translated_path("p/x.md", "ja"), "p/x.ja.md"); }

TEST(Forms, AUrlIsHttpWithoutAPassword) {
  for (const char* text : {"https://example.okta.com/app", "http://127.0.0.1:8080/x?y=z",
                           "https://[2001:db8::1]:8443/", "https://a"})
    EXPECT_TRUE(is_url(text)) << text;
  for (const char* text : {"", "example.com", "ftp://a", "https://", "https://user:secret@host/",
                           "https://a b", "https://a:0/", "https://a:99999/", "http://夜/"})
    EXPECT_FALSE(is_url(text)) << text;
}

TEST(Forms, AnAddressHasAHostAndAPort) {
  EXPECT_EQ(host_and_port("192.0.2.1:443"), std::pair(std::string("192.0.2.1"), 443));
  EXPECT_EQ(host_and_port("[2001:db8::1]:8443"), std::pair(std::string("2001:db8::1"), 8443));
  for (const char* text :
       {"", "host", "host:", ":443", "host:0", "host:65536", "host:1x", "2001:db8::1:443", "[]:443", "a/b:1"})
    EXPECT_FALSE(host_and_port(text)) << text;
}

TEST(Forms, ASafeUrlIsHttpsOrLeadsToThisMachine) {
  for (const char* text : {"https://a.example", "http://localhost", "http://127.0.0.1:8080/x", "http://[::1]",
                           "http://[::1]:80/?x"})
    EXPECT_TRUE(is_safe_url(text)) << text;
  for (const char* text :
       {"http://a.example", "http://localhost.a.example/", "http://127.0.0.10/", "http://[::2]/", "https://",
        "http://[::1/", "http://user@localhost/", "ftp://localhost"})
    EXPECT_FALSE(is_safe_url(text)) << text;
}

TEST(Forms, AResolverIsGivenByAddress) {
  for (const char* text : {"192.0.2.53", "192.0.2.53:5353", "0.0.0.0", "255.255.255.255:65535",
                           "2001:db8::53", "[2001:db8::53]", "[2001:db8::53]:53", "::1", "::ffff:192.0.2.1"})
    EXPECT_TRUE(is_resolver(text)) << text;
  for (const char* text : {"",
                           "dns.example",
                           "dns.example:53",
                           "192.0.2",
                           "192.0.2.53.1",
                           "192.0.2.256",
                           "192.0.2.053",
                           "192.0.2.53:",
                           "192.0.2.53:0",
                           "192.0.2.53:053",
                           "192.0.2.53:65536",
                           "192.0.2.",
                           "1.2.3.4 ",
                           "[2001:db8::53",
                           "[2001:db8::53]:",
                           "[2001:db8::53]x",
                           "[192.0.2.53]",
                           "[]:53",
                           ":53",
                           "a:b",
                           "2001:db8::53%eth0"})
    EXPECT_FALSE(is_resolver(text)) << text;
}

TEST(Forms, NamesOfWhatProbesLookAt) {
  EXPECT_TRUE(is_host("idp.example.net"));
  for (const std::string& text :
       {std::string(), std::string("a b"), std::string("a:1"), std::string(254, 'a')})
    EXPECT_FALSE(is_host(text)) << text;
  EXPECT_TRUE(is_sha256(std::string(63, '0') + "f"));
  for (const std::string& text :
       {std::string(63, '0'), std::string(65, '0'), std::string(64, 'F'), std::string(64, 'g')})
    EXPECT_FALSE(is_sha256(text)) << text;
  EXPECT_TRUE(is_role_arn("arn:aws:iam::100000000002:role/path/PosternRead"));
  for (const char* text : {"PosternRead", "arn:aws:iam::100000000002:user/x",
                           "arn:aws:iam::10000000000:role/x", "arn:aws:iam::100000000002:role/",
                           "arn:aws:iam::100000000002:role/x/", "arn:aws:iam::100000000002:role/x y"})
    EXPECT_FALSE(is_role_arn(text)) << text;
  EXPECT_TRUE(is_provider_name("Okta_1.prod-eu"));
  EXPECT_FALSE(is_provider_name("okta/prod"));
  EXPECT_FALSE(is_provider_name(std::string(129, 'a')));
}

TEST(Forms, NamesThatAwsGives) {
  for (const char* text : {"eu-west-1", "us-gov-east-1", "ap-northeast-1"})
    EXPECT_TRUE(is_region(text)) << text;
  for (const char* text : {"", "eu", "eu-west", "EU-WEST-1", "eu-west-1a", "all", "-a-1", "eu1"})
    EXPECT_FALSE(is_region(text)) << text;
  EXPECT_TRUE(is_role_name("EmergencyAccess_Ops"));
  EXPECT_FALSE(is_role_name("path/role"));
  EXPECT_FALSE(is_role_name(std::string(65, 'a')));
}

TEST(Forms, AnMfaSerialIsOfADeviceThatShowsCodes) {
  EXPECT_TRUE(is_mfa_serial("arn:aws:iam::100000000009:mfa/aiko"));
  EXPECT_TRUE(is_mfa_serial("arn:aws-us-gov:iam::100000000009:mfa/path/aiko"));
  for (const char* text :
       {"", "arn:aws", "arn:aws:iam::100000000009:u2f/user/aiko/x", "arn:aws:iam::10000000000:mfa/aiko",
        "arn:aws:iam::100000000009:mfa/", "arn:aws:sts::100000000009:mfa/aiko", "GAHT12345678"})
    EXPECT_FALSE(is_mfa_serial(text)) << text;
}

TEST(Forms, KnowTheArnOfAManagedPolicy) {
  for (const char* text :
       {"arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/job-function/SystemAdministrator",
        "arn:aws:iam::200000000001:policy/Ops"})
    EXPECT_TRUE(is_policy_arn(text)) << text;
  for (const char* text :
       {"ReadOnlyAccess", "arn:aws:iam::policy/x", "arn:aws:iam::12:policy/x", "arn:aws:iam::aws:role/x",
        "arn:aws:iam::aws:policy/", "arn:aws:iam::aws:policy/a b", "arn:aws:iam::aws:policy/a/"})
    EXPECT_FALSE(is_policy_arn(text)) << text;
}

TEST(Forms, DaysHoursAndMail) {
  EXPECT_TRUE(is_date("2028-02-29"));
  for (const char* text : {"2027-02-29", "2026-13-01", "26-01-01", "2026-1-1"})
    EXPECT_FALSE(is_date(text)) << text;
  EXPECT_TRUE(is_hours("09:00-18:00"));
  EXPECT_TRUE(is_hours("00:00-24:00"));
  for (const char* text :
       {"18:00-09:00", "9:00-18:00", "09:00-09:00", "09:60-18:00", "00:00-24:01", "09:00 18:00"})
    EXPECT_FALSE(is_hours(text)) << text;
  EXPECT_TRUE(is_email("aiko+oncall@example.net"));
  for (const char* text : {"", "aiko", "aiko@", "@example.net", "a b@example.net", "a@b@c"})
    EXPECT_FALSE(is_email(text)) << text;
  EXPECT_TRUE(is_timezone("America/Argentina/Buenos_Aires"));
  EXPECT_FALSE(is_timezone("/etc"));
}

}  // namespace
}  // namespace postern::catalog_file
