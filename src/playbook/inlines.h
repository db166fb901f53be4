#pragma once

#include "playbook/document.h"
#include "playbook/flow.h"

/// The words of a paragraph, heading or cell as a terminal shows them. Pure; used by this folder alone.
namespace postern::playbook {

/// Without colour, Markdown's own marks (**, *, ~~, `) stand for the styles. Behind a link stands its target,
/// unless the text says it already or it is a place in the same text.
Runs runs_of(const Node& block, Style style, Colour colour);

}  // namespace postern::playbook
