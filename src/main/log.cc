#include "main/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/encoding.h"
#include "base/json.h"
#include "main/system.h"

namespace postern::log {
namespace {

/// The message arrives as finished JSON; spdlog only adds the newline, because its patterns do not escape.
spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made =
        std::make_shared<spdlog::logger>("postern", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
    return made;
  }();
  return *instance;
}

void write(spdlog::level::level_enum level, std::string_view event, std::string_view text) {
  const json::Object line{{"at", to_rfc3339(SystemClock().wall())},
                          {"event", event},
                          {"level", level == spdlog::level::critical ? "alarm" : "info"},
                          {"text", sanitized(text, Lines::keep)}};
  logger().log(level, spdlog::string_view_t(json::canonical(line)));
  logger().flush();
}

}  // namespace

void say(std::string_view event, std::string_view text) { write(spdlog::level::info, event, text); }
void alarm(std::string_view event, std::string_view text) { write(spdlog::level::critical, event, text); }

}  // namespace postern::log
