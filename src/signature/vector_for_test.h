#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "base/encoding.h"
#include "signature/ssh_key.h"

/// For the tests of this folder alone: the files of tests/vectors/signature.
namespace postern::signature {

inline constexpr const char* vector_namespace = "postern-approval";

inline std::string vector_file(const std::string& name) {
  std::ifstream file(std::string(POSTERN_SOURCE_DIR) + "/tests/vectors/signature/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

inline SshPublicKey vector_key(const std::string& name) {
  return SshPublicKey::parse(vector_file(name + ".pub")).value();
}

/// Any bytes in the armor of a signature, on one line.
inline std::string in_armor(std::string_view blob) {
  return "-----BEGIN SSH SIGNATURE-----\n" + to_base64(blob) + "\n-----END SSH SIGNATURE-----\n";
}

/// The bytes inside the armor.
inline Bytes out_of_armor(std::string armored) {
  armored = armored.substr(armored.find('\n') + 1);
  armored.resize(armored.rfind("-----END"));
  std::erase(armored, '\n');
  return from_base64(armored).value();
}

/// `bytes` with the one `part` in it replaced.
inline Bytes with(Bytes bytes, std::string_view part, std::string_view replacement) {
  const std::size_t at = bytes.find(part);
  EXPECT_NE(at, Bytes::npos);
  return at == Bytes::npos ? bytes : bytes.replace(at, part.size(), replacement);
}

}  // namespace postern::signature
