#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/instant.h"
#include "catalog_file/catalog_file.h"
#include "catalog_file/names.h"
#include "catalog_file/yaml_tree.h"

/// Typed access to the tree. A fault is noted at its place and reading goes on with a stand-in, so that one
/// run shows all faults; a catalog that was read with an error is never given out.
namespace postern::catalog_file {

inline constexpr std::size_t faults_max = 500;  ///< later ones are left out; nobody mends more at a time

/// What all readers share.
class Scope {
 public:
  /// `parts` are the names of the files that positions speak of.
  Scope(Names names, std::vector<std::string> parts) : names_(std::move(names)), parts_(std::move(parts)) {}
  void note(catalog::Rule rule, Position at, std::string what, std::string fix = "");
  /// A fault of a file that is no part of the catalog's YAML.
  void note_of_file(catalog::Rule rule, std::string_view file, Position at, std::string what);
  /// From here on, form is not judged: a value that has another form than it must have now is read as far as
  /// it can be. For a catalog that is in force.
  void forgive() { forgives_ = true; }
  [[nodiscard]] bool full() const { return faults_.size() >= faults_max; }
  [[nodiscard]] std::size_t left_out() const { return left_out_; }
  [[nodiscard]] bool has_errors() const { return has_errors_; }
  [[nodiscard]] const Names& names() const { return names_; }
  /// Remembers where "processes.operate-workload.access" stands, for what lint says about it.
  void place(const std::string& path, Position at) { places_.emplace(path, at); }
  /// The place of the path, or of the nearest thing that it is part of.
  [[nodiscard]] Position place_of(std::string path) const;
  std::vector<Fault> take_faults() { return std::move(faults_); }

 private:
  void add(Fault fault);
  Names names_;
  std::vector<std::string> parts_;
  std::map<std::string, Position> places_;
  std::vector<Fault> faults_;
  std::size_t left_out_ = 0;
  bool has_errors_ = false;
  bool forgives_ = false;
};

struct Entry;

/// A value in the file, or its absence (an optional member that was left out, or one whose absence is noted
/// already): reading an absent value gives the stand-in and notes nothing.
class Value {
 public:
  Value(Scope& scope, const Node* node, std::string path)
      : scope_(&scope), node_(node), path_(std::move(path)) {
    if (node_ != nullptr) scope.place(path_, node_->at);
  }
  [[nodiscard]] bool present() const { return node_ != nullptr; }
  [[nodiscard]] const Node* node() const { return node_; }
  [[nodiscard]] Scope& scope() const { return *scope_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  /// The same value under another path, by which lint will speak of it.
  [[nodiscard]] Value named(std::string path) const { return {*scope_, node_, std::move(path)}; }
  void fault(catalog::Rule rule, std::string what) const;
  /// A value that does not have the form it must have.
  void error(std::string what) const { fault(catalog::Rule::wrong_value, std::move(what)); }

  /// Text of one line, or of several. Not empty.
  [[nodiscard]] std::string line(std::size_t bytes_max = 256) const;
  [[nodiscard]] std::string text(std::size_t bytes_max = 4096) const;
  [[nodiscard]] bool boolean(bool otherwise) const;
  [[nodiscard]] int integer(int least, int most, int otherwise) const;
  [[nodiscard]] seconds duration(seconds least, seconds otherwise) const;
  [[nodiscard]] std::optional<AccountId> account_id() const;
  /// One of a few words; the stand-in is the first.
  [[nodiscard]] std::string one_of(const std::vector<std::string_view>& words) const;
  /// A text of the stated form, else an error that says "must be <form>".
  [[nodiscard]] std::string matching(bool (*fits)(std::string_view), std::string_view form) const;

  template <class T>
  [[nodiscard]] std::optional<T> id() const {
    return parsed<T>(line());
  }
  /// The name of something that the catalog defines.
  template <class T>
  [[nodiscard]] std::optional<T> name(Kind kind) const {
    const std::string text = name_text(kind);
    return text.empty() ? std::nullopt : parsed<T>(text);
  }
  [[nodiscard]] std::string name_text(Kind kind) const;  ///< "" after a fault
  /// A list of such names, none of them twice.
  template <class T>
  [[nodiscard]] std::vector<T> names(Kind kind, bool may_be_empty = false) const {
    std::vector<T> out;
    for (const Value& each : distinct_items(may_be_empty))
      if (auto name = each.name<T>(kind)) out.push_back(*std::move(name));
    return out;
  }
  /// The items of a list.
  [[nodiscard]] std::vector<Value> items(bool may_be_empty = false) const;
  /// The items of a list of words, each only once.
  [[nodiscard]] std::vector<Value> distinct_items(bool may_be_empty = false) const;
  /// The members of a mapping whose keys are names of the writer's choice.
  [[nodiscard]] std::vector<Entry> entries() const;

 private:
  template <class T>
  [[nodiscard]] std::optional<T> parsed(const std::string& text) const {
    if (text.empty()) return std::nullopt;
    auto id = T::parse(text);
    if (id) return *std::move(id);
    error(id.error().message);
    return std::nullopt;
  }
  [[nodiscard]] bool is(Node::Kind kind, std::string_view expected) const;
  [[nodiscard]] std::string label() const;

  Scope* scope_;
  const Node* node_;
  std::string path_;
};

struct Entry {
  Value key;
  Value value;
};

/// A mapping whose keys the format fixes. Unknown keys are noted when it is made.
class Mapping {
 public:
  /// Whether a message may repeat an unknown key: not where it could be a secret.
  enum class Echo { on, off };
  Mapping(const Value& value, std::initializer_list<std::string_view> keys)
      : Mapping(value, std::span(keys.begin(), keys.size())) {}
  Mapping(const Value& value, std::span<const std::string_view> keys, Echo echo = Echo::on);
  /// From here on, lint speaks of it by this path: "people.aiko" for "people[0]".
  void rename(std::string path) { value_ = value_.named(std::move(path)); }
  /// The member; its absence is an error.
  [[nodiscard]] Value required(std::string_view key) const;
  [[nodiscard]] Value optional(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const;
  /// The one key of `keys` that is there; an error and "" when there are none or several.
  [[nodiscard]] std::string_view exactly_one(std::initializer_list<std::string_view> keys) const;

 private:
  Value value_;
};

/// The member of a mapping whose other keys are somebody else's to judge; absent when there is none.
Value member(const Value& value, std::string_view key);

}  // namespace postern::catalog_file
