#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "ledger/merkle.h"
#include "store/log.h"

/// What the tests of stores share.
namespace postern::store {

/// A directory for one test, removed with all that is in it.
class TestDirectory {
 public:
  TestDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "postern-store-XXXXXX").string();
    ENSURE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  ~TestDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline std::string contents_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

/// "ok" or the name of the error's code.
template <class T>
std::string outcome_of(const Result<T>& result) {
  return result ? "ok" : name_of(result.error().code);
}

inline NewEntry entry(std::string id, Bytes bytes = "bytes") {
  return {.bytes = std::move(bytes), .id = std::move(id)};
}

/// `count` entries e-<first>, e-<first+1>, … whose bytes tell which they are.
inline std::vector<NewEntry> entries_from(std::uint64_t first, std::size_t count) {
  std::vector<NewEntry> entries;
  for (std::uint64_t i = first; i < first + count; ++i)
    entries.push_back(entry("e-" + std::to_string(i), "entry " + std::to_string(i)));
  return entries;
}

inline ledger::PrivatePart private_part(std::string reason) {
  return {.salt = Bytes(32, '\x5a'), .value = json::Object{{"reason", std::move(reason)}}};
}

}  // namespace postern::store
