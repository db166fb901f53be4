// The token of a service, which may ask for access and nothing else.
#include <fmt/format.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/id.h"
#include "cli/commands.h"

namespace postern::cli {

int service_token(const std::string& name, Format format) {
  constexpr std::size_t token_bytes = 32;
  const auto id = ServiceId::parse(name);
  if (!id) return report(id.error(), format);
  SystemRandom random;
  const std::string token = "postern-service-" + to_base64url(random.bytes(token_bytes));
  const std::string digest = sha256(token).hex();
  const std::string lines = fmt::format(
      "services:\n"
      "  {}:\n"
      "    title: \"CHANGE: what it is\"\n"
      "    token_sha256: {}\n"
      "    processes: [CHANGE]\n"
      "    may_ask_for: [CHANGE]\n"
      "    channel: CHANGE\n",
      name, digest);
  return print(
      json::Object{{"catalog", lines}, {"token", token}, {"token_sha256", digest}},
      fmt::format("{}\n\nGive it to the service, as a secret; it is shown once and kept nowhere.\n"
                  "For the catalog, with what it may ask for, on behalf of whom, and where it is told "
                  "what became of it:\n\n{}",
                  token, lines),
      format);
}

}  // namespace postern::cli
