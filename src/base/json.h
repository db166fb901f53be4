#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace postern::json {

class Value;
using Array = std::vector<Value>;
/// Sorted by the bytes of the key. (RFC 8785 sorts by UTF-16 units; `canonical` does.)
using Object = std::map<std::string, Value, std::less<>>;

/// One JSON value. Whole numbers are exact 64-bit integers; anything with a fraction or exponent is a double.
class Value {
 public:
  Value() = default;
  Value(std::nullptr_t) {}                                       // NOLINT(google-explicit-constructor)
  Value(bool value) : data_(value) {}                            // NOLINT(google-explicit-constructor)
  Value(int value) : data_(static_cast<std::int64_t>(value)) {}  // NOLINT(google-explicit-constructor)
  Value(std::int64_t value) : data_(value) {}                    // NOLINT(google-explicit-constructor)
  Value(std::uint64_t value);                                    // NOLINT(google-explicit-constructor)
  Value(double value) : data_(value) {}                          // NOLINT(google-explicit-constructor)
  Value(const char* text) : data_(std::string(text)) {}          // NOLINT(google-explicit-constructor)
  Value(std::string_view text) : data_(std::string(text)) {}     // NOLINT(google-explicit-constructor)
  Value(std::string text) : data_(std::move(text)) {}            // NOLINT(google-explicit-constructor)
  Value(Array items) : data_(std::move(items)) {}                // NOLINT(google-explicit-constructor)
  Value(Object members) : data_(std::move(members)) {}           // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::nullptr_t>(data_); }
  [[nodiscard]] const bool* as_bool() const { return std::get_if<bool>(&data_); }
  [[nodiscard]] const std::int64_t* as_integer() const { return std::get_if<std::int64_t>(&data_); }
  [[nodiscard]] const double* as_double() const { return std::get_if<double>(&data_); }
  [[nodiscard]] const std::string* as_string() const { return std::get_if<std::string>(&data_); }
  [[nodiscard]] const Array* as_array() const { return std::get_if<Array>(&data_); }
  [[nodiscard]] const Object* as_object() const { return std::get_if<Object>(&data_); }
  [[nodiscard]] Object* as_object() { return std::get_if<Object>(&data_); }
  [[nodiscard]] Array* as_array() { return std::get_if<Array>(&data_); }

  /// The member of that name, or nullptr when this is no object or has none.
  [[nodiscard]] const Value* find(std::string_view name) const;
  /// The member as text, or "" when it is not there or not a string. For reading answers leniently.
  [[nodiscard]] std::string_view text_at(std::string_view name) const;

  friend bool operator==(const Value&, const Value&) = default;

 private:
  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object> data_ = nullptr;
};

/// What a text may cost its reader.
struct Limits {
  std::size_t bytes_max = 1U << 20U;
  int depth_max = 32;
};

/// Strict I-JSON (RFC 7493): duplicate keys, bad UTF-8, whole numbers beyond ±(2^53-1), and anything over a
/// limit are faults; the message gives line and column, and whatever is accepted has a canonical form. Never
/// throws, never recurses deeper than `depth_max`.
Result<Value> parse(std::string_view text, Limits limits = {});

/// The canonical form of RFC 8785: no white space, keys sorted by UTF-16 code units, shortest numbers.
/// Integers beyond ±(2^53-1) have no canonical form and must not be given: write them as strings.
std::string canonical(const Value& value);

/// Two-space indentation, for people.
std::string pretty(const Value& value);

// --- Reading typed members; the fault names the path
// ----------------------------------------------------------
/// Members of one object, read by name. `finish()` says which members nobody asked for.
class Reader {
 public:
  /// `value` must outlive the reader. A value that is no object yields faults on every read.
  explicit Reader(const Value& value, std::string path = "") : value_(&value), path_(std::move(path)) {}

  Result<std::string> text(std::string_view name, std::size_t bytes_max = 4096);
  Result<std::string> text_or(std::string_view name, std::string otherwise, std::size_t bytes_max = 4096);
  Result<std::int64_t> integer(std::string_view name);
  Result<bool> boolean(std::string_view name);
  Result<const Value*> any(std::string_view name);
  Result<const Array*> array(std::string_view name, std::size_t size_max = 4096);
  [[nodiscard]] bool has(std::string_view name) const;
  /// A fault when the object has a member that was never read: a misspelt option must not be ignored.
  Result<void> finish() const;

 private:
  [[nodiscard]] tl::unexpected<Error> fault(std::string_view name, std::string_view what) const;
  const Value* value_;
  std::string path_;
  std::vector<std::string> seen_;
};

}  // namespace postern::json
