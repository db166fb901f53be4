#include "access/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <regex>
#include <thread>

namespace postern::access {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

wallet::Keys session() {
  return {.access_key_id = "ASIASESSION",
          .secret_access_key = Secret::copy_of("the-secret"),
          .session_token = Secret::copy_of("the-token"),
          .expires_at = {}};
}

Result<int> shell(const std::string& script, const Variables& own = {}) {
  return run({"sh", "-c", script}, own);
}

TEST(Environment, HoldsTheSessionAndItsRegion) {
  const Variables variables = environment_for(session(), "eu-west-1");
  EXPECT_THAT(variables, Contains(Pair("AWS_ACCESS_KEY_ID", "ASIASESSION")));
  EXPECT_THAT(variables, Contains(Pair("AWS_SECRET_ACCESS_KEY", "the-secret")));
  EXPECT_THAT(variables, Contains(Pair("AWS_SESSION_TOKEN", "the-token")));
  EXPECT_THAT(variables, Contains(Pair("AWS_REGION", "eu-west-1")));
  EXPECT_THAT(variables, Contains(Pair("AWS_DEFAULT_REGION", "eu-west-1")));
}

TEST(Environment, LosesWhateverWouldMixWithTheSession) {
  const std::vector<std::string> merged = merged_environment(
      {"PATH=/bin", "AWS_PROFILE=prod", "AWS_SESSION_TOKEN=stale",
       "AWS_CREDENTIAL_EXPIRATION=2020-01-01T00:00:00Z", "AWS_SECURITY_TOKEN=stale",
       "AWS_ENDPOINT_URL=http://127.0.0.1:5000", "AWS_PROFILE_OF_MINE=x", "POSTERN_MFA_CODE=123456"},
      environment_for(session(), "eu-west-1"));
  EXPECT_THAT(merged, Contains("PATH=/bin"));
  EXPECT_THAT(merged, Contains("AWS_ENDPOINT_URL=http://127.0.0.1:5000"));
  EXPECT_THAT(merged, Contains("AWS_PROFILE_OF_MINE=x"));
  EXPECT_THAT(merged, Contains("AWS_SESSION_TOKEN=the-token"));
  for (const char* gone : {"POSTERN_MFA_CODE=", "AWS_PROFILE=", "AWS_SESSION_TOKEN=stale",
                           "AWS_CREDENTIAL_EXPIRATION=", "AWS_SECURITY_TOKEN="})
    EXPECT_THAT(merged, Not(Contains(StartsWith(gone)))) << gone;
}

TEST(Environment, HasNoTokenRatherThanAnEmptyOne) {
  wallet::Keys long_lived = session();
  long_lived.session_token = {};
  EXPECT_THAT(merged_environment({"AWS_SESSION_TOKEN=stale"}, environment_for(long_lived, "eu-west-1")),
              Not(Contains(StartsWith("AWS_SESSION_TOKEN"))));
}

/// What a shell has in `name` after evaluating the lines.
std::string after_eval(const Variables& own, const std::string& name) {
  const std::string script = std::string(shell_lines(own).reveal()) + "printf '%s' \"${" + name + "-unset}\"";
  std::string out;
  FILE* pipe = ::popen(("sh -c '" + std::regex_replace(script, std::regex("'"), "'\\''") + "'").c_str(), "r");
  for (int c = 0; pipe != nullptr && (c = std::fgetc(pipe)) != EOF;) out += static_cast<char>(c);
  if (pipe != nullptr) ::pclose(pipe);
  return out;
}

TEST(ShellLines, SetTheSessionAndUnsetWhatWouldMixWithIt) {
  setenv("AWS_PROFILE", "prod", 1);
  const Variables own = environment_for(session(), "eu-west-1");
  EXPECT_EQ(after_eval(own, "AWS_SECRET_ACCESS_KEY"), "the-secret");
  EXPECT_EQ(after_eval(own, "AWS_REGION"), "eu-west-1");
  EXPECT_EQ(after_eval(own, "AWS_PROFILE"), "unset");
  unsetenv("AWS_PROFILE");
}

TEST(ShellLines, RunNothingThatAValueSays) {
  const std::string hostile = "a'; echo pwned; '$(echo pwned)`echo pwned`\"\\ b";
  EXPECT_EQ(after_eval({{"AWS_SESSION_TOKEN", hostile}}, "AWS_SESSION_TOKEN"), hostile);
}

TEST(Run, ReturnsTheExitCodeOrTheSignal) {
  EXPECT_EQ(shell("exit 0").value(), 0);
  EXPECT_EQ(shell("exit 42").value(), 42);
  EXPECT_EQ(shell("kill -KILL $$").value(), 128 + SIGKILL);
}

TEST(Run, GivesTheCommandTheSessionAndLeavesOurEnvironmentAlone) {
  setenv("AWS_PROFILE", "prod", 1);
  EXPECT_EQ(shell("test \"$AWS_ACCESS_KEY_ID$AWS_REGION${AWS_PROFILE-none}\" = ASIASESSIONeu-west-1none",
                  environment_for(session(), "eu-west-1"))
                .value(),
            0);
  EXPECT_STREQ(getenv("AWS_PROFILE"), "prod");
  EXPECT_EQ(getenv("AWS_ACCESS_KEY_ID"), nullptr);
  unsetenv("AWS_PROFILE");
}

TEST(Run, PassesArgumentsAsTheyAre) {
  EXPECT_EQ(run({"sh", "-c", "test \"$1\" = 'a b;$(false)'", "sh", "a b;$(false)"}, {}).value(), 0);
}

TEST(Run, SaysWhenThereIsNoSuchProgram) {
  const Error error = run({"postern-has-no-such-program"}, {}).error();
  EXPECT_EQ(error.code, ErrorCode::not_found);
  EXPECT_THAT(error.message, HasSubstr("postern-has-no-such-program"));
  EXPECT_EQ(run({"/etc/passwd"}, {}).error().code, ErrorCode::invalid);
  EXPECT_EQ(run({}, {}).error().code, ErrorCode::invalid);
  EXPECT_EQ(run({"sh", std::string("a\0b", 3)}, {}).error().code, ErrorCode::invalid);
}

TEST(Run, HandsTheCommandItsSignalsUnblockedAndSigpipeAsUsual) {
  std::signal(SIGPIPE, SIG_IGN);
  // SigBlk and SigIgn are hexadecimal masks (proc(5)); SIGPIPE is bit 12.
  EXPECT_EQ(shell("grep -q '^SigBlk:.0*$' /proc/self/status").value(), 0);
  EXPECT_EQ(shell("ign=$(sed -n 's/^SigIgn:.//p' /proc/self/status); test $((0x$ign & 0x1000)) = 0").value(),
            0);
  std::signal(SIGPIPE, SIG_DFL);
}

TEST(Run, GetsTheExitCodeEvenIfSigchldWasIgnored) {
  std::signal(SIGCHLD, SIG_IGN);
  EXPECT_EQ(shell("exit 7").value(), 7);
  std::signal(SIGCHLD, SIG_DFL);
}

/// Runs `script` in a process of its own (so that no test thread meets its signals), sends it `signal` once
/// the script has written a byte to fd 3's pipe, and gives run()'s answer, or -1.
int answer_after_signal(const std::string& script, int signal) {
  int ready[2];
  if (pipe(ready) != 0) return -1;
  const pid_t runner = fork();
  if (runner == 0) {
    dup2(ready[1], 3);
    _exit(shell(script).value_or(255));
  }
  close(ready[1]);
  char byte = 0;
  const bool started = read(ready[0], &byte, 1) == 1;
  close(ready[0]);
  if (started) kill(runner, signal);
  int status = 0;
  waitpid(runner, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Run, PassesOnSignalsThatAreSentToUsAlone) {
  const auto script = [](const std::string& name) {
    return "trap 'exit 9' " + name + "; echo >&3; while :; do sleep 0.05; done";
  };
  EXPECT_EQ(answer_after_signal(script("TERM"), SIGTERM), 9);
  EXPECT_EQ(answer_after_signal(script("INT"), SIGINT), 9);
  EXPECT_EQ(answer_after_signal(script("HUP"), SIGHUP), 9);
  EXPECT_EQ(answer_after_signal("echo >&3; exec sleep 60", SIGTERM), 128 + SIGTERM);
}

}  // namespace
}  // namespace postern::access
