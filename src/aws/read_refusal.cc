#include "aws/read_refusal.h"

#include <algorithm>
#include <string_view>

namespace postern::aws {
namespace {

bool is_one_of(std::string_view code, std::initializer_list<std::string_view> codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// AWS takes a signature whose time is off by some minutes, and says of the rest only that it is wrong.
std::string about_the_clock(const Refusal& refusal) {
  constexpr std::chrono::seconds tolerated{240};
  if (!refusal.clock_ahead || std::chrono::abs(*refusal.clock_ahead) <= tolerated) return "";
  const bool is_ahead = refusal.clock_ahead->count() > 0;
  return " This machine's clock is " + to_text(std::chrono::abs(*refusal.clock_ahead)) +
         (is_ahead ? " ahead of" : " behind") + " AWS's: set it first.";
}

}  // namespace

Error explain_refused_read(const Refusal& refusal, const std::string& service, const std::string& what) {
  const std::string detail = service + ": " + detail_of(refusal);
  if (concerns_the_endpoint_only(refusal) || refusal.code == "InternalServerException")
    return {ErrorCode::unavailable, service + " could not " + what + " just now. Try again in a minute.",
            detail};
  if (is_one_of(refusal.code, {"NoSuchEntity", "ResourceNotFoundException"}))
    return {ErrorCode::not_found,
            "There is nothing of that name in AWS, so it could not " + what +
                ". Check account and name; or it was deleted, and must be created again.",
            detail};
  if (is_one_of(refusal.code, {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}))
    return {
        ErrorCode::forbidden,
        "The credentials have run out. Take new ones, then " + what + " again." + about_the_clock(refusal),
        detail};
  if (is_one_of(refusal.code, {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch",
                               "InvalidSignatureException", "IncompleteSignature"}))
    return {ErrorCode::forbidden,
            "AWS does not know these credentials, so it did not " + what +
                ". Check the access key and its secret." + about_the_clock(refusal),
            detail};
  if (refusal.status == 401 || refusal.status == 403 ||
      is_one_of(refusal.code, {"AccessDenied", "AccessDeniedException"}))
    return {ErrorCode::forbidden,
            "AWS does not let these credentials " + what +
                ". Check the policy of whoever they belong to, and the service control policies above.",
            detail};
  return {ErrorCode::invalid, "AWS did not " + what + ": " + refusal.message, detail};
}

}  // namespace postern::aws
