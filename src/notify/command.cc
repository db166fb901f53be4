#include "notify/command.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "base/deadline.h"
#include "base/json.h"
#include "notify/sender_parts.h"
#include "program/program.h"

namespace postern::notify {
namespace {

constexpr int try_again_later = 75;  // EX_TEMPFAIL
constexpr std::size_t said_bytes_max = 160;

/// True for one and the same folder, whichever of its names each path uses.
bool is_same_folder(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code failure;
  const bool same = std::filesystem::equivalent(a, b, failure);
  return same && !failure;
}

std::string input_for(const Message& message) {
  json::Object object = as_json(message);
  json::Array recipients;
  for (const Recipient& each : message.to)
    recipients.emplace_back(json::Object{
        {"email", each.email}, {"name", each.name}, {"person", each.person}, {"phone", each.phone}});
  object.emplace("to", std::move(recipients));
  std::string text = json::canonical(object);
  if (text.size() <= program::input_bytes_max) return text;
  object.insert_or_assign("data", json::Object{});
  object.insert_or_assign("data_left_out", true);
  return json::canonical(object);
}

Result<void> judged(const program::Ending& ending, const std::string& name) {
  const std::string line = on_one_line(ending.first_line, said_bytes_max);
  const std::string said = line.empty() ? "" : ": " + line;
  switch (ending.how) {
    case program::Ending::How::exited:
      if (ending.code == 0) return {};
      if (ending.code == try_again_later)
        return fail(ErrorCode::unavailable,
                    fmt::format("The program {} cannot deliver now{}. Wait and try again.", name, said));
      return fail(ErrorCode::conflict, fmt::format("The program {} ended with {}{}. Look into what it logs.",
                                                   name, ending.code, said));
    case program::Ending::How::timed_out:
      return fail(ErrorCode::unavailable,
                  fmt::format("The program {} did not end in time, and was stopped. Try again.", name));
    case program::Ending::How::killed_by_signal:
      return fail(ErrorCode::conflict,
                  fmt::format("The program {} was ended by signal {}{}. Look into what it "
                              "logs.",
                              name, ending.code, said));
    case program::Ending::How::flooded:
      return fail(ErrorCode::conflict,
                  fmt::format("The program {} wrote more than {} bytes, and was stopped. "
                              "Let it write one line.",
                              name, program::output_bytes_max));
  }
  return fail(ErrorCode::internal, "The program ended in a way that has no name.");
}

class Command final : public Sender {
 public:
  Command(catalog::Channel channel, const World& world, milliseconds deadline)
      : channel_(std::move(channel)), world_(world), deadline_(deadline) {}

  Result<void> send(const Message& message) override {
    const std::filesystem::path path = text_setting(channel_, "program");
    const std::string name = path.filename().string();
    if (world_.programs_folder.empty() || !path.is_absolute() ||
        !is_same_folder(path.parent_path(), world_.programs_folder))
      return fail(ErrorCode::forbidden,
                  fmt::format("The program {} does not lie in the folder of programs that the server was "
                              "started with. Put it there.",
                              on_one_line(name, 64)));
    const Deadline deadline(world_.clock, deadline_);
    Result<program::Ending> ending =
        program::run({.folder = world_.programs_folder, .name = name, .input = input_for(message)}, deadline);
    if (!ending)
      return fail(ending.error().code,
                  fmt::format("The channel's program was not run: {}.", ending.error().message));
    return judged(*ending, name);
  }

 private:
  const catalog::Channel channel_;
  const World world_;
  const milliseconds deadline_;
};

}  // namespace

std::unique_ptr<Sender> make_command(const catalog::Channel& channel, const World& world,
                                     milliseconds deadline) {
  return std::make_unique<Command>(channel, world, deadline);
}

}  // namespace postern::notify
