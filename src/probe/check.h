#pragma once

#include <string>

#include "base/instant.h"
#include "catalog/catalog.h"
#include "http/client.h"

namespace postern::probe {

/// What one look at the thing watched has shown.
struct Observation {
  bool success = false;
  std::string detail;  ///< in words for the person on call
};

/// Looks once, within the probe's time-out. saml_metadata reads the document itself: a broken IdP may well
/// answer 200, and one whose certificates have all expired lets nobody in. Never throws.
Observation check(const catalog::Probe& probe, http::Client& client, Instant now);

/// Whether this version knows how to run the probe; the others stay unknown.
bool can_run(const catalog::Probe& probe);

}  // namespace postern::probe
