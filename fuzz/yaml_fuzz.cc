#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog_file/catalog_file.h"

/// A catalog from anywhere: reading it never crashes, says something whenever it is refused, and says the
/// same twice. What is accepted bundles and unbundles to the same sources. The same bytes as a bundle: what
/// is accepted has one form only.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace postern;
  using namespace postern::catalog_file;
  const std::string_view input(reinterpret_cast<const char*>(data), size);

  Sources sources;
  for (const char* name :
       {"a", "idp-unavailable", "standby", "federation-broken", "identity-center-disrupted"})
    sources.files.emplace(std::string("playbooks/") + name + ".md", "# Steps\n");
  // A second part begins after such a line.
  constexpr std::string_view part = "\n# part\n";
  const std::size_t end = input.find(part);
  sources.files.emplace(catalog_path, input.substr(0, end));
  if (end != std::string_view::npos) sources.files.emplace("more.yaml", input.substr(end + part.size()));

  const Reading reading = read(sources);
  ENSURE(reading.catalog.has_value() || !reading.faults.empty());
  for (const Fault& each : reading.faults) {
    ENSURE(!to_text(each).empty() && each.line >= 0 && each.column >= 0);
    ENSURE(!reading.catalog || each.severity() == catalog::Severity::warning);
  }
  ENSURE(read(sources).faults == reading.faults);
  // What may be put in force can be read when it is.
  if (reading.catalog) ENSURE(read_in_force(sources).catalog.has_value());
  if (reading.catalog) {
    const auto again = unbundle(bundle(sources));
    ENSURE(again && *again == sources);
  }

  if (const auto unbundled = unbundle(input)) {
    ENSURE(bundle(*unbundled) == input);
    (void)read(*unbundled);
  }
  return 0;
}
