#pragma once

#include "incident/conversation.h"

/// The kinds of ticket systems, one file each. Inside this folder only.
namespace postern::incident {

std::unique_ptr<Provider> make_http(Settings settings);
std::unique_ptr<Provider> make_pagerduty(Settings settings);
std::unique_ptr<Provider> make_servicenow(Settings settings);
std::unique_ptr<Provider> make_jira(Settings settings);

}  // namespace postern::incident
