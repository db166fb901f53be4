#include "saml/trust.h"

#include <algorithm>

#include "base/encoding.h"

namespace postern::saml {
namespace {

using Certificates = std::vector<SigningCertificate>;
using Kind = TrustFinding::Kind;

bool holds(const Certificates& certificates, const SigningCertificate& wanted) {
  return std::any_of(certificates.begin(), certificates.end(),
                     [&](const SigningCertificate& each) { return each.sha256 == wanted.sha256; });
}

bool is_valid(const SigningCertificate& certificate, Instant now) {
  return certificate.not_before <= now && now < certificate.not_after;
}

/// Those of `from` that `other` has not, each once.
Certificates missing(const Certificates& from, const Certificates& other) {
  Certificates out;
  for (const SigningCertificate& each : from)
    if (!holds(other, each) && !holds(out, each)) out.push_back(each);
  return out;
}

Certificates each_once(const Certificates& from) { return missing(from, {}); }

/// Both sides, each certificate once.
Certificates all_of(const Certificates& idp, const Certificates& aws) {
  Certificates out = each_once(idp);
  const Certificates more = missing(aws, idp);
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

std::string day_of(Instant instant) { return to_rfc3339(instant).substr(0, 10); }

std::string quoted(const std::string& text) {
  return "\"" + sanitized(std::string_view(text).substr(0, 200), Lines::replace) + "\"";
}

/// At most three, so that a sentence stays one.
std::string quoted_list(const std::vector<std::string>& texts) {
  std::string out;
  for (std::size_t i = 0; i < texts.size() && i < 3; ++i) out += (i == 0 ? "" : ", ") + quoted(texts[i]);
  return texts.size() > 3 ? out + " and " + std::to_string(texts.size() - 3) + " more" : out;
}

class Comparison {
 public:
  Comparison(const IdpMetadata& idp, const IdpMetadata& aws, Instant now) : idp_(idp), aws_(aws), now_(now) {}

  Trust run() {
    const Certificates& certificates = idp_.signing_certificates;
    trust_.works = idp_.entity_id == aws_.entity_id &&
                   std::any_of(certificates.begin(), certificates.end(), [&](const SigningCertificate& each) {
                     return is_valid(each, now_) && holds(aws_.signing_certificates, each);
                   });
    compare_entities();
    find_not_trusted();
    judge_validity();
    find_no_longer_used();
    compare_sign_on();
    return std::move(trust_);
  }

 private:
  void add(Kind kind, std::string text) {
    trust_.findings.push_back({.kind = kind, .text = std::move(text)});
  }

  void compare_entities() {
    if (idp_.entity_id == aws_.entity_id) return;
    add(Kind::entity_differs, "The IdP calls itself " + quoted(idp_.entity_id) + "; AWS knows it as " +
                                  quoted(aws_.entity_id) + " and would not recognise it.");
  }

  void find_not_trusted() {
    // With several certificates, metadata does not say which of them signs today.
    const char* verb =
        each_once(idp_.signing_certificates).size() == 1 ? "The IdP signs with " : "The IdP may sign with ";
    for (const SigningCertificate& each : missing(idp_.signing_certificates, aws_.signing_certificates))
      add(Kind::not_trusted, verb + describe(each) + "; AWS does not hold it.");
  }

  /// Who still lists it, for the sentence about a certificate.
  [[nodiscard]] const char* listed_by(const SigningCertificate& certificate) const {
    const bool by_idp = holds(idp_.signing_certificates, certificate);
    const bool by_aws = holds(aws_.signing_certificates, certificate);
    if (by_idp && by_aws) return "which the IdP signs with and AWS holds";
    return by_idp ? "which the IdP signs with" : "which AWS holds";
  }

  void judge_validity() {
    const Certificates all = all_of(idp_.signing_certificates, aws_.signing_certificates);
    for (const SigningCertificate& each : all)
      if (each.not_after <= now_)
        add(Kind::expired, describe(each) + ", " + listed_by(each) + ", has expired.");
    for (const SigningCertificate& each : all)
      if (now_ < each.not_before)
        add(Kind::not_yet_valid, describe(each) + ", " + listed_by(each) + ", is not valid before " +
                                     day_of(each.not_before) + ".");
  }

  void find_no_longer_used() {
    const char* verb = each_once(aws_.signing_certificates).size() == 1 ? "AWS holds only " : "AWS holds ";
    for (const SigningCertificate& each : missing(aws_.signing_certificates, idp_.signing_certificates))
      add(Kind::no_longer_used, verb + describe(each) + ", which the IdP does not sign with any more.");
  }

  void compare_sign_on() {
    std::vector<std::string> idp = idp_.sign_on_urls;
    std::vector<std::string> aws = aws_.sign_on_urls;
    std::sort(idp.begin(), idp.end());
    std::sort(aws.begin(), aws.end());
    if (idp == aws) return;
    add(Kind::sign_on_differs, "AWS would send people to " + quoted_list(aws_.sign_on_urls) +
                                   " to sign in; the IdP now says " + quoted_list(idp_.sign_on_urls) + ".");
  }

  const IdpMetadata& idp_;
  const IdpMetadata& aws_;
  const Instant now_;
  Trust trust_;
};

}  // namespace

Trust compare(const IdpMetadata& idp, const IdpMetadata& aws, Instant now) {
  return Comparison(idp, aws, now).run();
}

std::string describe(const SigningCertificate& certificate) {
  std::string fingerprint;
  for (const char c : certificate.sha256.hex()) {
    if (fingerprint.size() % 3 == 2) fingerprint += ':';
    fingerprint += c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  const std::string subject =
      certificate.subject.empty() ? "a certificate without a name" : certificate.subject;
  return subject + ", " + fingerprint + " (SHA-256), until " + day_of(certificate.not_after);
}

std::optional<seconds> due_warning(Instant not_after, const std::vector<seconds>& before, Instant now) {
  if (now >= not_after) return seconds(0);
  std::optional<seconds> due;
  for (const seconds each : before)
    if (not_after - now <= each && (!due || each < *due)) due = each;
  return due;
}

}  // namespace postern::saml
