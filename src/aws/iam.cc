#include "aws/iam.h"

#include <algorithm>

#include "aws/read_refusal.h"
#include "base/encoding.h"
#include "base/id.h"

namespace postern::aws {
namespace {

constexpr std::string_view api_version = "2010-05-08";
// One endpoint for all Regions, signed for the Region that it stands in (IAM User Guide, "Resilience").
constexpr const char* region = "us-east-1";
constexpr const char* global_endpoint = "https://iam.amazonaws.com";

/// [\w._-]{1,128} (IAM API reference, CreateSAMLProvider).
bool is_provider_name(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-").find(c) != std::string_view::npos;
  });
}

/// The name in arn:aws:iam::ACCOUNT:saml-provider/NAME. Other partitions have another control plane, which a
/// catalog cannot name.
Result<std::string> provider_name(std::string_view arn) {
  constexpr std::string_view before = "arn:aws:iam::";
  constexpr std::string_view between = ":saml-provider/";
  constexpr std::size_t account_digits = 12;
  const std::size_t name_at = before.size() + account_digits + between.size();
  if (arn.size() <= name_at || !arn.starts_with(before) ||
      !AccountId::parse(arn.substr(before.size(), account_digits)) ||
      arn.substr(before.size() + account_digits, between.size()) != between ||
      !is_provider_name(arn.substr(name_at)))
    return fail(ErrorCode::invalid, "\"" + sanitized(arn.substr(0, 200), Lines::replace) +
                                        "\" is not a SAML provider's ARN. It looks like "
                                        "arn:aws:iam::123456789012:saml-provider/Name.");
  return std::string(arn.substr(name_at));
}

std::optional<Instant> instant_at(const xml::Element& element, std::string_view name) {
  const Result<Instant> instant = parse_rfc3339(element.text_at(name));
  return instant ? std::optional(*instant) : std::nullopt;
}

}  // namespace

Result<SamlProviderDocument> get_saml_provider(http::Client& client, const std::string& provider_arn,
                                               const Credentials& credentials, Instant now,
                                               const std::optional<std::string>& endpoint_url,
                                               Deadlines deadlines) {
  const std::string name = TRY(provider_name(provider_arn));
  const Endpoint endpoint = TRY(endpoint_of("iam", region, endpoint_url.value_or(global_endpoint)));
  Form form("GetSAMLProvider", api_version);
  form.add("SAMLProviderArn", provider_arn);
  const Answer answer = TRY(ask(client, endpoint, form, credentials, now, deadlines));
  if (const auto* refusal = std::get_if<Refusal>(&answer))
    return tl::unexpected(explain_refused_read(*refusal, "IAM", "read the SAML provider " + name));
  const xml::Element* result = std::get<xml::Element>(answer).find("GetSAMLProviderResult");
  if (result == nullptr || result->text_at("SAMLMetadataDocument").empty())
    return fail(ErrorCode::unavailable, "IAM said yes, but its answer holds no SAML metadata of " + name +
                                            ". Try again, or look at the provider in the console.");
  return SamlProviderDocument{.metadata = std::string(result->text_at("SAMLMetadataDocument")),
                              .created = instant_at(*result, "CreateDate"),
                              .valid_until = instant_at(*result, "ValidUntil")};
}

}  // namespace postern::aws
