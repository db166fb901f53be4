#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace postern {

/// Overwrites memory in a way that the compiler may not leave out.
void wipe(void* memory, std::size_t size);
inline void wipe(std::string& text) {
  wipe(text.data(), text.size());
  text.clear();
}

/// A password, key or token. Zeroed when destroyed or moved from, compared in constant time, never printed:
/// the one way to its text is `reveal()`, so that `grep reveal` finds every place where a secret leaves.
class Secret {
 public:
  Secret() = default;
  /// Takes `text` over; the caller's copy is wiped.
  explicit Secret(std::string&& text) : text_(text) { wipe(text); }
  Secret(const Secret&) = default;
  // A copy and a wipe, because a moved-from short string keeps its bytes.
  Secret(Secret&& other) noexcept : text_(other.text_) {  // NOLINT(performance-move-constructor-init)
    wipe(other.text_);
  }
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      wipe(text_);
      text_ = other.text_;
    }
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe(text_);
      text_ = other.text_;
      wipe(other.text_);
    }
    return *this;
  }
  ~Secret() { wipe(text_); }

  /// A copy of `text`, for callers that do not own it (an environment variable, a parsed document).
  static Secret copy_of(std::string_view text) { return Secret(std::string(text)); }

  [[nodiscard]] std::string_view reveal() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  /// Constant time for equal lengths.
  friend bool operator==(const Secret& a, const Secret& b) { return same(a.text_, b.text_); }

 private:
  static bool same(std::string_view a, std::string_view b);
  std::string text_;
};

}  // namespace postern
