#include "probe/look_dns_message.h"

#include <ares.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

namespace postern::probe {
namespace {

constexpr std::size_t header_size = 12;
constexpr std::size_t records_max = 64;
constexpr std::size_t questions_max = 4;
constexpr std::size_t class_internet = 1;

class Message {
 public:
  explicit Message(std::string_view bytes) : bytes_(bytes) {}

  void go_to(std::size_t at) { at_ = at; }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool has(std::size_t size) const { return size <= bytes_.size() - at_; }

  std::optional<std::size_t> number() {
    if (!has(2)) return std::nullopt;
    const auto byte = [this](std::size_t i) {
      return static_cast<std::size_t>(static_cast<unsigned char>(bytes_[i]));
    };
    at_ += 2;
    return byte(at_ - 2) << 8U | byte(at_ - 1);
  }
  bool skip(std::size_t size) {
    if (!has(size)) return false;
    at_ += size;
    return true;
  }
  std::optional<std::string> name() {
    if (!has(1)) return std::nullopt;
    const auto* begin = reinterpret_cast<const unsigned char*>(bytes_.data());
    char* text = nullptr;
    long used = 0;
    if (ares_expand_name(begin + at_, begin, static_cast<int>(bytes_.size()), &text, &used) != ARES_SUCCESS)
      return std::nullopt;
    const std::unique_ptr<char, decltype(&ares_free_string)> owner(text, &ares_free_string);
    if (used <= 0 || !skip(static_cast<std::size_t>(used))) return std::nullopt;
    return std::string(text);
  }
  std::optional<std::string> address(int family, std::size_t size) {
    if (!has(size)) return std::nullopt;
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (::inet_ntop(family, bytes_.data() + at_, text.data(), text.size()) == nullptr) return std::nullopt;
    at_ += size;
    return std::string(text.data());
  }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

std::string lower_case(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

/// The text of a record of that kind.
std::optional<std::string> read_value(Message& message, catalog::DnsRecord record) {
  switch (record) {
    case catalog::DnsRecord::a:
      return message.address(AF_INET, sizeof(in_addr));
    case catalog::DnsRecord::aaaa:
      return message.address(AF_INET6, sizeof(in6_addr));
    case catalog::DnsRecord::cname:
      return message.name();
  }
  return std::nullopt;
}

/// False when the message breaks its form. A record of another kind adds nothing.
bool read_record(Message& message, catalog::DnsRecord record, std::vector<std::string>& found) {
  if (!message.name()) return false;
  const std::optional<std::size_t> number = message.number();
  const std::optional<std::size_t> its_class = message.number();
  if (!number || !its_class || !message.skip(4)) return false;  // 4: how long it may be kept
  const std::optional<std::size_t> size = message.number();
  if (!size || !message.has(*size)) return false;
  const std::size_t end = message.at() + *size;
  if (*number == static_cast<std::size_t>(number_of(record)) && *its_class == class_internet) {
    const std::optional<std::string> text = read_value(message, record);
    if (!text || message.at() != end) return false;
    found.push_back(lower_case(*text));
  }
  message.go_to(end);
  return true;
}

}  // namespace

int number_of(catalog::DnsRecord record) {
  switch (record) {
    case catalog::DnsRecord::a:
      return 1;
    case catalog::DnsRecord::aaaa:
      return 28;
    case catalog::DnsRecord::cname:
      return 5;
  }
  return 0;
}

Result<std::vector<std::string>> records_in(std::string_view bytes, catalog::DnsRecord record) {
  const tl::unexpected<Error> malformed = fail(ErrorCode::invalid, "the resolver's answer is malformed");
  Message message(bytes);
  if (!message.has(header_size)) return malformed;
  message.go_to(4);
  const std::size_t questions = message.number().value_or(0);
  const std::size_t answers = message.number().value_or(0);
  if (questions > questions_max || answers > records_max) return malformed;
  message.go_to(header_size);
  for (std::size_t i = 0; i < questions; ++i)
    if (!message.name() || !message.skip(4)) return malformed;
  std::vector<std::string> found;
  for (std::size_t i = 0; i < answers; ++i)
    if (!read_record(message, record, found)) return malformed;
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace postern::probe
