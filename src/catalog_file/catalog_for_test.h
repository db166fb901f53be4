#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "catalog_file/catalog_file.h"

/// The demonstration catalog, filled in, for the tests of this folder to break in one place at a time.
namespace postern::catalog_file {

inline std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("No file " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::string vector_path(const std::string& name) {
  const bool is_demo = name.rfind("demo/", 0) == 0;
  return std::string(POSTERN_SOURCE_DIR) + (is_demo ? "/examples/" : "/tests/vectors/catalog/") + name;
}

/// `text` with the one place where `from` stands replaced.
inline std::string with(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("Nothing to replace: " + std::string(from));
  return text.replace(at, from.size(), to);
}

// Public halves of keys made for this file only (ssh-keygen -t ed25519); the private halves are gone.
inline constexpr std::string_view key_of_aiko =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJIiuCGgdCDqUXQWeXUqKbWQvGR3kiiugjjRojzwrEEp";
inline constexpr std::string_view key_of_ben =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDaoC9987knh8nGArf8P09gTKrOA45A9PX7uT8/R5rV3";
inline constexpr std::string_view key_of_chie =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHDyfXsASSEUeE63i3ZzDJRvq7zgtpTTISQXktawReJl";
inline constexpr std::string_view key_of_dana =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJkj8JAnUuQtb0/1U6kP65MnSzyqNYBKd9TUOQDYgsfy";
inline constexpr std::string_view key_of_emil =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILpfyaAva+bGEPG2CSdbQrpohLfvhCaY7en2F2gtmlai";

inline std::string demo_catalog() {
  std::string text = file_text(vector_path("demo/catalog.yaml"));
  const std::vector<std::pair<std::string, std::string_view>> places = {
      {"{{key:aiko}}", key_of_aiko},
      {"{{key:ben}}", key_of_ben},
      {"{{key:chie}}", key_of_chie},
      {"{{key:dana}}", key_of_dana},
      {"{{key:emil}}", key_of_emil},
      {"{{uplink}}", "127.0.0.1:4000"},
      {"{{primary_idp_url}}", "http://127.0.0.1:4001/metadata"},
      {"{{standby_idp_url}}", "http://127.0.0.1:4002/metadata"}};
  for (const auto& [place, value] : places) text = with(std::move(text), place, value);
  return text;
}

inline Sources demo(std::string catalog = demo_catalog()) {
  return {
      {{"catalog.yaml", std::move(catalog)},
       {"playbooks/idp-unavailable.md", file_text(vector_path("demo/playbooks/idp-unavailable.md"))},
       {"playbooks/idp-unavailable.ja.md", file_text(vector_path("demo/playbooks/idp-unavailable.ja.md"))}}};
}

/// Every fault as one line of text.
inline std::vector<std::string> all_faults_of(const Sources& sources) {
  std::vector<std::string> out;
  for (const Fault& each : read(sources).faults) out.push_back(to_text(each));
  return out;
}
/// The same without what is warned of in the demonstration as it stands: it is small, and says so.
inline std::vector<std::string> faults_of(const Sources& sources) {
  static const std::vector<Fault> known = read(demo()).faults;
  std::vector<std::string> out;
  for (const Fault& each : read(sources).faults)
    if (std::none_of(known.begin(), known.end(), [&](const Fault& one) {
          return one.what == each.what && each.severity() == catalog::Severity::warning;
        }))
      out.push_back(to_text(each));
  return out;
}
/// The faults of the demonstration catalog with one place changed.
inline std::vector<std::string> faults_with(std::string_view from, std::string_view to) {
  return faults_of(demo(with(demo_catalog(), from, to)));
}
/// Where `text` stands in the changed demonstration catalog, "catalog.yaml:12:5".
inline std::string place_in(const std::string& catalog, std::string_view text) {
  const std::size_t at = catalog.find(text);
  const auto lines = std::count(catalog.begin(), catalog.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  const std::size_t start = at == 0 ? 0 : catalog.rfind('\n', at - 1) + 1;
  return "catalog.yaml:" + std::to_string(lines + 1) + ":" + std::to_string(at - start + 1);
}

/// Breaks the demonstration catalog in one place; exactly one fault must come of it, and there.
struct Wrong {
  std::string from;
  std::string to;
  std::string at;  ///< the text in the changed file at whose start the fault is
  std::string says;
};

inline void expect_each(const std::vector<Wrong>& table) {
  for (const Wrong& each : table) {
    const std::string text = with(demo_catalog(), each.from, each.to);
    const std::string place = place_in(text, each.at) + ": error: ";
    EXPECT_THAT(faults_of(demo(text)), testing::ElementsAre(testing::AllOf(testing::StartsWith(place),
                                                                           testing::HasSubstr(each.says))))
        << each.from << " -> " << each.to;
  }
}

}  // namespace postern::catalog_file
