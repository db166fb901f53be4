#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "aws/credentials.h"
#include "base/instant.h"
#include "http/message.h"
#include "sandbox/aws_query.h"
#include "sandbox/principal.h"

/// Who signed a request? Signature Version 4 from the service's side, checked by signing again.
namespace postern::sandbox {

struct Key {
  aws::Credentials credentials;
  Principal principal;
};
using Keyring = std::map<std::string, Key, std::less<>>;  ///< by access key id

struct Signer {
  Principal principal;
  std::string region;  ///< of the signature's scope
};

inline constexpr std::chrono::minutes clock_skew_max{15};

/// The holder of the key with which `request` is signed for `service` in one of the `regions`. Refuses with
/// AWS's codes: MissingAuthenticationToken, IncompleteSignature, InvalidClientTokenId, SignatureDoesNotMatch
/// (also for a date further than `clock_skew_max` away), ExpiredToken.
Answer<Signer> signer_of(const http::Request& request, Service service, const Keyring& keyring,
                         const std::set<std::string, std::less<>>& regions, Instant now);

}  // namespace postern::sandbox
