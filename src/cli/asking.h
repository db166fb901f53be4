#pragma once

#include <string>

#include "cli/commands.h"

/// A request on its way from the command line to the server.
namespace postern::cli {

/// All of the body but reason and acknowledgements. `invalid` for what cannot be read.
Result<json::Object> request_body(const RequestOptions& options, Instant now);

/// The process of the emergency's failure mode; "" when the server does not say.
Result<std::string> process_of(const std::string& emergency, client::Api& api);

/// What a process is for, and when it is not.
std::string describe_process(const json::Value& process);
/// Whom a request would ask in which order, and what has to be acknowledged, as the server explains it.
std::string describe_explained(const json::Value& explained);

/// The fields with what was asked for on the terminal: required ones that nothing was said of, choices
/// numbered. Without a terminal nothing is added; the server says what is missing.
std::vector<std::string> with_missing_fields(const json::Value& process, std::vector<std::string> fields);

}  // namespace postern::cli
