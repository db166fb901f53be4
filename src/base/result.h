#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace postern {

/// What went wrong, for programs. One table (server/problem.cc) gives each its HTTP status, and the client
/// maps it back, so a caller sees the same code on both sides of the wire.
enum class ErrorCode {
  invalid,          ///< The input is malformed or breaks a stated limit. Trying again unchanged cannot help.
  unauthenticated,  ///< Nobody has proven who is asking.
  forbidden,        ///< A rule says no to this person.
  not_found,        ///< The thing named does not exist.
  conflict,         ///< The state does not allow it now, or somebody else was first.
  exhausted,        ///< A stated limit (queue, rate, size) is reached. Try again later.
  unavailable,      ///< Something outside failed (disk, network, AWS). Trying again may help.
  outcome_unknown,  ///< It may or may not have happened. Look it up before trying again.
  damaged,          ///< Stored data is not what was written. Nothing may be built on it.
  internal,         ///< A fault of ours that harms only this call.
};

/// The stable, lower-case name of a code, e.g. "not_found".
const char* name_of(ErrorCode code);
/// The code with that name, or `internal` for a name that this version does not know.
ErrorCode error_code_named(std::string_view name);

/// Why an operation did not happen. `message` says what is wrong and then what to do next, and is shown to
/// the person; `detail` goes to the operator's log only. Neither may hold a secret.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
  std::string detail = {};
  friend bool operator==(const Error&, const Error&) = default;
};

/// A value or the Error that stood in its way. As tl::expected (so `std::expected`, once the compilers have
/// it), but it may not be ignored.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

/// `return fail(ErrorCode::invalid, "…");` in any function that returns a Result.
inline tl::unexpected<Error> fail(ErrorCode code, std::string message, std::string detail = {}) {
  return tl::unexpected(Error{code, std::move(message), std::move(detail)});
}

/// The value of a result that has one. For TRY.
template <class T>
T taken(Result<T>&& result) {
  return *std::move(result);
}
inline void taken(Result<void>&& /*result*/) {}

[[noreturn]] void broken_invariant(const char* file, int line, const char* condition);

}  // namespace postern

/// Stops the process when our own reasoning is wrong; never for input, network or disk. On in release builds:
/// a restart replays the ledger, and that is safer than going on.
#define ENSURE(condition)                                                          \
  do {                                                                             \
    if (!(condition)) ::postern::broken_invariant(__FILE__, __LINE__, #condition); \
  } while (false)

#define POSTERN_JOIN_(a, b) a##b
#define POSTERN_JOIN(a, b) POSTERN_JOIN_(a, b)
// NOLINTBEGIN(bugprone-macro-parentheses)
#define POSTERN_TRY(result, expression)                              \
  __extension__({                                                    \
    auto result = (expression);                                      \
    if (!result) return ::tl::unexpected(std::move(result).error()); \
    ::postern::taken(std::move(result));                             \
  })
// NOLINTEND(bugprone-macro-parentheses)
/// The value of `expression`, or return its Error from this function.
#define TRY(expression) POSTERN_TRY(POSTERN_JOIN(try_result_, __COUNTER__), expression)
