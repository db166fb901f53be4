#include "sandbox/pretend_idp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/x509.h>

#include <memory>

#include "base/encoding.h"

namespace postern::sandbox {
namespace {

using testing::HasSubstr;

PretendIdpOptions options() {
  return {.entity_id = "https://idp.example.com/?a=1&b=2",
          .sign_on_url = "https://idp.example.com/sso",
          .not_before = parse_rfc3339("2026-01-01T00:00:00Z").value(),
          .not_after = parse_rfc3339("2027-01-01T00:00:00Z").value()};
}

http::Response ask(const PretendIdp& idp, const char* method, const char* path) {
  http::Request request;
  request.method = method;
  request.path = path;
  return idp.handle(request);
}
http::Response get(const PretendIdp& idp, const char* path) { return ask(idp, "GET", path); }

TEST(PretendIdp, ServesMetadataWithACertificateOfItsOwn) {
  const auto idp = PretendIdp::make(options()).value();
  const http::Response response = get(*idp, "/metadata");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr("entityID=\"https://idp.example.com/?a=1&amp;b=2\""));
  EXPECT_THAT(response.body, HasSubstr("Location=\"https://idp.example.com/sso\""));

  const std::string open = "<ds:X509Certificate>";
  const std::size_t begin = response.body.find(open) + open.size();
  const std::string der =
      from_base64(response.body.substr(begin, response.body.find('<', begin) - begin)).value();
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      d2i_X509(nullptr, &bytes, static_cast<long>(der.size())), X509_free);
  ASSERT_NE(certificate, nullptr);
  EXPECT_EQ(X509_verify(certificate.get(), X509_get0_pubkey(certificate.get())), 1);
}

TEST(PretendIdp, FailsInTheTwoWaysThatMonitoringMustTellApart) {
  const auto idp = PretendIdp::make(options()).value();
  idp->set(PretendIdp::Health::error_page);
  EXPECT_EQ(get(*idp, "/metadata").status, 200);
  EXPECT_THAT(get(*idp, "/metadata").body, HasSubstr("<html>"));
  idp->set(PretendIdp::Health::unavailable);
  EXPECT_EQ(get(*idp, "/metadata").status, 503);
  idp->set(PretendIdp::Health::healthy);
  EXPECT_THAT(get(*idp, "/metadata").body, HasSubstr("IDPSSODescriptor"));
}

TEST(PretendIdp, ServesNothingElse) {
  const auto idp = PretendIdp::make(options()).value();
  EXPECT_EQ(get(*idp, "/").status, 404);
  EXPECT_EQ(ask(*idp, "POST", "/metadata").status, 405);
}

TEST(PretendIdp, IsNotMadeWithAValidityThatEndsBeforeItBegins) {
  PretendIdpOptions wrong = options();
  std::swap(wrong.not_before, wrong.not_after);
  EXPECT_EQ(PretendIdp::make(wrong).error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace postern::sandbox
