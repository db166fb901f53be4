#include "catalog_file/yaml_reader.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "base/encoding.h"
#include "catalog_file/suggest.h"

namespace postern::catalog_file {
namespace {

/// `text` as a message may show it.
std::string shown(std::string_view text) {
  const std::string safe = sanitized(text, Lines::replace);
  return safe.size() <= 64 ? "\"" + safe + "\"" : "this text of " + std::to_string(safe.size()) + " bytes";
}

}  // namespace

void Scope::add(Fault fault) {
  if (forgives_) return;
  const bool is_error = fault.severity() == catalog::Severity::error;
  has_errors_ = has_errors_ || is_error;
  if (!full()) return faults_.push_back(std::move(fault));
  ++left_out_;
  if (!is_error) return;
  // An error takes the place of a warning: nobody must be refused without a reason.
  const auto warning = std::find_if(faults_.rbegin(), faults_.rend(), [](const Fault& each) {
    return each.severity() == catalog::Severity::warning;
  });
  if (warning != faults_.rend()) *warning = std::move(fault);
}

void Scope::note(catalog::Rule rule, Position at, std::string what, std::string fix) {
  add({.rule = rule,
       .file = parts_.at(static_cast<std::size_t>(at.part)),
       .line = at.line,
       .column = at.column,
       .what = std::move(what),
       .fix = std::move(fix)});
}

void Scope::note_of_file(catalog::Rule rule, std::string_view file, Position at, std::string what) {
  add({.rule = rule,
       .file = std::string(file),
       .line = at.line,
       .column = at.column,
       .what = std::move(what)});
}

Position Scope::place_of(std::string path) const {
  while (true) {
    if (const auto found = places_.find(path); found != places_.end()) return found->second;
    const std::size_t end = path.find_last_of(".[");
    if (end == std::string::npos) return {};
    path.resize(end);
  }
}

void Value::fault(catalog::Rule rule, std::string what) const {
  if (node_ != nullptr) scope_->note(rule, node_->at, std::move(what));
}

std::string Value::label() const {
  if (path_.empty()) return "The file";
  const std::size_t dot = path_.rfind('.');
  return "\"" + (dot == std::string::npos ? path_ : path_.substr(dot + 1)) + "\"";
}

bool Value::is(Node::Kind kind, std::string_view expected) const {
  if (node_ == nullptr) return false;
  if (node_->kind == kind) return true;
  const std::string_view found = node_->kind == Node::Kind::nothing   ? "nothing"
                                 : node_->kind == Node::Kind::list    ? "a list"
                                 : node_->kind == Node::Kind::mapping ? "a mapping"
                                                                      : "a single value";
  error(label() + " must be " + std::string(expected) + ", and here is " + std::string(found) + ".");
  return false;
}

std::string Value::text(std::size_t bytes_max) const {
  if (!is(Node::Kind::scalar, "text")) return "";
  if (node_->text.find_first_not_of(" \t\n") == std::string::npos)
    error(label() + " is empty. Fill it in or leave it out.");
  // An escape such as "\x1b" in quotes brings in what the file itself may not hold.
  if (!is_printable_text(node_->text))
    error(label() + " has a control or bidirectional character. Remove it.");
  if (node_->text.size() > bytes_max)
    error(label() + " is longer than " + std::to_string(bytes_max) + " bytes. Shorten it.");
  return node_->text;
}

std::string Value::line(std::size_t bytes_max) const {
  std::string out = text(bytes_max);
  if (out.find_first_of("\n\t") != std::string::npos) error(label() + " must be one line without tabs.");
  return out;
}

bool Value::boolean(bool otherwise) const {
  if (!is(Node::Kind::scalar, "true or false")) return otherwise;
  if (!node_->quoted && node_->text == "true") return true;
  if (!node_->quoted && node_->text == "false") return false;
  error(label() + " must be true or false, without quotes.");
  return otherwise;
}

int Value::integer(int least, int most, int otherwise) const {
  if (!is(Node::Kind::scalar, "a whole number")) return otherwise;
  const std::string& text = node_->text;
  int number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = !node_->quoted && failure == std::errc{} && end == text.data() + text.size() &&
                     (text.size() == 1 || text[0] != '0');
  if (whole && number >= least && number <= most) return number;
  error(label() + " must be a whole number from " + std::to_string(least) + " to " + std::to_string(most) +
        ", without quotes.");
  return otherwise;
}

seconds Value::duration(seconds least, seconds otherwise) const {
  if (!is(Node::Kind::scalar, "a duration")) return otherwise;
  const auto read = parse_duration(node_->text);
  if (!read) {
    error(read.error().message);
    return otherwise;
  }
  if (*read >= least) return *read;
  error(label() + " must be at least " + postern::to_text(least) + ".");
  return otherwise;
}

std::optional<AccountId> Value::account_id() const { return id<AccountId>(); }

std::string Value::one_of(const std::vector<std::string_view>& words) const {
  const std::string text = line();
  if (!present() || std::find(words.begin(), words.end(), text) != words.end()) return text;
  if (!text.empty()) error(label() + " cannot be " + shown(text) + "." + hint(text, words));
  return std::string(words.front());
}

std::string Value::matching(bool (*fits)(std::string_view), std::string_view form) const {
  std::string text = line();
  if (!text.empty() && !fits(text)) error(label() + " must be " + std::string(form) + ".");
  return text;
}

std::string Value::name_text(Kind kind) const {
  std::string text = line();
  if (text.empty() || scope_->names().has(kind, text)) return text;
  if (scope_->full()) return "";
  const std::string word(word_for(kind));
  fault(catalog::Rule::unknown_name,
        "There is no " + word + " " + shown(text) + "." + hint(text, scope_->names().all(kind)));
  return "";
}

std::vector<Value> Value::items(bool may_be_empty) const {
  std::vector<Value> out;
  if (!is(Node::Kind::list, "a list")) return out;
  if (node_->items.empty() && !may_be_empty) error(label() + " is an empty list. Name at least one.");
  for (const auto& each : node_->items)
    out.emplace_back(*scope_, each.get(), path_ + "[" + std::to_string(out.size()) + "]");
  return out;
}

std::vector<Value> Value::distinct_items(bool may_be_empty) const {
  std::vector<Value> out;
  std::set<std::string_view> seen;
  for (Value& each : items(may_be_empty)) {
    if (each.is(Node::Kind::scalar, "a list of words") && !seen.insert(each.node_->text).second)
      each.fault(catalog::Rule::stands_twice,
                 shown(each.node_->text) + " stands twice in this list. Remove one of them.");
    else
      out.push_back(std::move(each));
  }
  return out;
}

std::vector<Entry> Value::entries() const {
  std::vector<Entry> out;
  if (!is(Node::Kind::mapping, "a mapping")) return out;
  for (const Member& each : node_->members) {
    const std::string path = path_.empty() ? each.key->text : path_ + "." + each.key->text;
    // The key comes first: what is said of the thing as a whole is shown where its name stands.
    Value key(*scope_, each.key.get(), path);
    out.push_back({std::move(key), Value(*scope_, each.value.get(), path)});
  }
  return out;
}

Mapping::Mapping(const Value& value, std::span<const std::string_view> keys, Echo echo) : value_(value) {
  for (const Entry& each : value.entries()) {
    const std::string& key = each.key.node()->text;
    if (std::find(keys.begin(), keys.end(), key) != keys.end() || value.scope().full()) continue;
    each.key.fault(catalog::Rule::unknown_key, (echo == Echo::on ? shown(key) : std::string("A key")) +
                                                   " means nothing here." +
                                                   hint(key, {keys.begin(), keys.end()}));
  }
}

Value member(const Value& value, std::string_view key) {
  const Node* node = value.node() == nullptr ? nullptr : value.node()->find(key);
  const std::string path = value.path().empty() ? std::string(key) : value.path() + "." + std::string(key);
  return {value.scope(), node, path};
}

Value Mapping::optional(std::string_view key) const { return member(value_, key); }

Value Mapping::required(std::string_view key) const {
  if (value_.node() != nullptr && value_.node()->kind == Node::Kind::mapping && !has(key))
    value_.fault(catalog::Rule::missing_key, "\"" + std::string(key) + "\" is missing here. Add it.");
  return optional(key);
}

bool Mapping::has(std::string_view key) const {
  return value_.node() != nullptr && value_.node()->find(key) != nullptr;
}

std::string_view Mapping::exactly_one(std::initializer_list<std::string_view> keys) const {
  std::string_view found;
  int count = 0;
  std::string list;
  for (const std::string_view key : keys) {
    list += (list.empty() ? "" : ", ") + std::string(key);
    if (!has(key)) continue;
    found = key;
    ++count;
  }
  if (count == 1) return found;
  if (value_.node() != nullptr && value_.node()->kind == Node::Kind::mapping)
    value_.fault(
        count == 0 ? catalog::Rule::missing_key : catalog::Rule::wrong_value,
        (count == 0 ? "One of these keys is needed here: " : "Only one of these keys can stand here: ") +
            list + ".");
  return "";
}

}  // namespace postern::catalog_file
