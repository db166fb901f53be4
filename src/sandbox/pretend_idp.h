#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/instant.h"
#include "base/result.h"
#include "http/message.h"

namespace postern::sandbox {

struct PretendIdpOptions {
  std::string entity_id;    ///< a URI
  std::string sign_on_url;  ///< as the metadata says it; nothing is served there
  Instant not_before;       ///< validity of the signing certificate, which may well have ended
  Instant not_after;
};

/// A SAML identity provider as its monitoring sees it: metadata at /metadata with a certificate of its own
/// making, until it is told to fail. It signs nobody in. Thread-safe.
class PretendIdp {
 public:
  enum class Health {
    healthy,
    error_page,   ///< answers 200 with a web page that says sorry, which no status check notices
    unavailable,  ///< answers 503
  };

  /// `invalid` when the validity cannot be written into a certificate.
  static Result<std::unique_ptr<PretendIdp>> make(const PretendIdpOptions& options);

  [[nodiscard]] http::Response handle(const http::Request& request) const;

  void set(Health health) { health_ = health; }
  [[nodiscard]] Health health() const { return health_; }

 private:
  explicit PretendIdp(std::string metadata) : metadata_(std::move(metadata)) {}

  const std::string metadata_;
  std::atomic<Health> health_ = Health::healthy;
};

}  // namespace postern::sandbox
