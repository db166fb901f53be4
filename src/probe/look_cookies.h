#pragma once

#include <map>
#include <string>
#include <string_view>

namespace postern::probe {

/// The cookies of one sign-in at one origin (RFC 6265, as far as that needs it): no domains, paths or dates,
/// because nothing is kept and nobody else is asked. At most 40 cookies of 4096 bytes; what is beyond is
/// dropped.
class Cookies {
 public:
  /// Takes a Set-Cookie field as http::Headers keeps it: several, joined by ", ".
  void take(std::string_view set_cookie);
  /// The value of a Cookie field; "" for none.
  [[nodiscard]] std::string header() const;

 private:
  void take_one(std::string_view cookie);
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace postern::probe
