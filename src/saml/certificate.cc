#include "saml/certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <optional>

#include "base/encoding.h"

namespace postern::saml {
namespace {

struct FreeX509 {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

tl::unexpected<Error> unreadable(const char* reason) {
  ERR_clear_error();  // what OpenSSL queued belongs to this certificate, not to the next caller
  return fail(ErrorCode::invalid,
              std::string("A signing certificate in the SAML metadata cannot be read: ") + reason +
                  ". AWS would not accept it either; ask the identity provider's administrators.");
}

std::string without_white_space(std::string_view text) {
  std::string kept;
  kept.reserve(text.size());
  for (const char c : text)
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') kept += c;
  return kept;
}

/// The time, if it lies within what Instant can write (1970 to 9999).
std::optional<Instant> to_instant(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  using namespace std::chrono;
  const int of_year = parts.tm_year + 1900;
  if (of_year < 1970 || of_year > 9999) return std::nullopt;
  const year_month_day date(year(of_year), month(static_cast<unsigned>(parts.tm_mon + 1)),
                            day(static_cast<unsigned>(parts.tm_mday)));
  if (!date.ok()) return std::nullopt;
  return Instant(sys_days(date)) + hours(parts.tm_hour) + minutes(parts.tm_min) + seconds(parts.tm_sec);
}

std::string subject_of(const X509* certificate) {
  struct FreeBio {
    void operator()(BIO* bio) const { BIO_free(bio); }
  };
  const std::unique_ptr<BIO, FreeBio> out(BIO_new(BIO_s_mem()));
  ENSURE(out != nullptr);
  // UTF-8 stays readable; what could harm a terminal is replaced below.
  const unsigned long flags = XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  if (X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, flags) < 0) return "";
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return size <= 0 ? "" : sanitized({text, static_cast<std::size_t>(size)}, Lines::replace);
}

}  // namespace

Result<SigningCertificate> read_certificate(std::string_view base64) {
  if (base64.size() > certificate_bytes_max) return unreadable("it is larger than 64 KB");
  const Result<std::string> der = from_base64(without_white_space(base64));
  if (!der) return unreadable("it is not base64");
  const auto* begin = reinterpret_cast<const unsigned char*>(der->data());
  const unsigned char* end = begin;
  const std::unique_ptr<X509, FreeX509> certificate(d2i_X509(nullptr, &end, static_cast<long>(der->size())));
  if (certificate == nullptr) return unreadable("it is not an X.509 certificate");
  if (static_cast<std::size_t>(end - begin) != der->size()) return unreadable("bytes follow it");
  const std::optional<Instant> not_before = to_instant(X509_get0_notBefore(certificate.get()));
  const std::optional<Instant> not_after = to_instant(X509_get0_notAfter(certificate.get()));
  if (!not_before || !not_after) return unreadable("its validity is no date from 1970 to 9999");
  return SigningCertificate{.sha256 = sha256(*der),
                            .not_before = *not_before,
                            .not_after = *not_after,
                            .subject = subject_of(certificate.get()),
                            .der = *der};
}

}  // namespace postern::saml
