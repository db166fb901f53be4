#pragma once

#include <map>
#include <set>
#include <string>

#include "broker/broker.h"

namespace postern {

/// Says in the operator's log what people must hear of at once: suspicions, emergencies, overrides and what
/// probes warn of, each when it comes and when it goes. Whoever follows that log (and, later, the channels of
/// the catalog) knows before anybody calls. One thread.
class Alarms {
 public:
  /// Compares what is published with what was said last; to be called every second or so.
  void look(const broker::Broker& broker);

 private:
  using Texts = std::map<std::string, std::string>;  ///< by what it is about
  static Texts texts_of(const broker::Published& published);
  Texts said_;
};

}  // namespace postern
