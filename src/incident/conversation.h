#pragma once

#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/json.h"
#include "incident/provider.h"

/// What the kinds of ticket systems share. Inside this folder only.
namespace postern::incident {

inline constexpr std::size_t title_bytes_max = 500;  ///< of an Incident that we read
inline constexpr std::size_t draft_title_bytes_max = 200;
inline constexpr std::size_t text_bytes_max = 4000;  ///< of a body or note that we send
inline constexpr std::size_t url_bytes_max = 2000;

/// The catalog's settings of one ticket system, with its secrets at hand.
class Settings {
 public:
  Settings(catalog::Provider provider, World world)
      : provider_(std::move(provider)), world_(std::move(world)) {}

  /// "" when it is not there or a secret.
  [[nodiscard]] std::string text(std::string_view name) const;
  /// `invalid` when the catalog does not name it.
  [[nodiscard]] Result<std::string> needed(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;
  /// Read now, because it may have been renewed. `forbidden` when this host does not have it or when it holds
  /// what a header cannot carry.
  [[nodiscard]] Result<Secret> secret(std::string_view name) const;
  /// The setting `url` without slashes at its end, or `otherwise`.
  [[nodiscard]] std::string address(std::string_view otherwise = "") const;
  [[nodiscard]] const World& world() const { return world_; }

 private:
  catalog::Provider provider_;
  World world_;
};

/// One request. `once` is for what would be there twice if it reached the server twice.
struct Call {
  std::string method = "GET";
  std::string url;
  json::Object body = {};  ///< sent when it has members
  http::Headers headers = {};
  enum class Delivery { repeatable, once };
  Delivery delivery = Delivery::repeatable;
};

/// All requests of one call of a Provider; together they take at most call_deadline.
class Conversation {
 public:
  Conversation(const Settings& settings, std::string authorization)
      : settings_(settings),
        deadline_(settings.world().clock, call_deadline),
        authorization_(std::move(authorization)) {}
  ~Conversation() { wipe(authorization_); }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  /// The JSON that it answers (strict, at most 1 MiB, 32 deep); null for an answer of 2xx without a body.
  /// Errors as Provider says. A request that carries credentials goes only over https, or to this very
  /// machine.
  Result<json::Value> ask(Call call);

 private:
  const Settings& settings_;
  Deadline deadline_;
  std::string authorization_;
};

/// "Bearer …" from the secret of that name.
Result<std::string> bearer(const Settings& settings, std::string_view name);
/// RFC 7617, from the setting `username` and the secret of that name.
Result<std::string> basic(const Settings& settings, std::string_view secret_name);

/// Text for a ticket: printable, at most so many bytes, never cut inside a character.
std::string one_line(std::string_view text, std::size_t bytes_max);
std::string many_lines(std::string_view text, std::size_t bytes_max);
/// `url` if a person may be sent there (http or https, printable ASCII, at most url_bytes_max), else "".
std::string for_people(std::string_view url);
/// True for https, and for http to this very machine; never for a URL with user or password.
bool is_confidential(std::string_view url);

/// `invalid` unless the number is 1 to 64 of: ASCII letters, digits and `besides`; the first a letter or a
/// digit. So it can neither leave its place in a URL nor add to a query.
Result<void> check_number(std::string_view number, std::string_view besides);
/// `invalid` unless a key is 1 to 500 printable ASCII characters.
Result<void> check_key(std::string_view key);
/// A short name for a key, without any special character: the same for the same key, for ever.
std::string tag_of(std::string_view key);

/// The error for an answer that reads, but does not say what it must.
tl::unexpected<Error> unexpected_answer(std::string_view what);

}  // namespace postern::incident
