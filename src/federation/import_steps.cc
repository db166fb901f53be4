#include "federation/import_steps.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/hash.h"
#include "federation/import_texts.h"
#include "saml/trust.h"

namespace postern::federation {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t characters_min = 1'000;
constexpr std::size_t characters_max = 10'000'000;

/// One shell word that means `text` and nothing else.
std::string shell_word(const std::string& text) {
  const bool is_plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_./:@%+=,-").find(c) != std::string_view::npos;
  });
  if (is_plain) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// A path that no command takes for an option.
std::string path_word(const std::string& path) {
  return shell_word(path.starts_with('-') ? "./" + path : path);
}

std::string fact(std::string_view name, std::string_view value) {
  constexpr std::size_t shown_max = 500;
  return fmt::format("{:<12} {}", name, sanitized(value.substr(0, shown_max), Lines::replace));
}

/// What the steps are about. Every line starts with a word of ours, so that none can end the block it stands
/// in.
std::string facts(const NewMetadata& metadata, const std::string& destination) {
  std::string out = fact("to", destination) + "\n" + fact("IdP", metadata.idp.entity_id) + "\n" +
                    fact("file", metadata.file) + "\n" + fact("its SHA-256", sha256(metadata.text).hex());
  for (const std::string& each : metadata.idp.sign_on_urls) out += "\n" + fact("sign-on", each);
  for (const Certificate& each : metadata.certificates)
    out += "\n" + fact("certificate", saml::describe(each.certificate)) + "\n" + fact("  in", each.file);
  return out;
}

/// The files of the certificates, for a shell.
std::string certificate_files(const NewMetadata& metadata) {
  std::string out;
  for (const Certificate& each : metadata.certificates)
    out += (out.empty() ? "" : " ") + path_word(each.file);
  return out;
}

std::string request(const Destination& destination, const AccountId& account) {
  const std::string process =
      destination.process.empty() ? "" : " --process " + shell_word(destination.process);
  return fmt::format("postern request E-…{} --account {} --for 1h --reason '…'", process, account.text());
}

std::string role(const Destination& destination, Language language) {
  if (destination.role.empty()) return "";
  return (language == Language::ja ? "、ロール `" : " and role `") + destination.role + "`";
}

std::string state(const Destination& destination, Language language) {
  if (!destination.is_deleted) return "";
  return language == Language::ja ? "\n**AWS にこのプロバイダーはありません(削除されています)。** 手順 3 と "
                                    "4 を飛ばし、手順 5 で作り直します。\n"
                                  : "\n**AWS has no such provider: it was deleted.** Leave out steps 3 and "
                                    "4, and create it by step 5.\n";
}

std::string steps_for(const catalog::SamlProvider& provider, const Destination& destination,
                      const NewMetadata& metadata, Language language) {
  const std::string arn = provider_arn(provider);
  return fmt::format(
      fmt::runtime(language == Language::ja ? iam_steps_ja : iam_steps_en),
      fmt::arg("account", provider.account.text()), fmt::arg("arn", shell_word(arn)),
      fmt::arg("name", shell_word(provider.name)), fmt::arg("facts", facts(metadata, arn)),
      fmt::arg("file", path_word(metadata.file)), fmt::arg("file_url", "file://" + path_word(metadata.file)),
      fmt::arg("digest", sha256(metadata.text).hex()),
      fmt::arg("policy", json::pretty(repair_policy({provider}))),
      fmt::arg("request", request(destination, provider.account)),
      fmt::arg("role", role(destination, language)), fmt::arg("state", state(destination, language)));
}

std::string steps_for(const catalog::IdentityCenter& center, const Destination& destination,
                      const NewMetadata& metadata, Language language) {
  const std::string where = "Identity Center, account " + center.account.text() + ", " + center.region;
  return fmt::format(
      fmt::runtime(language == Language::ja ? identity_center_steps_ja : identity_center_steps_en),
      fmt::arg("account", center.account.text()), fmt::arg("region", center.region),
      fmt::arg("portal", center.access_portal), fmt::arg("facts", facts(metadata, where)),
      fmt::arg("file", path_word(metadata.file)), fmt::arg("certificate_files", certificate_files(metadata)),
      fmt::arg("process", destination.process.empty() ? "repair-federation" : destination.process),
      fmt::arg("digest", sha256(metadata.text).hex()),
      fmt::arg("request", request(destination, center.account)),
      fmt::arg("role", role(destination, language)));
}

}  // namespace

std::string steps(const Destination& destination, const NewMetadata& metadata, Language language) {
  return std::visit([&](const auto& aws) { return steps_for(aws, destination, metadata, language); },
                    destination.aws);
}

std::string provider_arn(const catalog::SamlProvider& provider) {
  return "arn:aws:iam::" + provider.account.text() + ":saml-provider/" + provider.name;
}

json::Value repair_policy(const std::vector<catalog::SamlProvider>& providers) {
  json::Array arns;
  for (const catalog::SamlProvider& each : providers) arns.emplace_back(provider_arn(each));
  return json::Object{
      {"Version", "2012-10-17"},
      {"Statement",
       json::Array{json::Object{
           {"Sid", "RepairSamlProvider"},
           {"Effect", "Allow"},
           {"Action", json::Array{"iam:GetSAMLProvider", "iam:UpdateSAMLProvider", "iam:CreateSAMLProvider"}},
           {"Resource", std::move(arns)}}}}};
}

std::string pem(const saml::SigningCertificate& certificate) {
  constexpr std::size_t line_length = 64;
  const std::string base64 = to_base64(certificate.der);
  std::string out = "-----BEGIN CERTIFICATE-----\n";
  for (std::size_t at = 0; at < base64.size(); at += line_length)
    out += base64.substr(at, line_length) + "\n";
  return out + "-----END CERTIFICATE-----\n";
}

Result<std::string> importable(std::string_view served) {
  if (served.starts_with(byte_order_mark)) served.remove_prefix(byte_order_mark.size());
  // Continuation bytes of UTF-8 are no characters of their own.
  const auto characters = static_cast<std::size_t>(std::count_if(
      served.begin(), served.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
  if (characters < characters_min || characters > characters_max)
    return fail(ErrorCode::invalid,
                fmt::format("AWS takes SAML metadata of 1,000 to 10,000,000 characters, and this has {}. "
                            "Fetch it again, or ask whoever runs the IdP for the whole document.",
                            characters));
  return std::string(served);
}

}  // namespace postern::federation
