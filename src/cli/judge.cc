#include "cli/judge.h"

#include <fmt/format.h>

#include <algorithm>

#include "notify/template.h"
#include "playbook/markdown.h"
#include "playbook/playbook.h"
#include "saml/metadata.h"
#include "saml/trust.h"

namespace postern::cli {
namespace {

using catalog::Rule;
using catalog_file::Fault;

void judge_playbook(const std::string& path, const std::string& text, std::vector<Fault>& out) {
  constexpr std::size_t faults_max = 1'000;  // of all files together; nobody mends more at a time
  for (playbook::Fault& each : playbook::faults_in(text)) {
    if (out.size() >= faults_max) return;
    out.push_back({.rule = Rule::placeholder,
                   .file = path,
                   .line = each.line,
                   .column = each.column,
                   .what = std::move(each.what),
                   .fix = "See those that exist: postern explain placeholders"});
  }
  // What cannot be laid out now could not be on the night.
  if (const auto laid_out = playbook::to_html(text); !laid_out)
    out.push_back({.rule = Rule::too_large, .file = path, .what = laid_out.error().message});
}

/// The company's own notices. Their places are told by name: the text is a value inside of the catalog.
void judge_text(const std::string& file, const std::string& name, const std::string& text,
                std::vector<Fault>& out) {
  for (const notify::TextFault& each : notify::faults_in(text, notify::known_fields()))
    out.push_back({.rule = Rule::placeholder,
                   .file = file,
                   .what = fmt::format("{}, line {}, column {}: {}", name, each.line, each.column, each.what),
                   .fix = "See those that exist: postern explain placeholders"});
}

void judge_templates(const catalog::Catalog& catalog, const std::string& file, std::vector<Fault>& out) {
  for (const auto& [name, text] : catalog.templates) {
    const std::string where = "templates." + name;
    for (const auto& [language, each] : {std::pair("en", &text.english), std::pair("ja", &text.japanese)}) {
      if (!*each) continue;
      judge_text(file, fmt::format("{}.{}.title", where, language), (*each)->title, out);
      judge_text(file, fmt::format("{}.{}.body", where, language), (*each)->body, out);
    }
  }
}

/// The part of the catalog that comes first.
std::string first_part(const catalog_file::Sources& sources) {
  for (const auto& [path, text] : sources.files)
    if (path.ends_with(".yaml")) return path;
  return "catalog.yaml";
}

std::string in_days(Instant now, Instant expiry) {
  const auto days = std::chrono::floor<std::chrono::days>(expiry - now).count();
  const std::string day = to_rfc3339(expiry).substr(0, 10);
  return expiry <= now ? fmt::format("expired on {}", day)
                       : fmt::format("expires in {} days, on {}", days, day);
}

void judge_certificates(const catalog::CertificateProbe& probe, const std::string& text, Instant now,
                        std::vector<Fault>& out) {
  const std::string& path = probe.trusted_copy;
  const auto add = [&](Rule rule, std::string what) {
    out.push_back(
        {.rule = rule, .file = path, .what = std::move(what), .fix = std::string(catalog::about(rule).fix)});
  };
  const auto metadata = saml::read_metadata(text);
  if (!metadata) return add(Rule::no_trusted_copy, metadata.error().message);
  // One that lasts is enough for sign-in to go on; the others are old ones that nobody removed.
  const auto& certificates = metadata->signing_certificates;
  const auto last = std::max_element(certificates.begin(), certificates.end(),
                                     [](const auto& a, const auto& b) { return a.not_after < b.not_after; });
  if (saml::due_warning(last->not_after, probe.warn_before, now))
    add(Rule::certificate_expires,
        fmt::format("The certificate of {} that AWS trusts {}.", metadata->entity_id.substr(0, 200),
                    in_days(now, last->not_after)));
}

}  // namespace

catalog_file::Reading judged(const catalog_file::Sources& sources, catalog_file::Today today) {
  catalog_file::Reading out = catalog_file::read(sources, today);
  const std::size_t known = out.faults.size();
  for (const auto& [path, text] : sources.files)
    if (path.ends_with(".md")) judge_playbook(path, text, out.faults);
  if (out.catalog) judge_templates(*out.catalog, first_part(sources), out.faults);
  if (out.faults.size() > known) out.catalog.reset();
  if (!today || !out.catalog) return out;
  for (const auto& [id, probe] : out.catalog->probes)
    if (const auto* certificate = std::get_if<catalog::CertificateProbe>(&probe.check))
      if (const auto copy = out.catalog->trusted_copies.find(certificate->trusted_copy);
          copy != out.catalog->trusted_copies.end())
        judge_certificates(*certificate, copy->second, *today, out.faults);
  return out;
}

}  // namespace postern::cli
