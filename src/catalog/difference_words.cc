#include <fmt/format.h>

#include <algorithm>

#include "catalog/difference_parts.h"

namespace postern::catalog {
namespace {

std::string named(const std::string& name, const std::string& id) {
  return name == id || name.empty() ? id : name + " (" + id + ")";
}

/// "all of (a; b)", "any of (a; b)", "2 of (a; b; c)".
template <class Tree>
std::string tree_in_words(int at_least, const std::vector<Tree>& of) {
  std::string out = at_least == std::ssize(of) ? "all" : at_least == 1 ? "any" : std::to_string(at_least);
  out += " of (";
  for (const Tree& each : of) out += (&each == of.data() ? "" : "; ") + in_words(each);
  return out + ")";
}

std::string probe_in_words(const ProbeId& probe, std::string_view state, seconds for_at_least) {
  return fmt::format("probe {} is {}{}", probe.text(), state,
                     for_at_least.count() != 0 ? " for at least " + to_text(for_at_least) : "");
}
std::string words_of(const ProbeDown& is) { return probe_in_words(is.probe, "down", is.for_at_least); }
std::string words_of(const ProbeUp& is) { return probe_in_words(is.probe, "up", is.for_at_least); }
std::string words_of(const Attested& is) {
  return fmt::format("{} of {} attest: {}", is.count, is.by.text(), quoted(is.statement));
}
std::string words_of(const AtLeast& is) { return tree_in_words(is.k, is.of); }

/// As it stands: for what is new.
std::string sentence(const Aspect& aspect) {
  if (aspect.verb.empty()) return fmt::format("{}: {}.", aspect.subject, joined(aspect.says));
  return fmt::format("{} {} {}.", aspect.subject, aspect.verb, joined(aspect.says));
}

/// "may now last", "now needs".
std::string with(std::string_view adverb, const std::string& verb) {
  const std::size_t end = std::min(verb.find(' '), verb.size());
  const std::string first = verb.substr(0, end);
  if (first != "is" && first != "may") return fmt::format("{} {}", adverb, verb);
  return fmt::format("{} {}{}", first, adverb, verb.substr(end));
}

std::string sentence_of_list(const Says& before, const Aspect& after) {
  const auto& [weight, where, subject, verb, items, only_order] = after;
  const std::string added = joined(surplus(items, before));
  const std::string removed = joined(surplus(before, items));
  const std::string gone = with("no longer", verb) + " " + removed;
  if (added.empty() && removed.empty())
    return fmt::format("{} {} {}: only the order changes.", subject, verb, joined(items));
  if (added.empty()) return fmt::format("{} {}.", subject, gone);
  const std::string come = with(before.empty() || !removed.empty() ? "now" : "now also", verb) + " " + added;
  if (removed.empty()) return fmt::format("{} {}.", subject, come);
  return fmt::format("{} {} and {}.", subject, come, gone);
}

std::string sentence(const Says& before, const Aspect& after) {
  const auto or_nothing = [](const Says& what) { return what.empty() ? "nothing" : joined(what); };
  if (after.verb.empty())
    return fmt::format("{} changes: {} → {}.", after.subject, or_nothing(before), or_nothing(after.says));
  if (before.size() == 1 && after.says.size() == 1)
    return fmt::format("{} {} {}, was {}.", after.subject, with("now", after.verb), after.says[0], before[0]);
  return sentence_of_list(before, after);
}

void compare_one(const Says& before, const Aspect& after, Changes& out) {
  if (before == after.says) return;
  const bool is_told_elsewhere =
      after.only_order && std::set<std::string>(before.begin(), before.end()) !=
                              std::set<std::string>(after.says.begin(), after.says.end());
  if (!is_told_elsewhere) out.add(after.weight, after.where, sentence(before, after));
}

const Aspect* at(const std::vector<Aspect>& aspects, const std::string& where) {
  const auto found =
      std::find_if(aspects.begin(), aspects.end(), [&](const Aspect& each) { return each.where == where; });
  return found == aspects.end() ? nullptr : &*found;
}

}  // namespace

std::string Pair::person(const PersonId& id) const {
  const Person* found = after.person(id);
  if (found == nullptr) found = before.person(id);
  return found == nullptr ? id.text() : named(found->name, id.text());
}

std::string Pair::people(const std::set<PersonId>& ids) const {
  Says out;
  for (const PersonId& each : ids) out.push_back(person(each));
  return joined(out);
}

std::string Pair::account(const AccountId& id) const {
  const Account* found = after.account(id);
  if (found == nullptr) found = before.account(id);
  return found == nullptr ? id.text() : named(found->name, id.text());
}

/// With escapes, so that no text can look like the end of itself and the start of something else.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    out += c;
  }
  return out + "\"";
}

Says says_text(const std::string& text) { return text.empty() ? Says{} : says(quoted(text)); }

Says says_duration(const std::optional<seconds>& duration) {
  return duration ? says(to_text(*duration)) : Says{};
}

Says says_needs(const std::optional<Needs>& needs) { return needs ? says(in_words(*needs)) : Says{}; }

std::string counted(std::ptrdiff_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : noun.ends_with('s') ? "es" : "s");
}

std::string joined(const Says& items) {
  std::string out;
  for (const std::string& each : items) out += (&each == items.data() ? "" : ", ") + each;
  return out;
}

Says surplus(const Says& a, const Says& b) {
  std::multiset<std::string_view> rest(b.begin(), b.end());
  Says out;
  for (const std::string& each : a) {
    const auto found = rest.find(each);
    if (found == rest.end())
      out.push_back(each);
    else
      rest.erase(found);
  }
  return out;
}

std::string in_words(const Needs& needs) {
  return needs.dependency.empty() ? tree_in_words(needs.at_least, needs.of) : needs.dependency;
}

std::string in_words(const Condition& condition) {
  return std::visit([](const auto& is) { return words_of(is); }, condition.is);
}

void compare(const std::vector<Aspect>& before, const std::vector<Aspect>& after, Changes& out) {
  for (const Aspect& each : after) {
    const Aspect* was = at(before, each.where);
    compare_one(was == nullptr ? Says{} : was->says, each, out);
  }
  for (const Aspect& each : before) {
    if (at(after, each.where) != nullptr) continue;
    Aspect gone = each;
    gone.says.clear();
    compare_one(each.says, gone, out);
  }
}

void compare(const std::optional<Part>& before, const std::optional<Part>& after, Changes& out) {
  if (before && after) return compare(before->aspects, after->aspects, out);
  if (before) out.add(before->weight, before->where, before->name + " is removed.");
  if (!after) return;
  out.add(after->weight, after->where, after->name + " is new.");
  for (const Aspect& each : after->aspects)
    if (!each.says.empty() && !each.only_order) out.add(each.weight, each.where, sentence(each));
}

void compare_numbers(const Aspect& about, int before, int after, Changes& out, Told told) {
  if (before == after) return;
  out.add(
      about.weight, about.where,
      fmt::format("{} {} from {} to {}.", about.subject, after < before ? "falls" : "rises", before, after),
      told);
}

}  // namespace postern::catalog
