#include <fmt/format.h>

#include <algorithm>

#include "aws/iam.h"
#include "aws/sts.h"
#include "probe/look_parts.h"
#include "saml/trust.h"

/// saml_certificate: whether AWS still believes the IdP.
namespace postern::probe {
namespace {

using catalog::CertificateProbe;
using emergency::WarningKind;
using Certificates = std::vector<saml::SigningCertificate>;

bool holds(const Certificates& certificates, const saml::SigningCertificate& wanted) {
  return std::any_of(certificates.begin(), certificates.end(),
                     [&](const auto& each) { return each.sha256 == wanted.sha256; });
}

Certificates missing(const Certificates& from, const Certificates& other) {
  Certificates out;
  for (const auto& each : from)
    if (!holds(other, each) && !holds(out, each)) out.push_back(each);
  return out;
}

/// At most two by name, so that a warning stays readable.
std::string names_of(const Certificates& certificates) {
  std::string out;
  for (std::size_t i = 0; i < certificates.size() && i < 2; ++i)
    out += (i == 0 ? "" : " and ") + short_name(certificates[i]);
  return certificates.size() > 2 ? fmt::format("{} and {} more", out, certificates.size() - 2) : out;
}

std::string name_of(const catalog::SamlProvider& provider) {
  return fmt::format("the SAML provider {} of account {}", provider.name, provider.account.text());
}

Result<saml::IdpMetadata> read_copy(const CertificateProbe& probe, const Looking& looking) {
  const auto copy = looking.catalog.trusted_copies.find(probe.trusted_copy);
  if (copy == looking.catalog.trusted_copies.end())
    return fail(ErrorCode::not_found, "there is no signed copy of what AWS was given");
  Result<saml::IdpMetadata> metadata = saml::read_metadata(copy->second);
  if (metadata) return metadata;
  return fail(ErrorCode::damaged, "the signed copy cannot be read: " + metadata.error().message);
}

/// "111122223333" of arn:aws:iam::111122223333:user/…; "" when it is no such ARN.
std::string account_in(const std::string& arn) {
  std::size_t colon = 0;
  for (int i = 0; i < 4; ++i) {
    colon = arn.find(':', colon);
    if (colon++ == std::string::npos) return "";
  }
  return arn.substr(colon, arn.find(':', colon) - colon);
}

/// IAM looks for the ARN among the caller's own providers, and would say to every other account that it does
/// not exist: then nothing is known, and nothing deleted.
Result<void> check_account(const aws::Credentials& credentials, const catalog::SamlProvider& provider,
                           const Looking& looking) {
  const std::vector<std::string>& regions = looking.catalog.organization.sts_regions;
  if (regions.empty()) return fail(ErrorCode::unavailable, "nobody says whose credentials these are");
  aws::Sts sts({.regions = {regions.front()},  // one, so that the time that is left is enough
                .endpoint_url = aws::endpoint_override(looking.outside.environment, "sts"),
                .connect_deadline = looking.deadline.left(),
                .deadline = looking.deadline.left()},
               looking.outside.client, looking.outside.clock);
  const Result<std::string> caller = sts.caller_identity(credentials);
  if (!caller)
    return fail(ErrorCode::unavailable, "nobody says whose credentials these are: " + caller.error().message);
  // The account is the fifth part; what stands behind it may hold anything.
  if (account_in(*caller) == provider.account.text()) return {};
  return fail(ErrorCode::forbidden,
              "IAM cannot be read: the credentials are of another account. Name a role of account " +
                  provider.account.text() + " in the probe.");
}

/// `not_found` means that IAM has no such provider; every other error that we could not see it.
Result<saml::IdpMetadata> read_live(const CertificateProbe& probe, const Looking& looking) {
  const Result<aws::Credentials> credentials = credentials_of(probe.role, looking);
  if (!credentials)
    return fail(ErrorCode::unauthenticated,
                "IAM cannot be read without credentials: " + credentials.error().message);
  const milliseconds left = looking.deadline.left();
  if (left == milliseconds(0)) return fail(ErrorCode::unavailable, "the time was up before IAM was asked");
  const std::string arn =
      "arn:aws:iam::" + probe.iam_provider->account.text() + ":saml-provider/" + probe.iam_provider->name;
  const auto document = aws::get_saml_provider(
      looking.outside.client, arn, *credentials, looking.outside.clock.wall(),
      aws::endpoint_override(looking.outside.environment, "iam"), {.connect = left, .whole = left});
  const bool is_of_account =
      probe.role.find("::" + probe.iam_provider->account.text() + ":") != std::string::npos;
  if (!document && document.error().code == ErrorCode::not_found && !is_of_account)
    TRY(check_account(*credentials, *probe.iam_provider, looking));
  if (!document) return tl::unexpected(document.error());
  Result<saml::IdpMetadata> metadata = saml::read_metadata(document->metadata);
  if (metadata) return metadata;
  return fail(ErrorCode::damaged, "what IAM holds cannot be read: " + metadata.error().message);
}

Observation deleted(const catalog::SamlProvider& provider) {
  Observation seen = bad(name_of(provider) + " is deleted: IAM does not know it");
  seen.warnings = Warnings{{WarningKind::deleted, "Deleted: IAM does not know " + name_of(provider) +
                                                      " any more, so nobody gets in by it."}};
  return seen;
}

/// What AWS holds, against what the owners signed that it should.
void compare_with_copy(const saml::IdpMetadata& live, const saml::IdpMetadata& copy,
                       const catalog::SamlProvider& provider, Warnings& warnings) {
  const Certificates added = missing(live.signing_certificates, copy.signing_certificates);
  const Certificates removed = missing(copy.signing_certificates, live.signing_certificates);
  std::string what;
  if (!added.empty()) what += " It now also holds " + names_of(added) + ".";
  if (!removed.empty()) what += " It holds " + names_of(removed) + " no more.";
  if (live.entity_id != copy.entity_id)
    what += " It is now for another IdP: " + shown(live.entity_id, 100) + ".";
  if (!what.empty())
    add(warnings, {WarningKind::changed,
                   "Changed: " + name_of(provider) + " is not what the signed copy says." + what});
}

/// The IdP's side against AWS's, in words that tell "expires", "changed" and "does not match" apart.
class Judgement {
 public:
  Judgement(const saml::IdpMetadata& idp, const saml::IdpMetadata& aws, const Looking& looking)
      : idp_(idp), aws_(aws), now_(looking.now), trust_(saml::compare(idp, aws, looking.now)) {}

  [[nodiscard]] bool works() const { return trust_.works; }

  void warn(const std::vector<seconds>& before, Warnings& warnings) const {
    for (const auto& each : idp_.signing_certificates) {
      if (!holds(aws_.signing_certificates, each)) continue;
      if (auto due =
              expiry_warning("Certificate " + short_name(each) + ", which the IdP signs with and AWS holds,",
                             each.not_after, before, now_))
        add(warnings, *std::move(due));
    }
    if (holds_none()) add(warnings, {WarningKind::mismatch, "Does not match: " + no_match()});
    if (!holds_none()) warn_of_changes(warnings);
    for (const saml::TrustFinding& each : trust_.findings) {
      if (each.kind == saml::TrustFinding::Kind::entity_differs)
        add(warnings, {WarningKind::mismatch, "Does not match: " + each.text});
      if (each.kind == saml::TrustFinding::Kind::sign_on_differs)
        add(warnings, {WarningKind::changed, "Changed: " + each.text});
    }
  }

  [[nodiscard]] std::string detail() const {
    if (idp_.entity_id != aws_.entity_id)
      return "AWS does not believe this IdP: it knows it by the name " + shown(aws_.entity_id, 100);
    if (holds_none()) return no_match();
    const std::size_t held = idp_.signing_certificates.size() -
                             missing(idp_.signing_certificates, aws_.signing_certificates).size();
    if (!works())
      return "every certificate that the IdP signs with and AWS holds has expired, or is not valid yet";
    return fmt::format("AWS holds {} of the {} certificates that the IdP signs with", held,
                       idp_.signing_certificates.size());
  }

 private:
  [[nodiscard]] bool holds_none() const {
    const auto& all = idp_.signing_certificates;
    return std::none_of(all.begin(), all.end(),
                        [&](const auto& each) { return holds(aws_.signing_certificates, each); });
  }
  [[nodiscard]] std::string no_match() const {
    return "AWS holds no certificate that the IdP signs with. The IdP signs with " +
           names_of(idp_.signing_certificates) + ", AWS holds " + names_of(aws_.signing_certificates) + ".";
  }
  void warn_of_changes(Warnings& warnings) const {
    for (const auto& each : missing(idp_.signing_certificates, aws_.signing_certificates))
      add(warnings,
          {WarningKind::changed, "Changed: the IdP may now sign with " + short_name(each) +
                                     ", which AWS does not hold. Give its metadata to AWS before the "
                                     "IdP signs with nothing else."});
    for (const auto& each : missing(aws_.signing_certificates, idp_.signing_certificates))
      add(warnings, {WarningKind::changed, "Changed: the IdP does not sign with " + short_name(each) +
                                               " any more, which AWS still holds."});
  }

  const saml::IdpMetadata& idp_;
  const saml::IdpMetadata& aws_;
  Instant now_;
  saml::Trust trust_;
};

/// AWS's side: as IAM has it now where we can see that, else as the signed copy says.
struct Seen {
  saml::IdpMetadata metadata;
  std::string by;  ///< for the detail
};

Observation judge(const saml::IdpMetadata& idp, const Seen& aws, Warnings warnings,
                  const CertificateProbe& probe, const Looking& looking) {
  const Judgement judgement(idp, aws.metadata, looking);
  judgement.warn(probe.warn_before.empty() ? catalog::default_warn_before : probe.warn_before, warnings);
  return {.sight = judgement.works() ? Sight::good : Sight::bad,
          .detail = judgement.detail() + aws.by,
          .warnings = std::move(warnings)};
}

}  // namespace

Observation look_at(const CertificateProbe& probe, const Looking& looking) {
  const Result<saml::IdpMetadata> idp = fetch_metadata_of(probe.of, looking);
  if (!idp) return blind("cannot be compared: the IdP " + idp.error().message);
  const Result<saml::IdpMetadata> copy = read_copy(probe, looking);
  if (!copy && !probe.trusted_copy.empty()) return blind(copy.error().message);
  if (!probe.iam_provider)
    return copy ? judge(*idp, {*copy, " (by the signed copy)"}, {}, probe, looking)
                : blind(copy.error().message);

  const Result<saml::IdpMetadata> live = read_live(probe, looking);
  if (!live && live.error().code == ErrorCode::not_found) return deleted(*probe.iam_provider);
  if (!live && !copy) return blind(live.error().message);
  if (!live) {
    Observation seen =
        judge(*idp, {*copy, " (by the signed copy alone: " + live.error().message + ")"}, {}, probe, looking);
    // What IAM holds was not seen, so that whatever was said of it still stands.
    if (live.error().code != ErrorCode::unauthenticated) seen.warnings.reset();
    return seen;
  }
  Warnings warnings;
  if (copy) compare_with_copy(*live, *copy, *probe.iam_provider, warnings);
  return judge(*idp, {*live, " (by IAM)"}, std::move(warnings), probe, looking);
}

}  // namespace postern::probe
