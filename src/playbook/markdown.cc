#include "playbook/markdown.h"

#include "playbook/document.h"
#include "playbook/terminal.h"

namespace postern::playbook {

Result<std::string> to_html(std::string_view markdown) {
  const Document document = TRY(Document::parsed(markdown));
  return document.html();
}

Result<std::string> to_terminal(std::string_view markdown, const TerminalStyle& style) {
  const Document document = TRY(Document::parsed(markdown));
  return on_terminal(document.tree(), style);
}

}  // namespace postern::playbook
