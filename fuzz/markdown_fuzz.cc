#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "playbook/markdown.h"
#include "playbook/playbook.h"

/// A playbook from anywhere: laying it out never crashes, says why when it refuses, lets no control
/// character, script or handler through, and does the same twice.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace postern;
  using namespace postern::playbook;
  const std::string_view input(reinterpret_cast<const char*>(data), size);

  const auto html = to_html(input);
  ENSURE(html.has_value() || !html.error().message.empty());
  if (html) {
    for (const char* each : {"<script", "<style", "<iframe", "<object", "href=\"javascript:", "href=\"data:"})
      ENSURE(html->find(each) == std::string::npos);
    ENSURE(to_html(input).value() == *html);
  }
  const auto text = to_terminal(input, {.colour = false, .columns = 40});
  ENSURE(text.has_value() == html.has_value());
  if (text)
    for (const char c : *text) ENSURE(static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t');
  (void)to_terminal(input, {.colour = true, .columns = 20});

  const bool is_faulty = !faults_in(input).empty();
  const auto filled = fill(input, {});
  ENSURE(filled.has_value() != is_faulty);
  return 0;
}
