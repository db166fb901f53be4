#pragma once

#include <string>

#include "playbook/document.h"
#include "playbook/markdown.h"

/// The blocks of a playbook, below each other on a terminal. Pure; used by this folder alone.
namespace postern::playbook {

/// As to_terminal() says.
std::string on_terminal(const Node& document, const TerminalStyle& style);

}  // namespace postern::playbook
