#include "notify/outbox.h"

#include <fmt/format.h>

#include <algorithm>

namespace postern::notify {
namespace {

bool may_pass(ErrorCode code) {
  // Of a parcel whose outcome is in doubt nobody knows that it came, and at least once is what we promise.
  return code == ErrorCode::unavailable || code == ErrorCode::exhausted || code == ErrorCode::outcome_unknown;
}

/// `failures` counts from 1.
milliseconds back_off(int failures, double jitter) {
  seconds delay = Outbox::back_off_first;
  for (int i = 1; i < failures && delay < Outbox::back_off_max; ++i) delay *= 2;
  const milliseconds whole = std::min(delay, Outbox::back_off_max);
  return milliseconds(
      static_cast<milliseconds::rep>(static_cast<double>(whole.count()) * std::clamp(jitter, 0.5, 1.0)));
}

}  // namespace

// --- What a line holds

void Outbox::refresh(Line& line) {
  line.due = line.urgent_due = line.expires = line.arrived_with_second = Instant::max();
  line.has_new = false;
  bool is_first = true;
  for (const auto& [order, item] : line.items) {
    if (item.is_in_flight) continue;
    const bool is_urgent = item.leg.urgency == Urgency::urgent;
    line.has_new |= !item.arrived;
    line.expires = std::min(line.expires, item.leg.give_up_at);
    if (item.leg.has_second && item.arrived)
      line.arrived_with_second = std::min(line.arrived_with_second, *item.arrived);
    if (is_urgent) line.urgent_due = std::min(line.urgent_due, item.due);
    // Nothing else than the first and the urgent ones can go before the first does.
    if (is_first || is_urgent) line.due = std::min(line.due, item.due);
    is_first = false;
  }
}

/// Which items may go now, in order.
std::vector<Outbox::Order> Outbox::ready(const Line& line, Instant now) {
  std::vector<const Item*> may_be_tried;
  Instant pulled_since = Instant::min();  // since when the urgent ones behind have been due
  for (auto each = line.items.rbegin(); each != line.items.rend(); ++each) {
    const Item& item = each->second;
    const bool is_due = item.due <= now;
    may_be_tried.push_back(is_due || item.tried < pulled_since ? &item : nullptr);
    if (is_due && item.leg.urgency == Urgency::urgent) pulled_since = std::max(pulled_since, item.due);
  }
  std::vector<Order> out;
  bool is_held = false;
  auto next = may_be_tried.rbegin();
  for (const auto& [order, item] : line.items) {
    const bool may_go = *next++ != nullptr;
    if (may_go && (!is_held || item.leg.urgency == Urgency::urgent)) out.push_back(order);
    is_held |= !may_go;
  }
  return out;
}

Instant Outbox::gives_way(const Channel& channel, const Line& line) {
  if (!channel.is_sick() || line.arrived_with_second == Instant::max()) return Instant::max();
  return line.arrived_with_second + sick_wait;
}

Instant Outbox::may_go_at(const Channel& channel, const Line& line) {
  if (!channel.is_sick()) return line.due;
  return std::min(line.urgent_due, std::max(line.due, channel.rests_until));
}

bool Outbox::has_room(const Channel& channel) const {
  return channel.in_flight < (channel.is_sick() ? 1 : in_flight_max_);
}

// --- What the ledger says

Outbox::Key Outbox::key_of(const Leg& leg) { return {leg.channel, leg.person, {leg.number, leg.notice}}; }

void Outbox::replace(std::vector<Leg> open) {
  std::set<Key> named;
  for (Leg& leg : open) {
    const Key key = key_of(leg);
    if (!named.insert(key).second || ended_.contains(key)) continue;
    Line& line = channels_[leg.channel].lines[leg.person];
    Item& item = line.items.try_emplace(std::get<Order>(key)).first->second;
    item.leg = std::move(leg);
    item.is_open = true;
  }
  for (auto each = ended_.begin(); each != ended_.end();)
    each = named.contains(*each) ? std::next(each) : ended_.erase(each);
  drop_unnamed(named);
}

void Outbox::drop_unnamed(const std::set<Key>& named) {
  for (auto& [name, channel] : channels_)
    for (auto line = channel.lines.begin(); line != channel.lines.end();) {
      std::map<Order, Item>& items = line->second.items;
      for (auto each = items.begin(); each != items.end();) {
        const bool is_named = named.contains({name, line->first, each->first});
        if (!is_named) each->second.is_open = false;
        each = is_named || each->second.is_in_flight ? std::next(each) : items.erase(each);
      }
      refresh(line->second);
      line = items.empty() ? channel.lines.erase(line) : std::next(line);
    }
}

// --- What goes out

std::vector<Parcel> Outbox::take(Instant now) {
  std::vector<Parcel> out;
  for (auto& [name, channel] : channels_) {
    for (auto each = channel.lines.begin(); each != channel.lines.end();) {
      Line& line = each->second;
      if (line.has_new) welcome(line, now);
      if (std::min(line.expires, gives_way(channel, line)) <= now) give_up_overdue(channel, line, now);
      each = line.items.empty() ? channel.lines.erase(each) : std::next(each);
    }
    send_from(name, channel, now, out);
  }
  return out;
}

void Outbox::welcome(Line& line, Instant now) {
  for (auto& [order, item] : line.items)
    if (!item.arrived) item.arrived = item.due = now;
  refresh(line);
}

void Outbox::give_up_overdue(const Channel& channel, Line& line, Instant now) {
  for (auto each = line.items.begin(); each != line.items.end();) {
    const Item& item = each->second;
    const bool is_late = item.leg.give_up_at <= now;
    const bool gives_way = channel.is_sick() && item.leg.has_second && *item.arrived + sick_wait <= now;
    if (item.is_in_flight || !(is_late || gives_way)) {
      ++each;
      continue;
    }
    give_up(item, is_late ? fmt::format("It could not be delivered through {} in time.", item.leg.channel)
                          : fmt::format("The channel {} does not answer.", item.leg.channel));
    each = line.items.erase(each);
  }
  refresh(line);
}

void Outbox::give_up(const Item& item, std::string why) {
  ended_.insert(key_of(item.leg));
  if (!item.last_error.empty()) why += " The last try: " + item.last_error;
  given_up_.push_back({item.leg, std::move(why), item.attempts});
}

void Outbox::send_from(const std::string& name, Channel& channel, Instant now, std::vector<Parcel>& out) {
  if (!has_room(channel)) return;
  std::vector<std::pair<const std::optional<PersonId>*, Line*>> candidates;
  for (auto& [person, line] : channel.lines)
    if (!line.is_busy && may_go_at(channel, line) <= now) candidates.emplace_back(&person, &line);
  const auto rank = [&](const Line& line) {
    return std::tuple(line.urgent_due > now, line.due, line.items.begin()->first);
  };
  std::sort(candidates.begin(), candidates.end(),
            [&](const auto& a, const auto& b) { return rank(*a.second) < rank(*b.second); });
  for (const auto& [person, line] : candidates) {
    if (!has_room(channel)) return;
    out.push_back(send(channel, *line, now));
    InFlight& sent = in_flight_[out.back().id];
    sent = {.channel = name, .person = *person, .orders = {}};
    for (const Leg& leg : out.back().legs) sent.orders.emplace_back(leg.number, leg.notice);
  }
}

Parcel Outbox::send(Channel& channel, Line& line, Instant now) {
  std::vector<Order> orders = ready(line, now);
  ENSURE(!orders.empty());
  const bool joins = orders.size() > digest_above && line.items.at(orders.front()).leg.may_join;
  orders.resize(joins ? std::min(orders.size(), digest_max) : 1);
  Parcel parcel{.id = ++last_parcel_, .legs = {}};
  for (const Order& order : orders) {
    Item& item = line.items.at(order);
    item.is_in_flight = true;
    parcel.legs.push_back(item.leg);
  }
  line.is_busy = true;
  ++channel.in_flight;
  refresh(line);
  return parcel;
}

// --- What comes back

Outbox::InFlight Outbox::come_back(std::uint64_t parcel) {
  auto sent = in_flight_.extract(parcel);
  ENSURE(!sent.empty());
  Channel& channel = channels_.at(sent.mapped().channel);
  Line& line = channel.lines.at(sent.mapped().person);
  line.is_busy = false;
  --channel.in_flight;
  for (const Order& order : sent.mapped().orders) line.items.at(order).is_in_flight = false;
  return std::move(sent.mapped());
}

void Outbox::tidy(Channel& channel, const std::optional<PersonId>& person) {
  const auto line = channel.lines.find(person);
  refresh(line->second);
  if (line->second.items.empty()) channel.lines.erase(line);
}

void Outbox::succeeded(std::uint64_t parcel) {
  const InFlight sent = come_back(parcel);
  Channel& channel = channels_.at(sent.channel);
  Line& line = channel.lines.at(sent.person);
  for (const Order& order : sent.orders) {
    if (line.items.at(order).is_open) ended_.insert(key_of(line.items.at(order).leg));
    line.items.erase(order);
  }
  tidy(channel, sent.person);
  const bool was_sick = channel.is_sick();
  channel.failures = 0;
  if (!was_sick) return;
  for (auto& [person, each] : channel.lines) {
    for (auto& [order, item] : each.items) item.due = Instant{};
    refresh(each);
  }
}

Verdict Outbox::failed(std::uint64_t parcel, const Error& error, Instant now, double jitter) {
  const InFlight sent = come_back(parcel);
  Channel& channel = channels_.at(sent.channel);
  // What is refused for good was answered, and says nothing about how the channel is.
  // `exhausted` is one recipient's: the channel has answered.
  if (may_pass(error.code) && error.code != ErrorCode::exhausted) count_failure(channel, now, jitter);
  Line& line = channel.lines.at(sent.person);
  std::vector<Item> ended;
  bool is_left = false;
  for (const Order& order : sent.orders) {
    Item& item = line.items.at(order);
    item.tried = now;
    item.last_error = error.message;
    item.due = now + back_off(++item.attempts, jitter);
    if (item.is_open && may_pass(error.code) && has_another_try(item)) {
      is_left = true;
      continue;
    }
    if (item.is_open) ended.push_back(std::move(item));
    line.items.erase(order);
  }
  tidy(channel, sent.person);
  for (const Item& item : ended) ended_.insert(key_of(item.leg));
  if (!is_left) return Verdict::given_up;
  for (const Item& item : ended) given_up_.push_back({item.leg, error.message, item.attempts});
  return Verdict::retry;
}

void Outbox::count_failure(Channel& channel, Instant now, double jitter) {
  if (++channel.failures < sick_after) return;
  channel.rests_until =
      now + std::min<milliseconds>(back_off(channel.failures - sick_after + 1, jitter), probe_pause_max);
}

bool Outbox::has_another_try(const Item& item) {
  return item.due < item.leg.give_up_at && !(item.leg.has_second && item.attempts >= attempts_max);
}

std::optional<Instant> Outbox::next_due() const {
  Instant next = Instant::max();
  for (const auto& [name, channel] : channels_)
    for (const auto& [person, line] : channel.lines) {
      if (line.has_new) return Instant{};
      next = std::min({next, line.expires, gives_way(channel, line)});
      if (line.is_busy || !has_room(channel)) continue;
      next = std::min(next, may_go_at(channel, line));
    }
  if (next == Instant::max()) return std::nullopt;
  return next;
}

}  // namespace postern::notify
