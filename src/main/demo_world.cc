#include "main/demo_world.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/encoding.h"
#include "main/demo_catalog.h"
#include "sandbox/totp.h"

namespace postern {
namespace {

namespace fs = std::filesystem;

constexpr const char* people[] = {"aiko", "ben", "chie", "dana", "emil"};
constexpr const char* access_key_id = "AKIAIOSFODNN7SANDBOX";

AccountId account(const char* id) { return AccountId::parse(id).value(); }

Result<std::unique_ptr<sandbox::PretendIdp>> make_idp(const std::string& name, Instant now) {
  return sandbox::PretendIdp::make({.entity_id = "https://" + name + ".example.net/idp",
                                    .sign_on_url = "https://" + name + ".example.net/sso",
                                    .not_before = now - seconds(86400),
                                    .not_after = now + std::chrono::days(365)});
}

Result<std::unique_ptr<http::Listener>> serve_on_free_port(http::Handler handler) {
  return http::listen({.unix_socket = {}, .port = 0, .workers = 2}, std::move(handler));
}

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  std::string out = text.str();
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
}

}  // namespace

Result<std::unique_ptr<DemoWorld>> DemoWorld::make() {
  std::unique_ptr<DemoWorld> world(new DemoWorld);
  std::string folder = (fs::temp_directory_path() / "postern-demo-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr)
    return fail(ErrorCode::unavailable, "No temporary folder to be had.");
  world->folder_ = folder;
  TRY(world->make_people());
  TRY(world->open_doors());
  TRY(world->write_catalog());
  return world;
}

DemoWorld::~DemoWorld() {
  std::error_code error;
  if (!keep_folder_ && !folder_.empty()) fs::remove_all(folder_, error);
}

Result<void> DemoWorld::make_people() {
  for (const char* person : people) {
    fs::create_directories(fs::path(folder_) / person / "run");
    fs::permissions(fs::path(folder_) / person / "run", fs::perms::owner_all);
    const Finished made = TRY(run_child({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", person, "-f",
                                         folder_ + "/" + person + "/id_ed25519"},
                                        {}));
    if (made.exit_code != 0) return fail(ErrorCode::unavailable, "ssh-keygen makes no key:\n" + made.output);
  }
  access_key_ = Secret(to_base64(random_.bytes(30)));
  mfa_seed_ = Secret(random_.bytes(20));
  return {};
}

Result<void> DemoWorld::open_doors() {
  primary_ = TRY(make_idp("primary", clock_.wall()));
  standby_ = TRY(make_idp("standby", clock_.wall()));
  aws_ = std::make_unique<sandbox::PretendAws>(
      sandbox::PretendAwsOptions{
          .emergency_account = account("100000000009"),
          .emergency_role = "EmergencyAccess_Ops",
          .users = {{.name = "aiko",
                     .access_key_id = access_key_id,
                     .secret_access_key = access_key_,
                     .mfa_serial = "arn:aws:iam::100000000009:mfa/aiko",
                     .totp_seed = mfa_seed_}},
          .targets = {{.account = account("200000000001"),
                       .role = "EmergencyAccess_Ops",
                       .group = {.name = "web", .region = "eu-west-1", .min = 2, .max = 8, .desired = 8}}},
          .emergency_session_max = std::chrono::hours(4)},
      clock_, random_);
  primary_door_ =
      TRY(serve_on_free_port([this](const http::Request& request) { return primary_->handle(request); }));
  standby_door_ =
      TRY(serve_on_free_port([this](const http::Request& request) { return standby_->handle(request); }));
  aws_door_ = TRY(serve_on_free_port([this](const http::Request& request) { return aws_->handle(request); }));
  return {};
}

Result<void> DemoWorld::write_catalog() const {
  std::string catalog(demo_catalog);
  replace_all(catalog, "{{primary_idp_url}}",
              fmt::format("http://127.0.0.1:{}/metadata", primary_door_->port()));
  replace_all(catalog, "{{standby_idp_url}}",
              fmt::format("http://127.0.0.1:{}/metadata", standby_door_->port()));
  replace_all(catalog, "{{uplink}}", fmt::format("127.0.0.1:{}", aws_door_->port()));
  replace_all(catalog, "every: 2s", "every: 1s");
  for (const char* person : people)
    replace_all(catalog, fmt::format("{{{{key:{}}}}}", person),
                text_of(fs::path(folder_) / person / "id_ed25519.pub"));
  const fs::path folder = fs::path(folder_) / "catalog";
  fs::create_directories(folder / "playbooks");
  std::ofstream(folder / "catalog.yaml") << catalog;
  std::ofstream(folder / "playbooks" / "idp-unavailable.md") << demo_playbook;
  std::ofstream last(folder / "playbooks" / "idp-unavailable.ja.md");
  last << demo_playbook_ja;
  if (!last.flush())
    return fail(ErrorCode::unavailable, "The catalog of the demonstration cannot be written.");
  return {};
}

Variables DemoWorld::environment_of(const std::string& person) const {
  Variables variables{{"POSTERN_SERVER", "unix:" + folder_ + "/state/postern.sock"},
                      {"POSTERN_PERSON", person},
                      {"POSTERN_KEY", folder_ + "/" + person + "/id_ed25519"},
                      {"XDG_RUNTIME_DIR", folder_ + "/" + person + "/run"},
                      {"AWS_EC2_METADATA_DISABLED", "true"},
                      {"AWS_ENDPOINT_URL", fmt::format("http://127.0.0.1:{}", aws_door_->port())}};
  if (person == "aiko") {
    variables.emplace("AWS_ACCESS_KEY_ID", access_key_id);
    variables.emplace("AWS_SECRET_ACCESS_KEY", access_key_.reveal());
  }
  return variables;
}

std::string DemoWorld::mfa_code() const { return sandbox::totp(mfa_seed_, clock_.wall()); }
int DemoWorld::max_size() const { return aws_->group(account("200000000001")).max; }

void DemoWorld::break_both_idps() {
  primary_->set(sandbox::PretendIdp::Health::error_page);
  standby_->set(sandbox::PretendIdp::Health::unavailable);
}

void DemoWorld::mend_both_idps() {
  primary_->set(sandbox::PretendIdp::Health::healthy);
  standby_->set(sandbox::PretendIdp::Health::healthy);
}

}  // namespace postern
