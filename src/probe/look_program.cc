#include <fmt/format.h>

#include "probe/look_parts.h"
#include "program/program.h"

/// exec: a program with the exit codes of monitoring plugins (Monitoring Plugins Development Guidelines,
/// "Plugin Return Codes").
namespace postern::probe {
namespace {

Sight sight_of(int exit_code) {
  switch (exit_code) {
    case 0:
      return Sight::good;
    case 1:
      return Sight::slow;
    case 2:
      return Sight::bad;
    default:  // 3 is "unknown", and nothing else has a meaning
      return Sight::blind;
  }
}

/// What people read; after '|' come figures for programs.
std::string words_of(const program::Ending& ending) {
  std::string words = ending.first_line.substr(0, ending.first_line.find('|'));
  while (!words.empty() && (words.back() == ' ' || words.back() == '\r')) words.pop_back();
  return words.empty() ? fmt::format("the program said nothing and ended with {}", ending.code) : words;
}

}  // namespace

Observation look_at(const catalog::ExecProbe& probe, const Looking& looking) {
  const Result<program::Ending> ending = program::run(
      {.folder = looking.outside.programs_folder, .name = probe.program, .arguments = probe.arguments},
      looking.deadline);
  if (!ending) return blind(ending.error().message);
  switch (ending->how) {
    case program::Ending::How::timed_out:  // not bad: the program hangs, and what it looks at may be well
      return blind("the program did not end in time, and was stopped");
    case program::Ending::How::flooded:
      return blind(
          fmt::format("the program wrote more than {} bytes, and was stopped", program::output_bytes_max));
    case program::Ending::How::killed_by_signal:
      return blind(fmt::format("the program was ended by signal {}", ending->code));
    case program::Ending::How::exited:
      break;
  }
  if (ending->code < 0 || ending->code > 3)
    return blind(fmt::format("the program ended with {}, which says nothing", ending->code));
  return {.sight = sight_of(ending->code), .detail = words_of(*ending)};
}

}  // namespace postern::probe
