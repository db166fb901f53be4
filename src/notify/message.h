#pragma once

#include <string>
#include <vector>

#include "base/instant.h"
#include "base/json.h"

/// Telling people what happens, through systems that are not ours.
namespace postern::notify {

enum class Urgency {
  quiet,   ///< nobody is woken: tests, and what is over
  normal,  ///< to be known today
  urgent   ///< somebody must act now
};

/// Somebody whom a message is for.
struct Recipient {
  std::string person;  ///< id in the catalog
  std::string name;
  std::string email;  ///< "" when there is none
  std::string phone;
};

/// One message as one channel carries it. Texts are printable (base/encoding.h), in one language.
struct Message {
  std::string id;     ///< the same at every attempt, so that receivers can drop repeats: "N-12-mail-aiko"
  std::string kind;   ///< stable name of what happened: "request.waiting"
  std::string about;  ///< "R-7", "E-1"; a mode or a probe; "" for a test. Alerts are grouped by it
  Urgency urgency = Urgency::normal;
  bool is_over = false;  ///< what was raised about it is settled: alerts are resolved
  Instant at;            ///< when it happened
  std::string title;     ///< one line, at most title_bytes_max
  std::string body;      ///< lines, at most body_bytes_max
  std::string language = "en";
  std::string link = {};           ///< where to read on; opening it changes nothing. "" when there is no page
  std::vector<Recipient> to = {};  ///< one for a channel that reaches a person; any number otherwise
  json::Object data = {};          ///< for programs: what the API says of `about`
};
inline constexpr std::size_t title_bytes_max = 200;
inline constexpr std::size_t body_bytes_max = 4000;

}  // namespace postern::notify
