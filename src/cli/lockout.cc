// Which failures together leave nobody able to get in.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "base/encoding.h"
#include "catalog_file/catalog_file.h"
#include "cli/commands.h"
#include "lockout/cut_sets.h"
#include "lockout/nobody_gets_in.h"
#include "lockout/picture.h"
#include "open_psa/open_psa.h"

namespace postern::cli {
namespace {

/// After this, what is known so far is said, and that it is not all.
constexpr std::chrono::seconds deadline{60};
constexpr std::size_t importance_max = 10;
/// Cut sets listed where nobody asks for another number.
constexpr std::size_t text_list_max = 50;
constexpr std::size_t json_list_max = 100'000;

/// Solves until the deadline of the whole run; what comes after it is known only in part, and says so.
class Solver {
 public:
  lockout::CutSets operator()(const lockout::FaultTree& tree) const {
    return lockout::cut_sets(tree,
                             {.goes_on = [end = end_] { return std::chrono::steady_clock::now() < end; }});
  }

 private:
  std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::now() + deadline;
};

std::string words(const lockout::Event& event) {
  return sanitized(event.title.empty() ? event.id : event.title, Lines::replace);
}

using Set = std::vector<std::uint32_t>;

/// The cut sets from the smallest on that `is_wanted`, until `max` of them or `size_max` events.
std::vector<Set> listed(const lockout::CutSets& sets, std::size_t size_max, std::size_t max,
                        const std::function<bool(const Set&)>& is_wanted = {}) {
  std::vector<Set> out;
  for (const auto& [size, count] : sets.by_size()) {
    if (out.size() >= max || (size_max > 0 && size > size_max)) break;
    sets.each(size, [&](const Set& set) {
      if (!is_wanted || is_wanted(set)) out.push_back(set);
      return out.size() < max;
    });
  }
  return out;
}

std::string how_many(lockout::Count count) {
  return count == lockout::count_max ? "more than 18 million million million" : std::to_string(count);
}

json::Value number(lockout::Count count) {
  constexpr lockout::Count exact_max = lockout::Count{1} << 53U;
  if (count <= exact_max) return static_cast<std::int64_t>(count);
  return std::to_string(count);
}

json::Object to_json(const lockout::FaultTree& tree, const lockout::CutSets& sets,
                     const LockoutOptions& options) {
  json::Array by_size;
  for (const auto& [size, count] : sets.by_size())
    by_size.push_back(json::Object{{"count", number(count)}, {"events", static_cast<std::int64_t>(size)}});
  json::Array list;
  for (const Set& set : listed(sets, options.size_max, options.list_max.value_or(json_list_max))) {
    json::Array events;
    for (const std::uint32_t each : set) events.emplace_back(tree.events()[each].id);
    list.emplace_back(std::move(events));
  }
  json::Array importance;
  for (const lockout::Importance& each : sets.importance()) {
    json::Object one{{"cut_sets", number(each.cut_sets)},
                     {"event", tree.events()[each.event].id},
                     {"smallest_cut_set", static_cast<std::int64_t>(each.smallest)}};
    // Doubles are no part of our JSON, so that everything has one canonical form.
    if (each.birnbaum) one["birnbaum"] = fmt::format("{:.9g}", *each.birnbaum);
    if (each.criticality) one["criticality"] = fmt::format("{:.9g}", *each.criticality);
    importance.push_back(std::move(one));
  }
  json::Object out{{"by_size", std::move(by_size)},
                   {"count", number(sets.count())},
                   {"importance", std::move(importance)},
                   {"listed", static_cast<std::int64_t>(list.size())}};
  out["cut_sets"] = std::move(list);
  if (const auto size = sets.known_up_to()) out["known_up_to"] = static_cast<std::int64_t>(*size);
  if (const auto probability = sets.probability()) out["probability"] = fmt::format("{:.9g}", *probability);
  return out;
}

std::string joined(const lockout::FaultTree& tree, const Set& set) {
  std::string out;
  for (std::size_t i = 0; i < set.size(); ++i)
    out += (i == 0 ? "" : i + 1 == set.size() ? " and " : ", ") + words(tree.events()[set[i]]);
  return out;
}

/// Single points of failure first, each with what would remove it; then combinations; then what weighs most.
std::string in_words(const lockout::FaultTree& tree, const lockout::CutSets& sets,
                     const LockoutOptions& options, bool is_ours) {
  const auto by_size = sets.by_size();
  if (by_size.contains(0)) return "  Nobody gets in, even when everything else works.\n";
  if (by_size.empty()) return "  Nothing can bring this about.\n";
  std::string out;
  for (const auto& [size, count] : by_size)
    if (options.size_max == 0 || size <= options.size_max)
      out += fmt::format("  {} combination{} of {} failure{}\n", how_many(count), count == 1 ? "" : "s", size,
                         size == 1 ? "" : "s");
  if (const auto known = sets.known_up_to())
    out += fmt::format(
        "  Not all could be worked out in the time and memory allowed. Proven: those of up to {} failures "
        "are "
        "complete; nothing is known of larger ones.\n",
        *known);
  else if (options.size_max > 0 && options.size_max < by_size.rbegin()->first)
    out += fmt::format("  As asked, larger ones than {} are left out here. There are {} in all.\n",
                       options.size_max, how_many(sets.count()));
  if (const auto probability = sets.probability())
    out += fmt::format("  Probability: {:.6g}\n", *probability);
  // Who has lost the key is as good as away: said once, and not as two combinations.
  const std::size_t list_max = options.list_max.value_or(text_list_max);
  const auto list = listed(sets, options.size_max, list_max, [&](const Set& set) {
    return std::none_of(set.begin(), set.end(), [&](std::uint32_t each) {
      return is_ours && tree.events()[each].id.starts_with("key.");
    });
  });
  for (const Set& set : list) {
    if (set.size() > 1) {
      out += fmt::format("  If these {} happen together: {}.\n", set.size(), joined(tree, set));
      continue;
    }
    const lockout::Event& event = tree.events()[set.front()];
    out += fmt::format("  Single point of failure: {}.{}\n", words(event),
                       is_ours ? " " + lockout::remedy(event.id) : "");
  }
  if (list.size() == list_max && list.size() < sets.count())
    out += fmt::format("  … the first {}; more with --list, all with --json\n", list.size());
  out += "  What weighs most:";
  std::size_t told = 0;
  for (const lockout::Importance& each : sets.importance()) {
    if (told++ == importance_max) break;
    out += fmt::format("\n    {} (in {} of them; the smallest has {})", words(tree.events()[each.event]),
                       how_many(each.cut_sets), each.smallest);
    if (each.criticality) out += fmt::format(", criticality {:.3g}", *each.criticality);
  }
  return out + "\n";
}

Result<void> write_file(const std::string& folder, const std::string& name, const std::string& text) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::filesystem::path path = std::filesystem::path(folder) / name;
  std::ofstream file(path, std::ios::trunc);
  file << text;
  if (!file.flush()) return fail(ErrorCode::unavailable, path.string() + " cannot be written.");
  return {};
}

std::string name_of(const lockout::Case& each) {
  return each.mode.text() + "-" + each.accounts.front().text();
}

Result<void> write_pictures(const std::string& folder, const catalog::Catalog& catalog,
                            const std::vector<lockout::Case>& cases) {
  const Solver solved;
  for (const lockout::Case& each : cases)
    TRY(write_file(folder, name_of(each) + ".svg", lockout::svg(catalog, each, solved)));
  return write_file(folder, "index.html", lockout::html(catalog, cases, solved));
}

/// Which ways are left: those that nothing that is down already blocks.
std::vector<std::string> left_open(const lockout::Case& each) {
  std::vector<std::string> out;
  for (const lockout::Way& way : each.ways) {
    if (!each.tree.is_certain(way.blocked)) out.push_back(way.process.text());
  }
  return out;
}

std::string list_of(const std::vector<std::string>& names, const char* none) {
  std::string out;
  for (const std::string& each : names) out += (out.empty() ? "" : ", ") + each;
  return out.empty() ? none : out;
}

std::string list_of(const catalog::Catalog& catalog, const std::vector<AccountId>& accounts) {
  constexpr std::size_t named_max = 5;
  std::vector<std::string> names;
  for (const AccountId& each : accounts)
    if (names.size() < named_max) names.push_back(catalog.account(each)->name + " (" + each.text() + ")");
  std::string out = list_of(names, "");
  if (accounts.size() > named_max) out += fmt::format(" and {} more alike", accounts.size() - named_max);
  return out;
}

Result<std::set<std::string>> what_is_down(const std::vector<std::string>& given) {
  std::set<std::string> out;
  constexpr std::string_view ending = "=down";
  for (const std::string& each : given) {
    if (!each.ends_with(ending))
      return fail(ErrorCode::invalid, "\"" + sanitized(each, Lines::replace) +
                                          "\" says nothing. Write: --what-if corporate-dns=down");
    out.insert(each.substr(0, each.size() - ending.size()));
  }
  return out;
}

Result<int> judge_catalog(const LockoutOptions& options, Format format) {
  const catalog_file::Reading reading = catalog_file::read(TRY(catalog_file::load(options.file)));
  if (!reading.catalog)
    return fail(ErrorCode::invalid, "This catalog has errors. See them: postern check " + options.file);
  const std::set<std::string> down = TRY(what_is_down(options.down));
  std::string text;
  json::Array out;
  const std::vector<lockout::Case> cases = TRY(lockout::cases(*reading.catalog, down));
  if (!options.picture_folder.empty()) TRY(write_pictures(options.picture_folder, *reading.catalog, cases));
  const Solver solved;
  for (const lockout::Case& each : cases) {
    const lockout::CutSets sets = solved(each.tree);
    if (!options.open_psa_folder.empty())
      TRY(write_file(options.open_psa_folder, name_of(each) + ".xml",
                     open_psa::write(each.tree, name_of(each))));
    const std::vector<std::string> left = left_open(each);
    text += fmt::format("{}{}: {}\n  Ways that are left: {}\n", text.empty() ? "" : "\n", each.mode.text(),
                        list_of(*reading.catalog, each.accounts), list_of(left, "none"));
    if (each.ways.empty())
      text += "  No process that handles this failure mode reaches here.\n";
    else if (down.empty())
      text += in_words(each.tree, sets, options, true);
    if (format != Format::json) continue;
    json::Object one = to_json(each.tree, sets, options);
    json::Array accounts;
    for (const AccountId& account : each.accounts) accounts.emplace_back(account.text());
    json::Array ways;
    for (const std::string& way : left) ways.emplace_back(way);
    one["accounts"] = std::move(accounts);
    one["mode"] = each.mode.text();
    one["ways_left"] = std::move(ways);
    out.push_back(std::move(one));
  }
  if (!text.empty()) text.pop_back();
  return print(json::Object{{"cases", std::move(out)}}, text, format);
}

Result<int> judge_model(const LockoutOptions& options, Format format) {
  std::ifstream file(options.file, std::ios::binary);
  if (!file) return fail(ErrorCode::not_found, "There is no file " + options.file + ".");
  std::string xml;
  std::array<char, 1U << 16U> part{};
  while (xml.size() <= open_psa::model_bytes_max && (file.read(part.data(), part.size()), file.gcount() > 0))
    xml.append(part.data(), static_cast<std::size_t>(file.gcount()));
  const lockout::FaultTree tree = TRY(open_psa::read(xml));
  const lockout::CutSets sets = Solver()(tree);
  if (format == Format::json) return print(to_json(tree, sets, options), "", format);
  std::string text = in_words(tree, sets, options, false);
  text.pop_back();
  return print({}, text, format);
}

}  // namespace

int lockout(const LockoutOptions& options, Format format) {
  const auto done =
      options.file.ends_with(".xml") ? judge_model(options, format) : judge_catalog(options, format);
  return done ? *done : report(done.error(), format);
}

}  // namespace postern::cli
