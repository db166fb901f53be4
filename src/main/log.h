#pragma once

#include <string>
#include <string_view>

/// The operator's log: one JSON object a line on standard error. Texts from outside are escaped, so that no
/// input can forge a line.
namespace postern::log {

void say(std::string_view event, std::string_view text);
/// Something that a person must look at now.
void alarm(std::string_view event, std::string_view text);

}  // namespace postern::log
