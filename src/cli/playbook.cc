// Playbooks: on the terminal, as a page, and on paper for the night when nothing else is there.
#include "playbook/playbook.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "base/encoding.h"
#include "catalog_file/catalog_file.h"
#include "catalog_file/suggest.h"
#include "cli/commands.h"
#include "cli/with_server.h"
#include "playbook/markdown.h"
#include "playbook/page.h"

namespace postern::cli {
namespace {

using catalog::Catalog;
using catalog::Process;

/// A playbook with the facts filled in that are known.
struct Filled {
  std::string title;
  std::string markdown;
};

/// The process of that id, or the failure mode's own.
Result<const Process*> process_named(const Catalog& catalog, const std::string& name) {
  std::vector<std::string_view> known;
  for (const auto& [id, process] : catalog.processes) {
    if (id.text() == name) return &process;
    known.push_back(id.text());
  }
  for (const auto& [id, mode] : catalog.modes) {
    if (id.text() == name) return catalog.process(mode.process);
    known.push_back(id.text());
  }
  return fail(ErrorCode::not_found, "There is no process or failure mode \"" +
                                        sanitized(name.substr(0, 64), Lines::replace) + "\"." +
                                        catalog_file::hint(name, known));
}

Result<Filled> filled(const Catalog& catalog, const Process& process, const std::string& language) {
  const std::string* markdown = playbook::markdown_of(catalog, process, language);
  if (markdown == nullptr)
    return fail(ErrorCode::not_found, "Process " + process.id.text() + " has no playbook in this catalog.");
  return Filled{process.title, TRY(playbook::fill(*markdown, playbook::facts_of(catalog, process)))};
}

/// Blank ones from a file, which needs no server: all of them where no process is named.
Result<std::vector<Filled>> from_catalog(const PlaybookOptions& options) {
  catalog_file::Reading reading = catalog_file::read(TRY(catalog_file::load(options.catalog)));
  if (!reading.catalog)
    return fail(ErrorCode::invalid, "This catalog cannot be read. See why: postern check " + options.catalog);
  std::vector<Filled> out;
  if (!options.process.empty()) {
    const Process* process = TRY(process_named(*reading.catalog, options.process));
    out.push_back(TRY(filled(*reading.catalog, *process, options.language)));
    return out;
  }
  for (const auto& [id, process] : reading.catalog->processes)
    out.push_back(TRY(filled(*reading.catalog, process, options.language)));
  return out;
}

playbook::TerminalStyle style_here() {
  const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
  winsize size{};
  const bool is_known = is_terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  // https://no-color.org
  const char* no_colour = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): nobody calls setenv
  const bool colour = is_terminal && (no_colour == nullptr || *no_colour == '\0');
  return {.colour = colour, .columns = is_known ? size.ws_col : 80};
}

Result<int> show(const std::vector<Filled>& all, const PlaybookOptions& options) {
  std::string out;
  if (options.format == "html") {
    std::vector<playbook::Sheet> sheets;
    for (const Filled& each : all) sheets.push_back({each.title, TRY(playbook::to_html(each.markdown))});
    out = playbook::page(sheets, options.language.empty() ? "en" : options.language);
  } else {
    for (const Filled& each : all)
      out += (out.empty() ? "" : "\n") + (options.format == "markdown"
                                              ? sanitized(each.markdown, Lines::keep) + "\n"
                                              : TRY(playbook::to_terminal(each.markdown, style_here())));
  }
  // Each of the three is safe on a terminal already.
  fmt::print("{}", out);
  return std::fflush(stdout) == 0 ? exit_ok : exit_failed;
}

Result<int> from_server(const Settings& settings, const PlaybookOptions& options, client::Api& api) {
  if (options.process.empty())
    return fail(ErrorCode::invalid, "Name a process, or --catalog FILE for all of them.");
  std::string query = "?language=" + http::percent_encoded(options.language);
  if (!options.grant.empty()) query += "&grant=" + http::percent_encoded(options.grant);
  const json::Value answer =
      TRY(api.get("/api/v1/processes/" + http::percent_encoded(options.process) + "/playbook" + query));
  const Filled one{std::string(answer.text_at("title")), std::string(answer.text_at("markdown"))};
  if (settings.json) return print(answer, one.markdown, Format::json);
  return show({one}, options);
}

}  // namespace

int playbook(const Settings& settings, const PlaybookOptions& options) {
  if (options.catalog.empty())
    return with_server(settings,
                       [&](Connection&, client::Api& api) { return from_server(settings, options, api); });
  const auto shown = [&]() -> Result<int> {
    if (!options.grant.empty())
      return fail(ErrorCode::invalid, "A grant's facts are the server's: leave out --catalog, or --grant.");
    return show(TRY(from_catalog(options)), options);
  }();
  return shown ? *shown : report(shown.error(), format_of(settings));
}

}  // namespace postern::cli
