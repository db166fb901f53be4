#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/instant.h"
#include "base/result.h"
#include "notify/message.h"

namespace postern::notify {

/// One notice on its way to one person, or to one place, through one channel.
struct Leg {
  std::string notice;        ///< "N-12"
  std::uint64_t number = 0;  ///< 12
  std::string kind;
  std::string about;
  std::string channel;
  std::optional<PersonId> person;  ///< absent: a place, such as a chat room
  Instant at;                      ///< when it happened
  Instant give_up_at;
  Urgency urgency = Urgency::normal;
  bool may_join = true;     ///< may go in a digest; not for what programs read one by one
  bool has_second = false;  ///< another channel is left that takes over when this leg is given up
};

/// What is sent in one go: one leg, or a digest of several to the same person or place, in order of number.
struct Parcel {
  std::uint64_t id = 0;
  std::vector<Leg> legs;
  [[nodiscard]] bool is_digest() const { return legs.size() > 1; }
};

struct GivenUp {
  Leg leg;
  std::string why;
  int attempts = 0;
};

enum class Verdict { retry, given_up };

/// What is to be sent, and when. Pure bookkeeping: no clock, thread or random number; `now` never goes back.
/// Not thread-safe: one owner. Nothing is kept: after a start, replace() brings it all back.
///
/// *At least once.* A parcel stays in flight until succeeded() or failed(). The outbox remembers how a leg
/// ended until replace() no longer names it, so that a ledger that is slow to hear of it causes no repeat.
///
/// *One line per recipient.* Legs of the same channel and person (or place) wait in one line: one parcel at a
/// time, in order of number; what is being retried holds what comes after it. More than digest_above that
/// may go become one digest. An urgent leg waits for no back-off but its own: when it is due, those before it
/// that are backing off are tried once more, in order; what fails again does not hold it this time. So it
/// comes out of order only past something that failed a moment before.
///
/// *A channel* carries at most `in_flight_max` parcels. Urgent lines come first, then whoever is due longest.
///
/// *Failures.* `unavailable`, `exhausted` and `outcome_unknown` may pass: tried again after 2 s, 4 s … 5
/// min, times the jitter, until the next try would come after give_up_at; or, with a second channel, until
/// attempts_max. All others end the leg at once.
///
/// *A sick channel*: five failures in a row that may pass, whoever the recipients were; `exhausted` does not
/// count, as it says something of one recipient (a mailbox that is full). Until something
/// succeeds, one parcel at a time is sent as a probe, at most half a minute after the last, and an urgent one
/// at once; legs with a second channel that have waited for 30 s are given up. When it is well again, all
/// that waits is due.
class Outbox {
 public:
  static constexpr std::size_t digest_above = 5;
  static constexpr std::size_t digest_max = 200;
  static constexpr int attempts_max = 4;
  static constexpr int sick_after = 5;
  static constexpr seconds back_off_first{2};
  static constexpr seconds back_off_max{300};
  static constexpr seconds probe_pause_max{30};
  static constexpr seconds sick_wait{30};

  explicit Outbox(std::size_t in_flight_max = 4) : in_flight_max_(in_flight_max) {}

  /// All legs that the ledger knows to be open. What is named twice (a place in two people's plans) is one
  /// leg, the first. What is new waits; what is known takes the new deadline, urgency and has_second; what
  /// is gone is dropped, but a parcel in flight stays in flight.
  void replace(std::vector<Leg> open);

  /// What may be sent now; each must be given to succeeded() or failed().
  std::vector<Parcel> take(Instant now);

  /// Which legs take() has given up since this was last asked, because their time ran out or their channel
  /// is sick; and those of a digest whose other legs are tried again.
  std::vector<GivenUp> given_up() { return std::exchange(given_up_, {}); }

  void succeeded(std::uint64_t parcel);

  /// `jitter` is from 0.5 to 1. `given_up`: no leg of the parcel will be tried again, and given_up() does not
  /// name them.
  Verdict failed(std::uint64_t parcel, const Error& error, Instant now, double jitter);

  /// When take() next has something to do; long past when that is now. nullopt: only after a parcel has come
  /// back, or replace().
  [[nodiscard]] std::optional<Instant> next_due() const;

 private:
  using Order = std::pair<std::uint64_t, std::string>;  // number and notice
  using Key = std::tuple<std::string, std::optional<PersonId>, Order>;

  struct Item {
    Leg leg;
    int attempts = 0;
    std::optional<Instant> arrived = {};  // absent until take() has seen it
    Instant due = {};
    Instant tried = {};
    bool is_in_flight = false;
    bool is_open = true;  // false: gone from the ledger while in flight
    std::string last_error = {};
  };

  struct Line {
    std::map<Order, Item> items;
    bool is_busy = false;  // a parcel is in flight
    // What follows is computed from the items by refresh(), so that a look at a long line is cheap.
    bool has_new = false;
    Instant due = Instant::max();
    Instant urgent_due = Instant::max();
    Instant expires = Instant::max();
    Instant arrived_with_second = Instant::max();  // the first of those that could go another way
  };

  struct Channel {
    std::map<std::optional<PersonId>, Line> lines;
    std::size_t in_flight = 0;
    int failures = 0;  // in a row
    Instant rests_until = {};
    [[nodiscard]] bool is_sick() const { return failures >= sick_after; }
  };

  struct InFlight {
    std::string channel;
    std::optional<PersonId> person;
    std::vector<Order> orders;
  };

  static Key key_of(const Leg& leg);
  static void refresh(Line& line);
  static std::vector<Order> ready(const Line& line, Instant now);
  static Instant may_go_at(const Channel& channel, const Line& line);
  static Instant gives_way(const Channel& channel, const Line& line);
  [[nodiscard]] bool has_room(const Channel& channel) const;
  void drop_unnamed(const std::set<Key>& named);
  static void welcome(Line& line, Instant now);
  void give_up_overdue(const Channel& channel, Line& line, Instant now);
  void give_up(const Item& item, std::string why);
  void send_from(const std::string& name, Channel& channel, Instant now, std::vector<Parcel>& out);
  Parcel send(Channel& channel, Line& line, Instant now);
  InFlight come_back(std::uint64_t parcel);
  static void count_failure(Channel& channel, Instant now, double jitter);
  static bool has_another_try(const Item& item);
  static void tidy(Channel& channel, const std::optional<PersonId>& person);

  std::size_t in_flight_max_;
  std::uint64_t last_parcel_ = 0;
  std::map<std::string, Channel> channels_;
  std::map<std::uint64_t, InFlight> in_flight_;
  std::set<Key> ended_;  // until replace() no longer names them
  std::vector<GivenUp> given_up_;
};

}  // namespace postern::notify
