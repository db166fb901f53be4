#include "sandbox/pretend_idp.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <chrono>

#include "base/encoding.h"
#include "sandbox/aws_query.h"

namespace postern::sandbox {
namespace {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeX509 {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

bool set_time(ASN1_TIME* time, Instant instant) {
  return ASN1_TIME_adj(time, std::chrono::system_clock::to_time_t(instant), 0, 0) != nullptr;
}

/// The DER bytes of a self-signed certificate. Its key is forgotten at once: this provider never signs
/// anything.
Result<std::string> make_certificate(const PretendIdpOptions& options) {
  const std::unique_ptr<EVP_PKEY, FreeKey> key(EVP_EC_gen("P-256"));
  const std::unique_ptr<X509, FreeX509> x509(X509_new());
  ENSURE(key != nullptr && x509 != nullptr);
  const auto* name = reinterpret_cast<const unsigned char*>("Pretend identity provider");
  const bool made =
      options.not_before < options.not_after && X509_set_version(x509.get(), X509_VERSION_3) == 1 &&
      ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), 1) == 1 &&
      set_time(X509_getm_notBefore(x509.get()), options.not_before) &&
      set_time(X509_getm_notAfter(x509.get()), options.not_after) &&
      X509_NAME_add_entry_by_txt(X509_get_subject_name(x509.get()), "CN", MBSTRING_UTF8, name, -1, -1, 0) ==
          1 &&
      X509_set_issuer_name(x509.get(), X509_get_subject_name(x509.get())) == 1 &&
      X509_set_pubkey(x509.get(), key.get()) == 1 && X509_sign(x509.get(), key.get(), EVP_sha256()) > 0;
  unsigned char* der = nullptr;
  const int size = made ? i2d_X509(x509.get(), &der) : -1;
  if (size <= 0) {
    ERR_clear_error();
    return fail(ErrorCode::invalid,
                "The pretend identity provider's certificate cannot be made. Check its validity: "
                "the end must come after the beginning, between 1970 and 9999.");
  }
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

std::string metadata_xml(const PretendIdpOptions& options, const std::string& certificate) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" "
         "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" entityID=\"" +
         xml_escaped(options.entity_id) +
         "\">\n"
         "  <md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\n"
         "    <md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>" +
         to_base64(certificate) +
         "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>\n"
         "    <md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" "
         "Location=\"" +
         xml_escaped(options.sign_on_url) +
         "\"/>\n"
         "  </md:IDPSSODescriptor>\n"
         "</md:EntityDescriptor>\n";
}

http::Response page(int status, const char* heading) {
  return {.status = status,
          .headers = {{"content-type", "text/html; charset=utf-8"}},
          .body = std::string("<!DOCTYPE html>\n<html><body><h1>") + heading + "</h1></body></html>\n"};
}

}  // namespace

Result<std::unique_ptr<PretendIdp>> PretendIdp::make(const PretendIdpOptions& options) {
  const std::string certificate = TRY(make_certificate(options));
  return std::unique_ptr<PretendIdp>(new PretendIdp(metadata_xml(options, certificate)));
}

http::Response PretendIdp::handle(const http::Request& request) const {
  switch (health_.load()) {
    case Health::error_page:
      return page(200, "Something went wrong. Please try again later.");
    case Health::unavailable:
      return page(503, "Service unavailable");
    case Health::healthy:
      break;
  }
  if (request.method != "GET" && request.method != "HEAD") return page(405, "Method not allowed");
  if (request.path != "/metadata") return page(404, "Not found");
  return {.status = 200, .headers = {{"content-type", "application/samlmetadata+xml"}}, .body = metadata_};
}

}  // namespace postern::sandbox
