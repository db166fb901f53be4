#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>

#include "base/instant.h"
#include "catalog/needs.h"

namespace postern::catalog {

/// Where the host keeps a secret. The secret itself never stands in a catalog: that is signed, kept for ever
/// and read by many.
struct SecretReference {
  enum class Place { environment, file };
  Place place = Place::environment;
  std::string name;  ///< of the variable, or the file's path
  friend bool operator==(const SecretReference&, const SecretReference&) = default;
};

/// Somebody else's system, by its kind and what it takes: smtp with url and from.
struct Provider {
  std::string kind;
  std::map<std::string, std::variant<std::string, SecretReference>> settings = {};
  friend bool operator==(const Provider&, const Provider&) = default;
};

/// A way to reach people.
struct Channel {
  Provider provider;
  std::optional<Needs> needs = {};  ///< what it stands on
};

/// True for a channel that reaches one person at a time (mail, text message); false for one that reaches a
/// place, whoever looks there.
bool reaches_a_person(const Channel& channel);

enum class IncidentRequired { never, when_reachable, always };

/// The ticket system.
struct Incidents {
  Provider provider;
  IncidentRequired required = IncidentRequired::when_reachable;
  std::optional<seconds> link_within = {};  ///< an emergency declared without a number gets one by then
  bool creates = false;                     ///< an emergency without a number gets an incident of its own
  bool closes = false;                      ///< the incident is closed with its emergency
};

}  // namespace postern::catalog
