#pragma once

#include <functional>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "lockout/cut_sets.h"
#include "lockout/nobody_gets_in.h"

/// "Nobody gets in" as pictures for people and their reports: what each way in stands on, and which failures
/// take all ways away. Pure: the same input and solutions give the same bytes. No script, and nothing is
/// fetched from anywhere.
///
/// One row is one failure, single points first; one column is one way. A diamond: this failure alone takes
/// all ways away. A square: it alone takes that way away. A ring with a number: it does so in a combination
/// of that many failures, in none smaller. A lost SSH key counts with its person, as in the text of `postern
/// lockout`.
namespace postern::lockout {

/// The cut sets of a tree, within limits that the caller chooses. Asked for the case's own tree once, and for
/// each way once.
using Solve = std::function<CutSets(const FaultTree&)>;

inline constexpr std::size_t picture_rows_max = 200;
inline constexpr std::size_t picture_ways_max = 40;
inline constexpr std::size_t picture_tree_nodes_max = 80;  ///< a larger fault tree is not drawn
inline constexpr std::size_t page_cases_max = 100;         ///< drawn; all are in the page's overview

/// An SVG file of one case of `catalog`. What a limit leaves out, it says. Labels that are too long for their
/// place are whole in a tooltip, up to 2,000 bytes.
std::string svg(const catalog::Catalog& catalog, const Case& each, const Solve& solve);

/// An HTML file of all cases, each with its SVG, its single points and what would remove them, and its first
/// pairs in words.
std::string html(const catalog::Catalog& catalog, const std::vector<Case>& all, const Solve& solve);

}  // namespace postern::lockout
