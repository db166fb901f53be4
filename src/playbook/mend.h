#pragma once

#include <cmark-gfm.h>

/// What the parser leaves is made harmless and whole. Pure; used by this folder alone.
namespace postern::playbook {

/// How deep the tree under `root` is: 0 for the root alone.
int depth_of(cmark_node* root);

/// Harmless: raw HTML becomes text, or code where it is a block of its own, and comments vanish. An image
/// becomes a link with its description. A link that has a scheme other than http, https, mailto and tel
/// becomes its text. Whole: an item that begins with "[ ] " or "[x] " is a task, wherever it stands. A line
/// break between characters that are written without spaces (Japanese, Chinese) vanishes. The extensions must
/// have been registered.
void mend(cmark_node* root);

}  // namespace postern::playbook
