#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/instant.h"
#include "base/secret.h"
#include "catalog/channel.h"
#include "http/client.h"

/// The ticket system: PagerDuty, ServiceNow, Jira, or any other that speaks JSON over HTTP. It never stands
/// between an emergency and its declaration.
namespace postern::incident {

struct Incident {
  std::string number;  ///< as people say it: "INC0010023", "OPS-7"
  bool is_open = false;
  std::string title = {};  ///< sanitized, at most 500 bytes
  std::string url = {};    ///< for people; "" when unknown
};

/// What a new incident says.
struct Draft {
  std::string key;    ///< names this emergency for ever ("ledger origin/E-1"): asking again with the same key
                      ///< must find the incident that was created before, wherever the system offers a way
  std::string title;  ///< one line, at most 200 bytes
  std::string body;   ///< lines, at most 4000 bytes
};

/// One ticket system. Each call takes at most call_deadline. Errors: `unavailable` (not reached, time ran
/// out, 408, 425, 429, 5xx, or a page of something that stands in between: asking again may help),
/// `not_found` (the ticket system's own word), `forbidden` (credentials), `invalid` (a request that it cannot
/// use, a number that cannot be one). Messages hold no secret. Thread-safe. A number
/// goes into URLs percent-encoded, and never into a query language unchecked.
class Provider {
 public:
  virtual ~Provider() = default;
  virtual Result<Incident> find(const std::string& number) = 0;
  /// `invalid` unless the number has the form that numbers have here. Asks nobody.
  [[nodiscard]] virtual Result<void> check(const std::string& number) const = 0;
  /// A number of the right form that no incident has: finding it says whether the system answers.
  [[nodiscard]] virtual std::string nobodys_number() const = 0;
  virtual Result<Incident> create(const Draft& draft) = 0;
  /// Adds a note to the timeline. `key` is the same at every attempt; systems without idempotency may show a
  /// note twice.
  virtual Result<void> append(const std::string& number, const std::string& key, const std::string& note) = 0;
  virtual Result<void> close(const std::string& number, const std::string& note) = 0;
};
inline constexpr milliseconds call_deadline{10000};

struct World {
  http::Client& client;
  const Clock& clock;
  std::function<Result<Secret>(const catalog::SecretReference&)> secret;
};

/// The provider that the catalog names; never nullptr.
std::unique_ptr<Provider> make_provider(const catalog::Provider& settings, const World& world);

}  // namespace postern::incident
