#include "base/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/encoding.h"

namespace postern::json {
namespace {

constexpr std::int64_t exact_integer_max = (std::int64_t{1} << 53) - 1;

/// Builds a Value from nlohmann's events, so that no limit can be passed by: a container is refused when it
/// opens.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Builder(int depth_max) : depth_max_(depth_max) {}

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override {
    return value >= -exact_integer_max ? put(static_cast<std::int64_t>(value)) : refuse(too_large);
  }
  bool number_unsigned(number_unsigned_t value) override {
    return value <= static_cast<std::uint64_t>(exact_integer_max) ? put(static_cast<std::int64_t>(value))
                                                                  : refuse(too_large);
  }
  bool number_float(number_float_t value, const string_t& text) override {
    // Canonical JSON writes 1e16 as 17 digits, which no reader here takes: from 2^53 to 1e21 a double is a
    // whole number too large. Digits beyond 64 bits arrive here too.
    const double size = std::abs(value);
    const bool reads_whole = (size > static_cast<double>(exact_integer_max) && size < 1e21) ||
                             text.find_first_of(".eE") == string_t::npos;
    return std::isfinite(value) && !reads_whole ? put(value) : refuse(too_large);
  }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return refuse("binary values are not JSON"); }
  bool start_object(std::size_t /*size*/) override { return open(Object{}); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*size*/) override { return open(Array{}); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    if (open_.back().as_object()->contains(name))
      return refuse("the key " + canonical(Value(name)) + " stands twice");
    keys_.back() = std::move(name);
    return true;
  }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    // nlohmann: "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error …"
    const std::string_view text = error.what();
    const std::size_t start = text.find("at line");
    return refuse(std::string(start == std::string_view::npos ? text : text.substr(start)));
  }

  Value root;
  std::string fault;

 private:
  static constexpr const char* too_large = "a number is too large (whole numbers go to 2^53-1)";

  bool refuse(std::string what) {
    fault = std::move(what);
    return false;
  }
  bool put(Value value) {
    if (open_.empty())
      root = std::move(value);
    else if (Array* items = open_.back().as_array())
      items->push_back(std::move(value));
    else
      open_.back().as_object()->emplace(std::move(keys_.back()), std::move(value));
    return true;
  }
  bool open(Value container) {
    if (static_cast<int>(open_.size()) >= depth_max_)
      return refuse("nested deeper than " + std::to_string(depth_max_));
    open_.push_back(std::move(container));
    keys_.emplace_back();
    return true;
  }
  bool close() {
    Value done = std::move(open_.back());
    open_.pop_back();
    keys_.pop_back();
    return put(std::move(done));
  }

  int depth_max_;
  std::vector<Value> open_;
  std::vector<std::string> keys_;
};

/// UTF-16 code units, so that keys sort as RFC 8785 section 3.2.3 wants. `text` is well-formed UTF-8.
std::u16string utf16(std::string_view text) {
  std::u16string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<std::uint8_t>(text[i]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t c = size == 1 ? lead : lead & (0xffU >> (size + 1));
    for (std::size_t k = 1; k < size && i + k < text.size(); ++k)
      c = (c << 6) | (static_cast<std::uint8_t>(text[i + k]) & 0x3fU);
    if (c >= 0x10000) {
      out += static_cast<char16_t>(0xd800 + ((c - 0x10000) >> 10));
      out += static_cast<char16_t>(0xdc00 + ((c - 0x10000) & 0x3ff));
    } else {
      out += static_cast<char16_t>(c);
    }
    i += size;
  }
  return out;
}

void write_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<std::uint8_t>(c) < 0x20) {
          out += "\\u00";
          out += to_hex(std::string_view(&c, 1));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

/// A double as ECMAScript's Number::toString writes it (ECMA-262 section 6.1.6.1.20), which RFC 8785
/// prescribes.
void write_double(std::string& out, double value) {
  ENSURE(std::isfinite(value));
  if (value == 0) {
    out += '0';
    return;
  }
  std::array<char, 40> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(value),
                                 std::chars_format::scientific)
                       .ptr;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const std::size_t e = text.find('e');
  std::string digits(1, text[0]);
  if (e > 2) digits += text.substr(2, e - 2);
  int exponent = 0;
  const char* first = text.data() + e + 1;
  if (*first == '+') ++first;
  std::from_chars(first, text.data() + text.size(), exponent);
  const int point = exponent + 1;  // the value is 0.digits × 10^point
  const int count = static_cast<int>(digits.size());
  if (value < 0) out += '-';
  if (point > 21 || point < -5) {
    out += digits[0];
    if (count > 1) out += '.' + digits.substr(1);
    out += std::string("e") + (exponent < 0 ? "-" : "+") + std::to_string(std::abs(exponent));
  } else if (point <= 0) {
    out += "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  } else if (point >= count) {
    out += digits + std::string(static_cast<std::size_t>(point - count), '0');
  } else {
    out += digits.substr(0, static_cast<std::size_t>(point)) + '.' +
           digits.substr(static_cast<std::size_t>(point));
  }
}

/// Writes canonical JSON, or the same with line breaks when `indent` is not negative.
class Writer {
 public:
  Writer(std::string& out, bool pretty) : out_(out), pretty_(pretty) {}

  void write(const Value& value, int depth) {
    if (value.is_null())
      out_ += "null";
    else if (const bool* truth = value.as_bool())
      out_ += *truth ? "true" : "false";
    else if (const std::int64_t* integer = value.as_integer())
      write_integer(*integer);
    else if (const double* number = value.as_double())
      write_double(out_, *number);
    else if (const std::string* text = value.as_string())
      write_string(out_, *text);
    else if (const Array* items = value.as_array())
      write_array(*items, depth);
    else
      write_object(*value.as_object(), depth);
  }

 private:
  void write_integer(std::int64_t integer) {
    ENSURE(integer >= -exact_integer_max && integer <= exact_integer_max);
    out_ += std::to_string(integer);
  }
  void new_line(int depth) {
    if (pretty_) out_ += "\n" + std::string(static_cast<std::size_t>(depth) * 2, ' ');
  }
  void write_array(const Array& items, int depth) {
    out_ += '[';
    bool first = true;
    for (const Value& item : items) {
      if (!std::exchange(first, false)) out_ += ',';
      new_line(depth + 1);
      write(item, depth + 1);
    }
    if (!first) new_line(depth);
    out_ += ']';
  }
  void write_object(const Object& members, int depth) {
    std::vector<const Object::value_type*> sorted;
    sorted.reserve(members.size());
    bool ascii = true;
    for (const auto& member : members) {
      sorted.push_back(&member);
      ascii = ascii && std::all_of(member.first.begin(), member.first.end(),
                                   [](char c) { return static_cast<std::uint8_t>(c) < 0x80; });
    }
    if (!ascii)
      std::sort(sorted.begin(), sorted.end(),
                [](const auto* a, const auto* b) { return utf16(a->first) < utf16(b->first); });
    out_ += '{';
    bool first = true;
    for (const auto* member : sorted) {
      if (!std::exchange(first, false)) out_ += ',';
      new_line(depth + 1);
      write_string(out_, member->first);
      out_ += pretty_ ? ": " : ":";
      write(member->second, depth + 1);
    }
    if (!first) new_line(depth);
    out_ += '}';
  }

  std::string& out_;
  bool pretty_;
};

}  // namespace

Value::Value(std::uint64_t value) : data_(static_cast<std::int64_t>(value)) {
  ENSURE(value <= static_cast<std::uint64_t>(exact_integer_max));
}

const Value* Value::find(std::string_view name) const {
  const Object* members = as_object();
  if (members == nullptr) return nullptr;
  const auto found = members->find(name);
  return found == members->end() ? nullptr : &found->second;
}

std::string_view Value::text_at(std::string_view name) const {
  const Value* member = find(name);
  const std::string* text = member == nullptr ? nullptr : member->as_string();
  return text == nullptr ? std::string_view{} : *text;
}

Result<Value> parse(std::string_view text, Limits limits) {
  if (text.size() > limits.bytes_max)
    return fail(ErrorCode::invalid,
                "This JSON is larger than " + std::to_string(limits.bytes_max) + " bytes.");
  Builder builder(limits.depth_max);
  try {
    if (nlohmann::json::sax_parse(text, &builder)) return std::move(builder.root);
  } catch (const std::exception& error) {
    builder.fault = error.what();
  }
  return fail(ErrorCode::invalid, "This is not acceptable JSON: " + builder.fault + ".");
}

std::string canonical(const Value& value) {
  std::string out;
  Writer(out, false).write(value, 0);
  return out;
}

std::string pretty(const Value& value) {
  std::string out;
  Writer(out, true).write(value, 0);
  return out;
}

tl::unexpected<Error> Reader::fault(std::string_view name, std::string_view what) const {
  return fail(ErrorCode::invalid, "\"" + path_ + std::string(name) + "\" " + std::string(what) + ".");
}

bool Reader::has(std::string_view name) const { return value_->find(name) != nullptr; }

Result<const Value*> Reader::any(std::string_view name) {
  seen_.emplace_back(name);
  const Value* member = value_->find(name);
  if (member == nullptr) return fault(name, "is missing");
  return member;
}

Result<std::string> Reader::text(std::string_view name, std::size_t bytes_max) {
  const std::string* text = TRY(any(name))->as_string();
  if (text == nullptr) return fault(name, "must be a string");
  if (text->size() > bytes_max) return fault(name, "is longer than " + std::to_string(bytes_max) + " bytes");
  return *text;
}

Result<std::string> Reader::text_or(std::string_view name, std::string otherwise, std::size_t bytes_max) {
  if (!has(name)) return otherwise;
  return text(name, bytes_max);
}

Result<std::int64_t> Reader::integer(std::string_view name) {
  const std::int64_t* integer = TRY(any(name))->as_integer();
  if (integer == nullptr || *integer > exact_integer_max || *integer < -exact_integer_max)
    return fault(name, "must be a whole number");
  return *integer;
}

Result<bool> Reader::boolean(std::string_view name) {
  const bool* truth = TRY(any(name))->as_bool();
  if (truth == nullptr) return fault(name, "must be true or false");
  return *truth;
}

Result<const Array*> Reader::array(std::string_view name, std::size_t size_max) {
  const Array* items = TRY(any(name))->as_array();
  if (items == nullptr) return fault(name, "must be an array");
  if (items->size() > size_max) return fault(name, "has more than " + std::to_string(size_max) + " items");
  return items;
}

Result<void> Reader::finish() const {
  const Object* members = value_->as_object();
  if (members == nullptr) return fail(ErrorCode::invalid, "A JSON object is expected here.");
  for (const auto& [name, value] : *members)
    if (std::find(seen_.begin(), seen_.end(), name) == seen_.end()) return fault(name, "is not known here");
  return {};
}

}  // namespace postern::json
