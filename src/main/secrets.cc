#include "main/secrets.h"

#include <filesystem>
#include <fstream>

#include "aws/credentials.h"

namespace postern {

Result<Secret> read_secret(const catalog::SecretReference& reference) {
  constexpr std::size_t bytes_max = 4096;
  const bool is_variable = reference.place == catalog::SecretReference::Place::environment;
  const auto absent = [&] {
    return fail(ErrorCode::not_found, (is_variable ? "The variable " : "The file ") + reference.name +
                                          " that the catalog names holds no secret.");
  };
  std::string text;
  if (is_variable) {
    text = aws::process_environment()(reference.name).value_or("");
  } else {
    std::error_code error;
    if (!std::filesystem::is_regular_file(reference.name, error)) return absent();  // a pipe would hold us up
    std::ifstream file(reference.name, std::ios::binary);
    text.resize(bytes_max);
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
  }
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  Secret secret(end == std::string::npos ? std::string() : text.substr(0, end + 1));
  wipe(text);
  if (end == std::string::npos) return absent();
  return secret;
}

}  // namespace postern
