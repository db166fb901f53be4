#include "main/demo.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <set>
#include <thread>

#include "base/encoding.h"
#include "main/demo_world.h"

namespace postern {
namespace {

using namespace std::chrono_literals;

/// What the ledger must hold at the end.
const std::set<std::string> expected_entries{
    "attestation.made",   "catalog.adopted",  "command.refused", "emergency.closed",
    "emergency.declared", "grant.closed",     "grant.opened",    "login.opened",
    "probe.changed",      "request.approved", "request.checked", "request.submitted",
    "session.failed",     "session.intended", "session.issued",  "suspicion.raised"};

/// The story, step by step. Every step is a `postern` child process, as a person would type it.
class Story {
 public:
  explicit Story(DemoWorld& world)
      : world_(world), program_(std::filesystem::read_symlink("/proc/self/exe").string()) {}

  Result<void> tell();
  [[nodiscard]] Background& server() { return *server_; }

 private:
  enum class Expect { success, refusal };

  void say(const std::string& text) const {
    fmt::print("\n{}\n", text);
    std::fflush(stdout);
  }
  Result<std::string> run(const std::string& person, std::vector<std::string> arguments,
                          Expect expect = Expect::success, Variables extra = {});
  Result<void> wait_until_status_says(const std::string& text, const std::string& doing);
  Result<void> wait_until_serving();

  Result<void> prepare();
  Result<void> fail_and_confirm();
  Result<void> request_and_approve();
  Result<void> use();
  Result<void> close();
  Result<void> verify();

  DemoWorld& world_;
  std::string program_;
  std::optional<Background> server_;
};

constexpr int lines_shown_max = 14;

void print_indented(std::string_view text) {
  for (int line = 0; !text.empty(); ++line) {
    if (line == lines_shown_max) {
      fmt::print("    … ({} more lines)\n", std::count(text.begin(), text.end(), '\n'));
      return;
    }
    const std::size_t end = text.find('\n');
    fmt::print("    {}\n", sanitized(text.substr(0, end), Lines::replace));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
}

Result<std::string> Story::run(const std::string& person, std::vector<std::string> arguments, Expect expect,
                               Variables extra) {
  std::string shown = "postern";
  for (const std::string& each : arguments)
    shown += each.find(' ') == std::string::npos ? " " + each : " \"" + each + "\"";
  fmt::print("  {}$ {}\n", person, shown);
  std::fflush(stdout);
  Variables variables = world_.environment_of(person);
  variables.merge(extra);
  for (std::string& each : arguments)
    if (each == "postern") each = program_;
  arguments.insert(arguments.begin(), program_);
  const Finished finished = TRY(run_child(arguments, variables));
  print_indented(finished.output);
  const bool as_expected = expect == Expect::success ? finished.exit_code == 0 : finished.exit_code != 0;
  if (!as_expected)
    return fail(ErrorCode::internal,
                fmt::format("That should have {}, but ended with exit code {}.",
                            expect == Expect::success ? "worked" : "been refused", finished.exit_code));
  return finished.output;
}

Result<void> Story::wait_until_serving() {
  for (int i = 0; i < 100; ++i) {
    std::this_thread::sleep_for(100ms);
    if (!server_->is_running())
      return fail(ErrorCode::internal,
                  "The server did not start; its log is " + world_.folder() + "/server.log.");
    if (std::filesystem::exists(world_.folder() + "/state/postern.sock")) return {};
  }
  return fail(ErrorCode::internal, "The server did not start in time.");
}

Result<void> Story::wait_until_status_says(const std::string& text, const std::string& doing) {
  fmt::print("  {} ", doing);
  for (int i = 0; i < 40; ++i) {
    fmt::print(".");
    std::fflush(stdout);
    const Finished status = TRY(run_child({program_, "status"}, world_.environment_of("chie")));
    if (status.output.find(text) != std::string::npos) {
      fmt::print(" yes\n");
      return {};
    }
    std::this_thread::sleep_for(500ms);
  }
  return fail(ErrorCode::internal, "It did not happen within 20 seconds.");
}

Result<void> Story::prepare() {
  say("1. On a calm day. The catalog is checked, two of its three owners sign it, and a server puts it in "
      "force.");
  TRY(run("dana", {"check", world_.catalog_file()}));
  for (const char* owner : {"dana", "emil"}) TRY(run(owner, {"catalog", "sign", world_.catalog_file()}));
  const std::vector<std::string> serve{program_,    "serve",
                                       "--state",   world_.folder() + "/state",
                                       "--catalog", world_.catalog_file(),
                                       "--origin",  "example.com/postern"};
  server_.emplace(TRY(Background::start(serve, {}, world_.folder() + "/server.log")));
  TRY(wait_until_serving());
  TRY(run("aiko", {"login"}));
  TRY(wait_until_status_says("standby-idp          up", "both IdPs answer"));
  say("   Nothing is wrong, so nothing can be declared:");
  TRY(run("dana", {"declare", "idp-unavailable"}, Expect::refusal));
  return {};
}

Result<void> Story::fail_and_confirm() {
  say("2. 3 a.m. The primary IdP answers 200 with an error page, the standby answers 503. Postern reads the "
      "metadata itself and notices.");
  world_.break_both_idps();
  TRY(wait_until_status_says("SUSPECTED", "suspicion is raised"));
  say("3. Chie tries to sign in at both, and says so under her name. Dana declares the emergency.");
  TRY(run("chie", {"attest", "idp-unavailable", "--yes"}));
  TRY(run("dana", {"declare", "idp-unavailable", "--incident", "INC-4711"}));
  return {};
}

Result<void> Story::request_and_approve() {
  say("4. Traffic is rising. Aiko asks for access to the production account; she cannot approve it herself; "
      "Dana signs.");
  TRY(run("aiko", {"request", "E-1", "--account", "200000000001", "--for", "1h", "--reason",
                   "Checkout is saturated: raise the web group's limit", "--yes"}));
  TRY(run("aiko", {"approve", "R-1", "--yes"}, Expect::refusal));
  TRY(run("aiko", {"access", "G-1", "--", "postern", "sandbox", "autoscaling", "web"}, Expect::refusal));
  TRY(run("dana", {"approve", "R-1", "--yes"}));
  return {};
}

Result<void> Story::use() {
  say(
      fmt::format("5. The Auto Scaling group's maximum is {} (read from the pretend AWS). A wrong MFA code "
                  "gets nowhere; the right one takes Aiko through both hops.",
                  world_.max_size()));
  const int before = world_.max_size();
  TRY(run("aiko", {"playbook", "operate-workload", "--grant", "G-1", "--language", "ja"}));
  TRY(run("aiko", {"access", "G-1", "--", "postern", "sandbox", "autoscaling", "web"}, Expect::refusal,
          {{"POSTERN_MFA_CODE", "000000"}}));
  TRY(run("aiko", {"access", "G-1", "--", "postern", "sandbox", "autoscaling", "web", "--set-max", "24"},
          Expect::success, {{"POSTERN_MFA_CODE", world_.mfa_code()}}));
  say("   The MFA code was asked for once. What AWS's own tools need from now on is kept in memory for "
      "them:");
  TRY(run("aiko", {"access", "G-1", "--profile", "emergency"}));
  if (before != 8 || world_.max_size() != 24)
    return fail(ErrorCode::internal,
                fmt::format("The maximum should have gone from 8 to 24, and went from {} to {}.", before,
                            world_.max_size()));
  say(fmt::format("   The pretend AWS now says: maximum {}. What its CloudTrail would show:",
                  world_.max_size()));
  for (const sandbox::Call& call : world_.aws_calls())
    fmt::print("    {}  {:<24} {} as {} {}\n", to_rfc3339(call.at), call.event_name, call.account,
               call.source_identity.empty() ? "-" : call.source_identity, call.error_code);
  return {};
}

Result<void> Story::close() {
  say("6. The IdPs are back. Nobody ends the emergency before that is proven. Access is closed, and stays "
      "closed.");
  TRY(run("dana", {"close", "E-1"}, Expect::refusal));
  world_.mend_both_idps();
  TRY(wait_until_status_says("primary-idp          up", "the IdP answers again"));
  TRY(run("chie", {"attest", "E-1", "--yes"}));
  TRY(run("aiko", {"close", "G-1"}));
  TRY(run("dana", {"close", "E-1"}));
  TRY(run("aiko", {"access", "G-1", "--", "true"}, Expect::refusal));
  return {};
}

Result<void> Story::verify() {
  say("7. The auditor. Every hash is recomputed, every step is there, and a verifier that shares only the "
      "format agrees.");
  TRY(run("emil", {"ledger", "verify"}));
  const Finished shown =
      TRY(run_child({program_, "ledger", "show", "--json"}, world_.environment_of("emil")));
  for (const std::string& type : expected_entries)
    if (shown.output.find("\"type\":\"" + type + "\"") == std::string::npos)
      return fail(ErrorCode::internal, "The ledger has no entry of type " + type + ".");
  fmt::print("  all {} kinds of entries that this story must leave are in the ledger\n",
             expected_entries.size());
  TRY(run("emil", {"ledger", "export", world_.folder() + "/export"}));
  const std::string verifier = std::filesystem::path(program_).parent_path() / "postern-ledger-verify";
  if (std::filesystem::exists(verifier)) {
    const Finished verified = TRY(run_child(
        {verifier, world_.folder() + "/export", "--key-file", world_.folder() + "/state/ledger.vkey"}, {}));
    fmt::print("  emil$ postern-ledger-verify export --key-file ledger.vkey\n");
    print_indented(verified.output);
    if (verified.exit_code != 0) return fail(ErrorCode::internal, "The second verifier does not agree.");
  }
  return {};
}

Result<void> Story::tell() {
  TRY(prepare());
  TRY(fail_and_confirm());
  TRY(request_and_approve());
  TRY(use());
  TRY(close());
  return verify();
}

void say_what_next(const DemoWorld& world, bool kept) {
  fmt::print("\nDone: from alarm to credentials, declared, approved, limited, logged.\n");
  if (!kept) {
    fmt::print(
        "Next: postern demo --keep leaves everything running to look around; README.md tells how to start "
        "your own catalog.\n");
    return;
  }
  fmt::print("The server, the pretend AWS and the IdPs go on until you press Ctrl-C. In another terminal:\n");
  for (const auto& [name, value] : world.environment_of("dana"))
    if (name.starts_with("POSTERN_") || name == "XDG_RUNTIME_DIR")
      fmt::print("  export {}={}\n", name, value);
  fmt::print("  postern status\n  postern ledger show\n  postern playbook operate-workload\n");
}

}  // namespace

int demo(const cli::DemoOptions& options) {
  // With --keep the end is a signal, which must find everything cleared away afterwards; so it is waited for,
  // and blocked before any thread starts.
  sigset_t ends{};
  ::sigemptyset(&ends);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&ends, signal);
  if (options.keep) ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  const auto started = std::chrono::steady_clock::now();
  fmt::print(
      "Postern demonstration. Everything is real but the outside world: the AWS and the two IdPs are PRETEND "
      "and live in\nthis process. Nothing leaves this machine.\n");
  const auto done = [&]() -> Result<void> {
    const std::unique_ptr<DemoWorld> world = TRY(DemoWorld::make());
    Story story(*world);
    const Result<void> told = story.tell();
    if (!told) {
      world->keep_folder();
      return fail(told.error().code,
                  told.error().message + "\nEverything is kept for looking at in " + world->folder());
    }
    fmt::print("\n({:.0f} seconds)\n",
               std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
    say_what_next(*world, options.keep);
    std::fflush(stdout);
    if (int signal = 0; options.keep) ::sigwait(&ends, &signal);
    return {};
  }();
  return done ? cli::exit_ok : cli::report(done.error(), cli::Format::text);
}

}  // namespace postern
