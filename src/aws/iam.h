#pragma once

#include <optional>
#include <string>

#include "aws/credentials.h"
#include "aws/query.h"
#include "base/instant.h"
#include "http/client.h"

/// AWS Identity and Access Management (API version 2010-05-08), as far as reading goes. A control plane in
/// us-east-1: never between an emergency and credentials.
namespace postern::aws {

struct SamlProviderDocument {
  std::string metadata;  ///< XML, as it was imported
  std::optional<Instant> created = {};
  std::optional<Instant> valid_until = {};  ///< as AWS derived it
};

/// iam:GetSAMLProvider. `not_found` when there is no such provider; `forbidden` with what to do when AWS
/// refuses; `unavailable` when IAM is not reached. `endpoint_url` overrides where IAM is
/// (AWS_ENDPOINT_URL_IAM).
Result<SamlProviderDocument> get_saml_provider(http::Client& client, const std::string& provider_arn,
                                               const Credentials& credentials, Instant now,
                                               const std::optional<std::string>& endpoint_url,
                                               Deadlines deadlines);

}  // namespace postern::aws
