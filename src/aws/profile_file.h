#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

/// The two files that AWS's tools share: INI, read line by line (AWS SDKs and Tools reference guide, "Shared
/// config and credentials files format").
namespace postern::aws {

inline constexpr std::size_t profile_file_bytes_max = 1U << 20U;

/// The settings of one profile. Any value may be a secret, so all are kept as one.
using Profile = std::map<std::string, Secret, std::less<>>;
/// By name.
using Profiles = std::map<std::string, Profile, std::less<>>;

/// The credentials file names a profile `[ops]`, the config file `[profile ops]`.
enum class ProfileFile { credentials, config };

/// The profiles in `text`. Setting names are lower-cased, values cut at white space followed by '#' or ';';
/// nested (indented) settings are skipped. `invalid` names `path` and the line, never what stands there: a
/// key pasted into the wrong line must not reach a log.
Result<Profiles> read_profiles(std::string_view text, ProfileFile kind, std::string_view path);

}  // namespace postern::aws
