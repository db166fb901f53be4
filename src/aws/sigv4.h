#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/credentials.h"
#include "base/instant.h"

/// AWS Signature Version 4 in the Authorization header (IAM User Guide, "Create a signed AWS API request").
/// Pure: the time comes in. Tested with AWS's own vectors (tests/vectors/sigv4).
namespace postern::aws {

/// A request before signing. Path and query are not yet percent-encoded.
struct UnsignedRequest {
  std::string method;
  std::string host;  ///< with the port, where it is not the default
  std::string path = "/";
  std::vector<std::pair<std::string, std::string>> query = {};
  /// All of them are signed; values of one name are joined with commas in the order given. Host, X-Amz-Date,
  /// X-Amz-Security-Token, X-Amz-Content-Sha256 and Authorization are ours: given ones are dropped.
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
};

struct Scope {
  std::string region;
  std::string service;
};

/// Where the official vectors differ from the usual: S3 keeps the path as it is.
enum class PathRule { normalize, keep };
/// How often the signed path is percent-encoded. All services but S3 want it twice: what is sent, encoded
/// again. AWS's vectors and S3 want it once.
enum class PathEncoding { twice, once };
/// AWS's vectors contain both ways for a session token; services in use want it signed.
enum class TokenRule { sign, append_unsigned };
/// S3 and some tools want the body's hash as a header, too.
enum class BodyHashHeader { absent, present };

struct SigningRules {
  PathRule path = PathRule::normalize;
  PathEncoding path_encoding = PathEncoding::twice;
  TokenRule token = TokenRule::sign;
  BodyHashHeader body_hash = BodyHashHeader::absent;
};

/// The intermediate texts are kept because a rejected signature is found by comparing them with what AWS says
/// it expected. The canonical request and the headers hold the session token where there is one: neither may
/// be logged.
struct SignedRequest {
  std::string path;                                          ///< as it must be sent, encoded
  std::string query;                                         ///< as it must be sent, encoded, sorted
  std::vector<std::pair<std::string, std::string>> headers;  ///< lower-case names, each once: given ones,
                                                             ///< plus host, x-amz-date, token, authorization
  Secret canonical_request;
  std::string string_to_sign;
  std::string signature;  ///< hex
};

SignedRequest sign(const UnsignedRequest& request, const Credentials& credentials, const Scope& scope,
                   Instant now, const SigningRules& rules = {});

}  // namespace postern::aws
