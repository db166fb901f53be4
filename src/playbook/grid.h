#pragma once

#include <string>
#include <vector>

#include "playbook/document.h"
#include "playbook/flow.h"

/// A table on a terminal. Pure; used by this folder alone.
namespace postern::playbook {

/// The lines of `table`: two spaces between columns, a rule under the header, cells wrapped so that all fits
/// into `columns`, where each column can have at least four. Words and code are cut only if nothing else
/// helps. Rows are set apart by empty lines as soon as one of them has several lines.
std::vector<std::string> grid_of(const Node& table, int columns, Colour colour);

}  // namespace postern::playbook
