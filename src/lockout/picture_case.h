#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lockout/picture.h"

/// What each failure means for one case and each of its ways, in the order that a picture shows it. Pure;
/// used by this folder alone.
namespace postern::lockout {

struct WeighedEvent {
  std::uint32_t event = 0;   ///< in the case's tree
  std::size_t smallest = 0;  ///< of the combinations with it that take all ways away; 0: it is in none known
  std::vector<std::size_t> by_way = {};  ///< likewise for each way
  std::vector<std::size_t> with = {};    ///< places of those that take all ways away together with it, rising
};

struct WeighedWay {
  bool is_closed = false;                       ///< without any failure
  std::size_t alone = 0;                        ///< so many failures take it away by themselves
  std::optional<std::size_t> known_up_to = {};  ///< see CutSets
};

struct WeighedCase {
  /// The most important first: single points, then by `smallest`; last what is in no combination that takes
  /// all ways away. Lost SSH keys are left out: they do what their persons' absence does.
  std::vector<WeighedEvent> events;
  std::vector<WeighedWay> ways;  ///< as the case has them
  std::size_t single_points = 0;
  std::size_t pairs = 0;
  bool has_all_pairs = true;  ///< false: there are more than were counted
  bool is_lost = false;       ///< nobody gets in, even when everything works
  std::size_t smallest = 0;   ///< combination that takes all ways away; 0: there is none
  std::optional<std::size_t> known_up_to = {};
};

/// Only what all ways together mean: `ways` and `by_way` stay empty.
WeighedCase weighed_without_ways(const Case& each, const Solve& solve);
WeighedCase weighed(const Case& each, const Solve& solve);

/// True for every event that pictures leave out, by its place in the tree.
std::vector<bool> left_out_of_pictures(const FaultTree& tree);

std::string words(const Event& event);
/// "person", "Region", …: what kind of thing fails, by the id that `cases` gave the event.
std::string_view kind_of(std::string_view event_id);
/// "idp-down: The IdP is down"
std::string mode_in_words(const catalog::Catalog& catalog, const Case& each);
/// "prod-web (200000000001), …", at most `max` of them by name.
std::string accounts_in_words(const catalog::Catalog& catalog, const Case& each, std::size_t max);
/// The answer in one or two sentences.
std::string verdict(const WeighedCase& weighed);
/// What the reader must know besides, in sentences: how far it is exact, and what is closed from the start.
std::vector<std::string> reservations(const Case& each, const WeighedCase& weighed);

}  // namespace postern::lockout
