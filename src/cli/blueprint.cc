// The AWS resources that a catalog needs, as files to deploy.
#include "blueprint/blueprint.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "catalog_file/catalog_file.h"
#include "cli/commands.h"

namespace postern::cli {
namespace {

Result<void> write(const std::filesystem::path& path, const json::Value& value) {
  std::ofstream file(path, std::ios::trunc);
  file << json::pretty(value) << "\n";
  if (!file.flush()) return fail(ErrorCode::unavailable, path.string() + " cannot be written.");
  return {};
}

std::string template_name(const blueprint::Stack& stack) { return stack.file + ".template.json"; }

json::Value to_json(const blueprint::Blueprint& drawn) {
  json::Array stacks;
  for (const blueprint::Stack& stack : drawn.stacks) {
    json::Array accounts;
    for (const AccountId& account : stack.accounts) accounts.emplace_back(account.text());
    stacks.push_back(json::Object{
        {"accounts", std::move(accounts)}, {"name", stack.name}, {"template", template_name(stack)}});
  }
  json::Array notes;
  for (const std::string& each : drawn.notes) notes.emplace_back(each);
  return json::Object{{"notes", std::move(notes)}, {"stacks", std::move(stacks)}};
}

std::string how_to_deploy(const blueprint::Blueprint& drawn, const std::string& folder) {
  std::string out;
  for (const blueprint::Stack& stack : drawn.stacks) {
    std::string accounts;
    for (const AccountId& each : stack.accounts) accounts += (accounts.empty() ? "" : ", ") + each.text();
    std::string parameters;
    if (const json::Value* named = stack.body.find("Parameters"); named != nullptr)
      for (const auto& [name, value] : *named->as_object())
        parameters += (parameters.empty() ? " --parameter-overrides " : " ") + name + "=ARN,…";
    out += fmt::format(
        "In account {}:\n  aws cloudformation deploy --stack-name {} --template-file {}/{} --capabilities "
        "CAPABILITY_NAMED_IAM{}\n",
        accounts, stack.name, folder, template_name(stack), parameters);
  }
  for (const std::string& each : drawn.notes) out += "Note: " + each + "\n";
  if (!out.empty()) out.pop_back();
  return out;
}

Result<int> draw_into(const BlueprintOptions& options, Format format) {
  const catalog_file::Sources sources = TRY(catalog_file::load(options.file));
  const catalog_file::Reading reading = catalog_file::read(sources);
  if (!reading.catalog)
    return fail(ErrorCode::invalid,
                "This catalog has errors, so nothing was drawn. See them: postern check " + options.file);
  const blueprint::Blueprint drawn = TRY(blueprint::draw(*reading.catalog));
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  const std::filesystem::path folder = options.out;
  for (const blueprint::Stack& stack : drawn.stacks) TRY(write(folder / template_name(stack), stack.body));
  const json::Value index = to_json(drawn);
  TRY(write(folder / "stacks.json", index));
  return print(index, how_to_deploy(drawn, options.out), format);
}

}  // namespace

int blueprint(const BlueprintOptions& options, Format format) {
  const auto done = draw_into(options, format);
  return done ? *done : report(done.error(), format);
}

}  // namespace postern::cli
