#include "catalog/form.h"

#include <re2/re2.h>

#include <algorithm>
#include <memory>

#include "base/encoding.h"

namespace postern::catalog {
namespace {

constexpr std::int64_t pattern_memory_max = 1 << 16;

std::shared_ptr<const RE2> compiled_pattern(const std::string& pattern) {
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(pattern_memory_max);
  options.set_never_capture(true);
  return std::make_shared<const RE2>(pattern, options);
}

tl::unexpected<Error> wrong(const FormField& field, const std::string& what) {
  return fail(ErrorCode::invalid, "Field \"" + field.id + "\" (" + field.label + "): " + what);
}

Result<void> check_text(const FormField& field, const std::string& value) {
  if (value.size() > field.length_max)
    return wrong(field, "at most " + std::to_string(field.length_max) + " bytes.");
  if (field.pattern.empty()) return {};
  if (RE2::FullMatch(value, *compiled_pattern(field.pattern))) return {};
  return wrong(field, "it must match " + field.pattern);
}

Result<void> check_account(const Catalog& catalog, const Process& process, const FormField& field,
                           const std::string& value) {
  const auto id = AccountId::parse(value);
  const Account* account = id ? catalog.account(*id) : nullptr;
  if (account != nullptr && covers(process, *account)) return {};
  return wrong(field, "it must be an account that " + process.id.text() + " covers.");
}

Result<void> check_duration(const FormField& field, const std::string& value) {
  const auto duration = parse_duration(value);
  if (!duration) return wrong(field, duration.error().message);
  if (field.longest && *duration > *field.longest)
    return wrong(field, "at most " + to_text(*field.longest) + ".");
  return {};
}

Result<void> check_value(const Catalog& catalog, const Process& process, const FormField& field,
                         const std::string& value) {
  const bool several_lines = field.kind == FormField::Kind::text;
  if (value.empty() || value.size() > form_value_bytes_max || !is_printable_text(value) ||
      (!several_lines && value.find_first_of("\n\t") != std::string::npos))
    return wrong(field, "fill in printable text, or leave the field out.");
  switch (field.kind) {
    case FormField::Kind::text:
    case FormField::Kind::ticket:
      return check_text(field, value);
    case FormField::Kind::choice:
      if (std::find(field.choices.begin(), field.choices.end(), value) != field.choices.end()) return {};
      return wrong(field, "that is none of its choices.");
    case FormField::Kind::account:
      return check_account(catalog, process, field, value);
    case FormField::Kind::role: {
      const auto& smaller = process.access.smaller_roles;
      if (value == process.access.target_role ||
          std::find(smaller.begin(), smaller.end(), value) != smaller.end())
        return {};
      return wrong(field, process.id.text() + " gives no such role.");
    }
    case FormField::Kind::duration:
      return check_duration(field, value);
  }
  return {};
}

}  // namespace

std::optional<std::string> flaw_of_pattern(const std::string& pattern) {
  const auto compiled = compiled_pattern(pattern);
  return compiled->ok() ? std::nullopt : std::optional(compiled->error());
}

Result<void> check_form(const Catalog& catalog, const Process& process, const FormValues& values) {
  for (const auto& [id, value] : values) {
    const auto field = std::find_if(process.form.begin(), process.form.end(),
                                    [&](const FormField& each) { return each.id == id; });
    if (field == process.form.end())
      return fail(ErrorCode::invalid, "The form of " + process.id.text() + " has no field \"" +
                                          sanitized(id.substr(0, 64), Lines::replace) + "\".");
    TRY(check_value(catalog, process, *field, value));
  }
  for (const FormField& each : process.form)
    if (each.is_required && !values.contains(each.id)) return wrong(each, "it must be filled in.");
  return {};
}

std::string_view name_of(FormField::Kind kind) {
  switch (kind) {
    case FormField::Kind::text:
      return "text";
    case FormField::Kind::choice:
      return "choice";
    case FormField::Kind::account:
      return "account";
    case FormField::Kind::role:
      return "role";
    case FormField::Kind::duration:
      return "duration";
    case FormField::Kind::ticket:
      return "ticket";
  }
  return "";
}

}  // namespace postern::catalog
