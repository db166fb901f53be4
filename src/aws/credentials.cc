#include "aws/credentials.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <vector>

#include "aws/profile_file.h"
#include "base/encoding.h"

namespace postern::aws {
namespace {

/// A variable that is set but empty counts as not set, as in AWS's tools.
std::optional<std::string> variable(const Environment& environment, const std::string& name) {
  std::optional<std::string> value = environment(name);
  if (value && value->empty()) return std::nullopt;
  return value;
}

/// Ids and keys are printable ASCII without spaces; anything else is a paste that went wrong, and would
/// otherwise show only as a signature that AWS refuses (or as a line break in a header).
bool is_one_word(std::string_view text, std::size_t size_max) {
  if (text.empty() || text.size() > size_max) return false;
  for (const char c : text)
    if (c <= ' ' || c > '~') return false;
  return true;
}

constexpr std::size_t access_key_id_size_max = 128;
constexpr std::size_t secret_size_max = 1024;
/// AWS states no largest size for session tokens; this one only has to keep a request within what servers
/// take.
constexpr std::size_t token_size_max = 16U << 10U;

/// Checks all three and says where they came from if one is not usable.
Result<Credentials> checked(Credentials credentials, const std::string& source) {
  const char* fault = nullptr;
  if (!is_one_word(credentials.access_key_id, access_key_id_size_max)) fault = "access key id";
  if (!is_one_word(credentials.secret_access_key.reveal(), secret_size_max)) fault = "secret access key";
  if (!credentials.session_token.empty() && !is_one_word(credentials.session_token.reveal(), token_size_max))
    fault = "session token";
  if (fault == nullptr) return credentials;
  return fail(ErrorCode::invalid,
              "The " + std::string(fault) + " in " + source +
                  " is empty, too long or holds white space or other characters that no key has. "
                  "Copy it again.");
}

/// nullopt when the environment holds no key.
Result<std::optional<Credentials>> from_environment(const Environment& environment) {
  std::optional<std::string> id = variable(environment, "AWS_ACCESS_KEY_ID");
  std::optional<std::string> secret = variable(environment, "AWS_SECRET_ACCESS_KEY");
  if (!id && !secret) return std::optional<Credentials>();
  if (!id || !secret) {
    const std::string present = id ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY";
    const std::string absent = id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID";
    if (secret) wipe(*secret);
    return fail(ErrorCode::invalid,
                present + " is set but " + absent + " is not. Set both, or unset both to use a profile.");
  }
  Credentials credentials;
  credentials.access_key_id = *std::move(id);
  credentials.secret_access_key = Secret(*std::move(secret));
  credentials.session_token = Secret(variable(environment, "AWS_SESSION_TOKEN").value_or(""));
  return std::optional(TRY(checked(std::move(credentials), "the environment (AWS_ACCESS_KEY_ID and so on)")));
}

/// nullopt when there is no such file.
Result<std::optional<Profiles>> read_file(const std::string& path, ProfileFile kind) {
  std::ifstream file;
  file.rdbuf()->pubsetbuf(nullptr, 0);  // no buffer of its own, which nobody would wipe
  errno = 0;
  file.open(path, std::ios::binary);
  if (!file) {
    if (errno == ENOENT || errno == ENOTDIR) return std::optional<Profiles>();
    return fail(ErrorCode::invalid, path + " cannot be opened (" + std::strerror(errno) +
                                        "). Check who owns it and its permissions.");
  }
  std::string text(profile_file_bytes_max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  const auto size = static_cast<std::size_t>(file.gcount());
  if (file.bad() || (!file.eof() && file.fail())) {
    wipe(text);
    return fail(ErrorCode::invalid, path + " cannot be read. Is it a file?");
  }
  Result<Profiles> profiles = read_profiles(std::string_view(text).substr(0, size), kind, path);
  wipe(text);
  return std::optional(TRY(std::move(profiles)));
}

Secret setting(const Profile& profile, std::string_view name) {
  const auto at = profile.find(name);
  return at == profile.end() ? Secret() : at->second;
}

/// nullopt when the profile holds no key.
Result<std::optional<Credentials>> from_profile(const Profile& profile, const std::string& source) {
  Credentials credentials;
  credentials.access_key_id = setting(profile, "aws_access_key_id").reveal();
  credentials.secret_access_key = setting(profile, "aws_secret_access_key");
  credentials.session_token = setting(profile, "aws_session_token");
  const bool has_id = !credentials.access_key_id.empty();
  const bool has_secret = !credentials.secret_access_key.empty();
  if (!has_id && !has_secret) return std::optional<Credentials>();
  if (!has_id || !has_secret)
    return fail(ErrorCode::invalid,
                source + " has " + (has_id ? "aws_access_key_id" : "aws_secret_access_key") + " without " +
                    (has_id ? "aws_secret_access_key" : "aws_access_key_id") + ". Add the other one.");
  return std::optional(TRY(checked(std::move(credentials), source)));
}

struct Place {
  ProfileFile kind;
  std::string path;
};

/// Where the shared files are; those whose place cannot be known are left out.
std::vector<Place> places(const Environment& environment) {
  const std::optional<std::string> home = variable(environment, "HOME");
  const auto place = [&](const std::string& name, const std::string& below_home) -> std::string {
    std::optional<std::string> path = variable(environment, name);
    if (!path && home) return *home + below_home;
    if (path && path->starts_with("~/") && home) return *home + path->substr(1);
    return path.value_or("");
  };
  std::vector<Place> out = {
      {ProfileFile::credentials, place("AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials")},
      {ProfileFile::config, place("AWS_CONFIG_FILE", "/.aws/config")}};
  std::erase_if(out, [](const Place& each) { return each.path.empty(); });
  return out;
}

/// Why a profile that exists yields no key.
std::string reason_without_key(const Profile& profile) {
  for (const char* name : {"role_arn", "credential_process", "sso_session", "sso_start_url",
                           "web_identity_token_file", "login_session"})
    if (profile.contains(name))
      return std::string(" It has ") + name +
             ", which is not followed here: emergency access starts from a person's own access key.";
  return " It holds no access key.";
}

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

Result<Credentials> load_credentials(const Environment& environment, std::optional<std::string> profile) {
  std::string looked_in = "AWS_ACCESS_KEY_ID (not set)";
  if (profile) {
    looked_in.clear();  // who names a profile means that profile, whatever the environment holds
  } else if (std::optional<Credentials> found = TRY(from_environment(environment))) {
    return *std::move(found);
  }
  const std::string name = profile ? *profile : variable(environment, "AWS_PROFILE").value_or("default");
  const std::string shown_name = sanitized(name, Lines::replace);
  std::string reason;
  for (const Place& place : places(environment)) {
    const std::optional<Profiles> profiles = TRY(read_file(place.path, place.kind));
    looked_in += (looked_in.empty() ? "" : ", ") + place.path;
    if (!profiles) {
      looked_in += " (no such file)";
      continue;
    }
    const auto at = profiles->find(name);
    if (at == profiles->end()) continue;
    const std::string source = "profile \"" + shown_name + "\" of " + place.path;
    if (std::optional<Credentials> found = TRY(from_profile(at->second, source))) return *std::move(found);
    if (reason.empty() || !at->second.empty())
      reason = " Found " + source + "." + reason_without_key(at->second);
  }
  return fail(ErrorCode::not_found,
              "There is no access key for profile \"" + shown_name + "\". Looked in: " + looked_in + "." +
                  reason +
                  " Set AWS_PROFILE to a profile that has aws_access_key_id and aws_secret_access_key, set "
                  "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run `aws configure`.");
}

std::optional<std::string> endpoint_override(const Environment& environment, std::string_view service) {
  std::string name = "AWS_ENDPOINT_URL_";
  for (const char c : service)
    name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c == '-' ? '_' : c;
  if (std::optional<std::string> url = variable(environment, name)) return url;
  return variable(environment, "AWS_ENDPOINT_URL");
}

}  // namespace postern::aws
