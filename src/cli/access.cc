// From grant to emergency credentials for commands and tools, on the requester's own machine. Access keys,
// MFA codes and credentials never reach the server.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "access/environment.h"
#include "access/way_in.h"
#include "base/encoding.h"
#include "cli/commands.h"
#include "cli/mfa.h"

namespace postern::cli {
namespace {

/// The server writes each session down. It is reached only when a session is needed: credentials that are
/// kept work without it.
class ServerRecorder : public access::Recorder {
 public:
  ServerRecorder(Connection& connection, std::string grant)
      : connection_(connection), grant_(std::move(grant)) {}

  Result<access::Plan> open_session() override {
    client::Api* api = TRY(connection_.api());
    const json::Value answer =
        TRY(api->post("/api/v1/grants/" + http::percent_encoded(grant_) + "/sessions", json::Object{}));
    const json::Value* planned = answer.find("plan");
    if (planned == nullptr) return fail(ErrorCode::internal, "The server opened a session without a plan.");
    return access::read_plan(*planned);
  }

  Result<void> report(const std::string& session, const json::Value& what) override {
    auto told = [&]() -> Result<void> {
      client::Api* api = TRY(connection_.api());
      TRY(api->post("/api/v1/sessions/" + http::percent_encoded(session) + "/report", what));
      return {};
    }();
    if (!told && told.error().code != ErrorCode::conflict)
      fmt::print(stderr,
                 "postern: the report of session {} did not arrive ({}). It is sent again with the next "
                 "session; until then the ledger says \"outcome unknown\".\n",
                 session, sanitized(told.error().message, Lines::replace));
    return told;
  }

 private:
  Connection& connection_;
  std::string grant_;
};

/// Whether the grant is the person's and open, before anybody is asked for a code. When it is not, the server
/// is asked all the same: it says why not, and writes that down. A server that does not answer is no
/// obstacle: what is kept was written down when it was issued.
/// Gives the request behind the grant, "" where it cannot be known now.
Result<std::string> check_grant(Connection& connection, ServerRecorder& recorder, const wallet::Name& name) {
  const auto grant = [&]() -> Result<json::Value> {
    client::Api* api = TRY(connection.api());
    return api->get("/api/v1/grants/" + http::percent_encoded(name.grant));
  }();
  if (!grant && grant.error().code != ErrorCode::not_found) return "";
  if (grant && grant->text_at("end").empty() && grant->text_at("person") == name.person)
    return std::string(grant->text_at("request"));
  const access::Plan plan = TRY(recorder.open_session());
  static_cast<void>(recorder.report(
      plan.session, json::Object{{"failure", "The grant was not open when it was looked at."}}));
  return fail(ErrorCode::conflict,
              "Grant " + name.grant + " has changed just now. Look again: postern status");
}

Result<access::WayIn> find_way_in(const AccessOptions& options, Connection& connection,
                                  const wallet::Name& name) {
  const std::string folder = runtime_folder();
  std::optional<wallet::Wallet> wallet;
  if (!folder.empty()) wallet.emplace(folder);
  if (!wallet && options.command.empty() && !options.as_environment)
    return fail(
        ErrorCode::invalid,
        "There is no safe place to keep credentials for tools: XDG_RUNTIME_DIR must name a folder of yours. "
        "Use `postern access … -- COMMAND` or --env.");
  const std::unique_ptr<http::Client> http = http::make_client();
  const SystemClock clock;
  ServerRecorder recorder(connection, options.grant);
  std::optional<std::string> account_asked;
  if (!options.as_process_answer) {
    const Result<std::string> open = check_grant(connection, recorder, name);
    if (!open) {
      const ErrorCode code = open.error().code;
      const bool is_over =
          code == ErrorCode::conflict || code == ErrorCode::forbidden || code == ErrorCode::not_found;
      if (wallet && is_over) wallet->forget(name);
      return tl::unexpected(open.error());
    }
    if (wallet) account_asked = wallet->account_asked(name.server, name.person, *open);
  }
  access::Ways ways{.recorder = recorder,
                    .http = *http,
                    .clock = clock,
                    .sts_endpoint = sts_endpoint(),
                    .account_asked = std::move(account_asked),
                    .wallet = wallet ? &*wallet : nullptr};
  if (!options.as_process_answer)
    ways.person = access::Person{.access_key = [&options] { return own_access_key(options.aws_profile); },
                                 .mfa_code = ask_for_mfa_code};
  return access::way_in(name, ways);
}

/// Writes a secret to standard output without a copy in stdio's buffer.
Result<int> write_out(const Secret& text) {
  std::string_view rest = text.reveal();
  while (!rest.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return fail(ErrorCode::unavailable, "Standard output takes nothing.");
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  return exit_ok;
}

/// One word of a credential_process line. Some tools split the line themselves, others hand it to a shell;
/// both read double quotes the same way as long as nothing in them means something to a shell.
Result<std::string> quoted(const std::string& word) {
  if (word.find_first_of("\"\\$`\n\r%!") != std::string::npos)
    return fail(ErrorCode::invalid,
                "\"" + sanitized(word, Lines::replace) +
                    "\" cannot stand in a profile. Use a path and a server address of letters, "
                    "digits, spaces and / . _ - : only.");
  return word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-:@") ==
                 std::string::npos
             ? word
             : "\"" + word + "\"";
}

/// The block for ~/.aws/config. No secret is in it, and it may stay there: without a grant it gives nothing.
Result<int> print_profile(const std::string& profile, const wallet::Name& name, const std::string& region) {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return fail(ErrorCode::internal, "The path of this program is not to be had.");
  const std::string command = TRY(quoted(program.parent_path() / "postern-credentials"));
  fmt::print("[profile {}]\ncredential_process = {} {} --server {} --person {}\nregion = {}\n", profile,
             command, name.grant, TRY(quoted(name.server)), name.person, region);
  fmt::print(stderr, "postern: put these lines into ~/.aws/config, then: aws --profile {} …\n", profile);
  return std::fflush(stdout) == 0 ? exit_ok : exit_failed;
}

Result<int> hand_out(const AccessOptions& options, const wallet::Name& name, const access::WayIn& way,
                     Format format) {
  if (options.as_process_answer) return write_out(TRY(wallet::process_answer(way.keys)));
  fmt::print(stderr, "postern: session {} as {} until {}{}\n", way.session,
             sanitized(way.target_role, Lines::replace), to_rfc3339(way.keys.expires_at),
             way.is_new ? "" : " (kept from before)");
  if (!way.trouble.empty())
    fmt::print(stderr, "postern: it was not renewed: {}\n", sanitized(way.trouble, Lines::replace));
  if (!way.is_kept)
    fmt::print(stderr, "postern: nothing is kept on this machine, so the next call asks for a code again\n");
  access::Variables variables = access::environment_for(way.keys, way.region);
  const auto done = [&]() -> Result<int> {
    if (options.as_environment) return write_out(access::shell_lines(variables));
    if (options.profile) return print_profile(*options.profile, name, way.region);
    if (!options.command.empty()) return access::run(options.command, variables);
    if (!way.is_kept)
      return fail(ErrorCode::unavailable, "The credentials were had and could not be kept in " +
                                              runtime_folder() +
                                              ". Is it full? Use `postern access … -- COMMAND`.");
    return print(json::Object{{"expires_at", to_rfc3339(way.keys.expires_at)},
                              {"grant", name.grant},
                              {"region", way.region},
                              {"session", way.session},
                              {"target_role", way.target_role}},
                 fmt::format("Credentials of {0} are kept on this machine. Use them:\n"
                             "  postern access {0} -- COMMAND\n"
                             "  postern access {0} --profile NAME >> ~/.aws/config\n"
                             "  eval \"$(postern access {0} --env)\"",
                             name.grant),
                 format);
  }();
  for (auto& [variable, value] : variables) wipe(value);
  return done;
}

Result<void> check(const AccessOptions& options) {
  const int forms = int{!options.command.empty()} + int{options.as_environment} +
                    int{options.as_process_answer} + int{options.profile.has_value()};
  if (forms > 1)
    return fail(ErrorCode::invalid, "Choose one of --env, --credential-process, --profile and -- COMMAND.");
  if (options.profile && !is_plain_id(*options.profile))
    return fail(ErrorCode::invalid,
                "\"" + sanitized(*options.profile, Lines::replace) +
                    "\" cannot be a profile's name. Use letters, digits, '.', '_', '-': --profile "
                    "emergency");
  if (!GrantId::parse(options.grant))
    return fail(ErrorCode::invalid, "Name a grant, such as G-1. See yours: postern status");
  return {};
}

}  // namespace

int access(const Settings& given, const AccessOptions& options) {
  Settings settings = given;
  settings.may_log_in = !options.as_process_answer;
  Connection connection(settings);
  const auto done = [&]() -> Result<int> {
    TRY(check(options));
    const wallet::Name name{.server = connection.settings().server,
                            .person = TRY(connection.person()).text(),
                            .grant = options.grant};
    if (options.profile) TRY(quoted(name.server));
    return hand_out(options, name, TRY(find_way_in(options, connection, name)),
                    settings.json ? Format::json : Format::text);
  }();
  return done ? *done : report(done.error(), settings.json ? Format::json : Format::text);
}

}  // namespace postern::cli
