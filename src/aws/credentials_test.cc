#include "aws/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "aws/profile_file.h"

namespace postern::aws {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// A home folder with AWS's two files, and an environment that names it.
class CredentialsFiles : public testing::Test {
 protected:
  CredentialsFiles()
      : home_(std::filesystem::temp_directory_path() / ("postern-aws-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(home_ / ".aws");
    variables_["HOME"] = home_.string();
  }
  ~CredentialsFiles() override { std::filesystem::remove_all(home_); }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(home_ / ".aws" / name, std::ios::binary) << text;
  }
  Result<Credentials> load(std::optional<std::string> profile = {}) {
    const Environment environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto at = variables_.find(name);
      return at == variables_.end() ? std::nullopt : std::optional(at->second);
    };
    return load_credentials(environment, std::move(profile));
  }
  std::string loaded_id(std::optional<std::string> profile = {}) {
    const Result<Credentials> credentials = load(std::move(profile));
    return credentials ? credentials->access_key_id : credentials.error().message;
  }

  std::filesystem::path home_;
  std::map<std::string, std::string> variables_;
};

TEST_F(CredentialsFiles, PreferTheEnvironmentsKeyUnlessAProfileIsNamed) {
  write("credentials", "[default]\naws_access_key_id = AKIAFILE\naws_secret_access_key = s3cr3t\n");
  variables_["AWS_ACCESS_KEY_ID"] = "AKIAENVIRONMENT";
  variables_["AWS_SECRET_ACCESS_KEY"] = "hush";
  variables_["AWS_SESSION_TOKEN"] = "token";
  const Credentials credentials = load().value();
  EXPECT_EQ(credentials.access_key_id, "AKIAENVIRONMENT");
  EXPECT_EQ(credentials.secret_access_key.reveal(), "hush");
  EXPECT_EQ(credentials.session_token.reveal(), "token");
  EXPECT_EQ(loaded_id("default"), "AKIAFILE");
}

TEST_F(CredentialsFiles, TakeAnEmptyVariableForUnset) {
  write("credentials", "[default]\naws_access_key_id = AKIAFILE\naws_secret_access_key = s3cr3t\n");
  for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"})
    variables_[name] = "";
  EXPECT_EQ(loaded_id(), "AKIAFILE");
}

TEST_F(CredentialsFiles, RefuseHalfAKeyInTheEnvironmentOrAProfile) {
  variables_["AWS_ACCESS_KEY_ID"] = "AKIAENVIRONMENT";
  EXPECT_THAT(load().error().message, HasSubstr("AWS_SECRET_ACCESS_KEY is not"));
  variables_.erase("AWS_ACCESS_KEY_ID");
  variables_["AWS_SECRET_ACCESS_KEY"] = "hush";
  EXPECT_THAT(load().error().message, AllOf(HasSubstr("AWS_ACCESS_KEY_ID is not"), Not(HasSubstr("hush"))));
  write("credentials", "[ops]\naws_access_key_id = AKIAFILE\n");
  EXPECT_THAT(load("ops").error().message, HasSubstr("without aws_secret_access_key"));
}

TEST_F(CredentialsFiles, AreSearchedByProfileFirstInCredentialsThenInConfig) {
  write("credentials", "[ops]\naws_access_key_id=AKIAOPS\naws_secret_access_key=a/b+c=\n");
  write("config",
        "[profile ops]\nregion=eu-west-1\n[profile dev]\naws_access_key_id=AKIADEV\naws_secret_access_key=x\n"
        "[default]\naws_access_key_id=AKIADEFAULT\naws_secret_access_key=x\n");
  EXPECT_EQ(load("ops").value().secret_access_key.reveal(), "a/b+c=");
  EXPECT_EQ(loaded_id("dev"), "AKIADEV");
  EXPECT_EQ(loaded_id(), "AKIADEFAULT");
  variables_["AWS_PROFILE"] = "dev";
  EXPECT_EQ(loaded_id(), "AKIADEV");
}

TEST_F(CredentialsFiles, AreFoundWhereTheEnvironmentSays) {
  write("elsewhere", "[default]\naws_access_key_id=AKIAELSEWHERE\naws_secret_access_key=x\n");
  variables_["AWS_SHARED_CREDENTIALS_FILE"] = (home_ / ".aws/elsewhere").string();
  EXPECT_EQ(loaded_id(), "AKIAELSEWHERE");
  variables_["AWS_SHARED_CREDENTIALS_FILE"] = "~/.aws/elsewhere";
  EXPECT_EQ(loaded_id(), "AKIAELSEWHERE");
  variables_.erase("HOME");
  variables_["AWS_SHARED_CREDENTIALS_FILE"] = (home_ / ".aws/elsewhere").string();
  EXPECT_EQ(loaded_id(), "AKIAELSEWHERE");
}

TEST_F(CredentialsFiles, SayWhereTheyLookedWhenThereIsNoKey) {
  const Error error = load("ops").error();
  EXPECT_EQ(error.code, ErrorCode::not_found);
  EXPECT_THAT(error.message, AllOf(HasSubstr("\"ops\""), HasSubstr((home_ / ".aws/credentials").string()),
                                   HasSubstr((home_ / ".aws/config").string()), HasSubstr("aws configure")));
}

TEST_F(CredentialsFiles, DoNotFollowRolesOrProcesses) {
  write("config",
        "[profile ops]\nrole_arn=arn:aws:iam::123456789012:role/Ops\nsource_profile=default\n"
        "[profile run]\ncredential_process=/bin/touch /tmp/postern-must-not-run\n");
  EXPECT_EQ(load("ops").error().code, ErrorCode::not_found);
  EXPECT_THAT(load("ops").error().message, HasSubstr("role_arn, which is not followed"));
  EXPECT_THAT(load("run").error().message, HasSubstr("credential_process, which is not followed"));
}

TEST_F(CredentialsFiles, RefuseAKeyThatNoKeyLooksLike) {
  write("credentials",
        "[a]\naws_access_key_id=AKIA ONE\naws_secret_access_key=x\n"
        "[b]\naws_access_key_id=AKIATWO\naws_secret_access_key=top secret\n");
  EXPECT_THAT(load("a").error().message, HasSubstr("access key id in profile \"a\""));
  EXPECT_THAT(load("b").error().message, AllOf(HasSubstr("secret access key in"), Not(HasSubstr("top"))));
}

TEST_F(CredentialsFiles, NameTheFileThatIsNone) {
  variables_["AWS_SHARED_CREDENTIALS_FILE"] = home_.string();
  EXPECT_EQ(load().error().code, ErrorCode::invalid);
  EXPECT_THAT(load().error().message, HasSubstr(home_.string()));
}

Error fault_of(std::string_view text) {
  Result<Profiles> profiles = read_profiles(text, ProfileFile::credentials, "/home/aiko/.aws/credentials");
  return profiles ? Error{.code = ErrorCode::internal, .message = "was accepted"} : profiles.error();
}

TEST(ProfileFile, NamesFileAndLineOfAFaultButNotWhatStandsThere) {
  struct Case {
    const char* text;
    const char* line;
  };
  for (const Case& each :
       {Case{"[default]\nwJalrXUtnFEMI\n", "line 2"}, Case{"wJalrXUtnFEMI = x\n", "line 1"},
        Case{"[default\n", "line 1"}, Case{"\n# c\n[]\n", "line 3"}, Case{"[a] wJalrXUtnFEMI\n", "line 1"},
        Case{"[a]\n= wJalrXUtnFEMI\n", "line 2"}, Case{"[a]\nb = wJalrXUtnFEMI\n  more\n", "line 3"},
        Case{"[a]\nb=1\r\nB=wJalrXUtnFEMI\r\n", "line 3"}}) {
    const Error error = fault_of(each.text);
    EXPECT_EQ(error.code, ErrorCode::invalid) << each.text;
    EXPECT_THAT(error.message, AllOf(HasSubstr("/home/aiko/.aws/credentials"), HasSubstr(each.line)))
        << each.text;
    EXPECT_THAT(error.message + error.detail, Not(HasSubstr("wJalrXUtnFEMI")));
  }
}

TEST(ProfileFile, ReadsWhatTheAwsCliReads) {
  const char* text =
      "\xef\xbb\xbf# a comment\r\n[ default ] ; another\r\n  AWS_Access_Key_Id\t= AKIA1 # mine\r\n  s3 =\r\n"
      "    max_concurrent_requests = 20\r\n\r\n  aws_secret_access_key = a#b;c=\r\n[sso-session x]\nregion = "
      "y";
  const Profiles profiles = read_profiles(text, ProfileFile::config, "config").value();
  ASSERT_EQ(profiles.size(), 1U);
  const Profile& profile = profiles.at("default");
  EXPECT_EQ(profile.at("aws_access_key_id").reveal(), "AKIA1");
  EXPECT_EQ(profile.at("aws_secret_access_key").reveal(), "a#b;c=");
  EXPECT_FALSE(profile.contains("max_concurrent_requests"));
}

TEST(ProfileFile, KeepsTheTwoFilesWaysOfNamingApart) {
  const char* text = "[profile ops]\na=1\n[dev]\na=2\n[default]\na=3\n[profiles]\na=4\n";
  const Profiles config = read_profiles(text, ProfileFile::config, "config").value();
  EXPECT_TRUE(config.contains("ops"));
  EXPECT_TRUE(config.contains("default"));
  EXPECT_EQ(config.size(), 2U);
  EXPECT_TRUE(read_profiles(text, ProfileFile::credentials, "credentials").value().contains("profile ops"));
}

TEST(ProfileFile, HasALimit) {
  EXPECT_THAT(fault_of(std::string(profile_file_bytes_max + 1, '#')).message, HasSubstr("1 MiB"));
  EXPECT_EQ(fault_of(std::string(profile_file_bytes_max, '#')).message, "was accepted");
}

TEST(ProfileFile, SurvivesAnyBytes) {
  std::mt19937 random(20261123);
  const std::string letters = std::string("[]=#; \t\r\nab") + '\0' + '\xff';
  for (int round = 0; round < 20000; ++round) {
    std::string text(random() % 40, ' ');
    for (char& c : text) c = letters[random() % letters.size()];
    const Result<Profiles> profiles = read_profiles(text, ProfileFile::config, "config");
    EXPECT_TRUE(profiles || profiles.error().code == ErrorCode::invalid);
  }
}

TEST(EndpointOverride, PrefersTheServicesOwnVariable) {
  std::map<std::string, std::string> variables;
  const Environment environment = [&](const std::string& name) -> std::optional<std::string> {
    const auto at = variables.find(name);
    return at == variables.end() ? std::nullopt : std::optional(at->second);
  };
  EXPECT_EQ(endpoint_override(environment, "sts"), std::nullopt);
  variables["AWS_ENDPOINT_URL"] = "http://127.0.0.1:5000";
  EXPECT_EQ(endpoint_override(environment, "sts"), "http://127.0.0.1:5000");
  variables["AWS_ENDPOINT_URL_STS"] = "http://127.0.0.1:5001";
  variables["AWS_ENDPOINT_URL_AUTO_SCALING"] = "http://127.0.0.1:5002";
  EXPECT_EQ(endpoint_override(environment, "sts"), "http://127.0.0.1:5001");
  EXPECT_EQ(endpoint_override(environment, "auto-scaling"), "http://127.0.0.1:5002");
  variables["AWS_ENDPOINT_URL_STS"] = "";
  EXPECT_EQ(endpoint_override(environment, "sts"), "http://127.0.0.1:5000");
}

}  // namespace
}  // namespace postern::aws
