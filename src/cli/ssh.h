#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace postern::cli {

/// The armored signature that `ssh-keygen -Y sign` makes over `message`: with a private key file, or with a
/// public key file whose private half an agent or a FIDO2 key holds. ssh-keygen asks for a pass phrase or a
/// touch itself, on the terminal. `not_found` without a key file or ssh-keygen, `forbidden` when it does not
/// sign (its words in the detail).
Result<std::string> ssh_sign(const std::string& key_file, std::string_view name_space,
                             std::string_view message);

/// The public key line that belongs to `key_file`.
Result<std::string> ssh_public_key(const std::string& key_file);

}  // namespace postern::cli
