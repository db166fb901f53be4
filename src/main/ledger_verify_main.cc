/// postern-ledger-verify: the auditor's own reading of a ledger, offline, with nothing but its files and the
/// log's public key. It shares the formats with the server that wrote them (base, ledger, signature) and no
/// other code.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "base/json.h"
#include "ledger/answer.h"
#include "ledger/audit.h"
#include "ledger/proof.h"
#include "ledger/static_log.h"
#include "signature/sshsig.h"

namespace postern::ledger {
namespace {

constexpr const char* usage =
    R"(Usage: postern-ledger-verify DIR (--key VKEY | --key-file FILE) [--json]
       postern-ledger-verify --proof FILE --entry FILE (--key VKEY | --key-file FILE) [--json]

Checks a ledger that lies in DIR as C2SP tlog-tiles (checkpoint, tile/entries/..., tile/0/...): the log's
signature, every entry, every hash, and the signatures of all approvals and denials. Or checks that a
tlog-proof vouches for exactly the bytes of one entry. VKEY is the log's verifier key, from a source that
you trust: whoever can change the key can change the ledger.

Exit status: 0 all is good; 1 faults were found; 2 wrong usage, or something could not be read.
)";

enum ExitStatus { all_good = 0, faults_found = 1, could_not_check = 2 };

struct Options {
  std::string directory;
  std::string key;
  std::string key_file;
  std::string proof;
  std::string entry;
  bool json = false;
  bool help = false;
};

struct Report {
  std::string origin;
  Audit audit = {};
  std::uint64_t entries = 0;  ///< how many were checked
  std::uint64_t answers = 0;  ///< approvals and denials whose signature is good
};

Result<Options> parse_options(const std::vector<std::string_view>& arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    std::string* target = nullptr;
    if (word == "--json")
      options.json = true;
    else if (word == "--help" || word == "-h")
      options.help = true;
    else if (word == "--key")
      target = &options.key;
    else if (word == "--key-file")
      target = &options.key_file;
    else if (word == "--proof")
      target = &options.proof;
    else if (word == "--entry")
      target = &options.entry;
    else if (word.starts_with('-') || !options.directory.empty())
      return fail(ErrorCode::invalid, "\"" + std::string(word) + "\" is not understood here.");
    else
      options.directory = word;
    if (target == nullptr) continue;
    if (i + 1 == arguments.size() || !target->empty())
      return fail(ErrorCode::invalid, std::string(word) + " needs one value, and may stand once.");
    *target = arguments[++i];
  }
  if (options.help) return options;
  if (options.key.empty() == options.key_file.empty())
    return fail(ErrorCode::invalid, "Give the log's key, with either --key or --key-file.");
  if (options.proof.empty() != options.entry.empty() || options.directory.empty() == options.proof.empty())
    return fail(ErrorCode::invalid, "Give either DIR, or --proof and --entry together.");
  return options;
}

Result<Bytes> read_file(const std::string& path, std::size_t bytes_max) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable,
                path + " cannot be opened: " + std::strerror(errno) + ".");
  Bytes bytes;
  std::vector<char> block(64 * 1024);
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())), file.gcount() > 0) {
    bytes.append(block.data(), static_cast<std::size_t>(file.gcount()));
    if (bytes.size() > bytes_max)
      return fail(ErrorCode::invalid, path + " is larger than " + std::to_string(bytes_max) + " bytes.");
  }
  if (file.bad()) return fail(ErrorCode::unavailable, path + " cannot be read.");
  return bytes;
}

/// Success for an entry that is no answer or a well signed one; counts those.
Result<void> check_answer(const Entry& entry, Report& report) {
  const auto answer = TRY(answer_in(entry, report.origin));
  if (!answer) return {};
  const auto key = TRY(signature::SshPublicKey::parse(answer->key));
  TRY(signature::verify(answer->signature, answer_namespace, answer->statement, key));
  ++report.answers;
  return {};
}

Result<Report> check_directory(const std::string& directory, const NoteVerifier& log) {
  Report report{.origin = log.name()};
  const FileReader read = [&](const std::string& path, std::size_t bytes_max) {
    return read_file(directory + "/" + path, bytes_max);
  };
  report.audit =
      TRY(audit_static_log(read, log, [&](const Entry& entry) { return check_answer(entry, report); }));
  report.entries = report.audit.size();
  return report;
}

Result<Report> check_proof(const Options& options, const NoteVerifier& log) {
  Report report{.origin = log.name(), .entries = 1};
  const Bytes bytes = TRY(read_file(options.entry, entry_bytes_max));
  const auto proof = parse_proof(TRY(read_file(options.proof, 2 * note_bytes_max)));
  if (!proof) {
    report.audit.add(std::nullopt, proof.error().message);
    return report;
  }
  const auto checkpoint = verify(*proof, bytes, log);
  if (!checkpoint) report.audit.add(proof->index, checkpoint.error().message);
  if (const auto entry = decode(bytes))
    if (const auto verdict = check_answer(*entry, report); !verdict)
      report.audit.add(proof->index, verdict.error().message);
  return report;
}

Result<NoteVerifier> log_key(const Options& options) {
  if (!options.key.empty()) return NoteVerifier::parse(options.key);
  const Bytes text = TRY(read_file(options.key_file, 4096));
  return NoteVerifier::parse(text.ends_with('\n') ? std::string_view(text).substr(0, text.size() - 1) : text);
}

Result<Report> check(const Options& options) {
  const NoteVerifier log = TRY(log_key(options));
  return options.proof.empty() ? check_directory(options.directory, log) : check_proof(options, log);
}

void print_json(const Report& report) {
  json::Array faults;
  for (const Fault& fault : report.audit.faults()) {
    json::Object item{{"what", sanitized(fault.what, Lines::replace)}};
    if (fault.index) item.emplace("index", *fault.index);
    faults.emplace_back(std::move(item));
  }
  const json::Object members{{"ok", report.audit.fault_count() == 0},
                             {"origin", report.origin},
                             {"entries", report.entries},
                             {"answers", report.answers},
                             {"fault_count", report.audit.fault_count()},
                             {"faults", std::move(faults)}};
  std::printf("%s\n", json::pretty(members).c_str());
}

void print_text(const Report& report) {
  const Audit& audit = report.audit;
  for (const Fault& fault : audit.faults()) {
    const std::string where = fault.index ? "entry " + std::to_string(*fault.index) : "ledger";
    std::printf("%s: %s\n", where.c_str(), sanitized(fault.what, Lines::replace).c_str());
  }
  const std::string faults =
      audit.fault_count() == 0 ? "no fault" : std::to_string(audit.fault_count()) + " faults";
  const char* const shown = audit.fault_count() > audit.faults().size() ? " (the first ones are shown)" : "";
  std::printf("%s: %llu entries read, %llu answers well signed, %s%s.\n",
              sanitized(report.origin, Lines::replace).c_str(),
              static_cast<unsigned long long>(report.entries),
              static_cast<unsigned long long>(report.answers), faults.c_str(), shown);
}

ExitStatus run(const std::vector<std::string_view>& arguments) {
  const auto options = parse_options(arguments);
  if (!options) {
    std::fprintf(stderr, "%s\n\n%s", sanitized(options.error().message, Lines::replace).c_str(), usage);
    return could_not_check;
  }
  if (options->help) return std::fputs(usage, stdout) < 0 ? could_not_check : all_good;
  const auto report = check(*options);
  if (!report) {
    std::fprintf(stderr, "%s\n", sanitized(report.error().message, Lines::replace).c_str());
    return could_not_check;
  }
  if (options->json)
    print_json(*report);
  else
    print_text(*report);
  // A verdict that nobody could read is none: a full disk must not look like success.
  if (std::fflush(stdout) != 0) return could_not_check;
  return report->audit.fault_count() == 0 ? all_good : faults_found;
}

}  // namespace
}  // namespace postern::ledger

int main(int argc, char** argv) {
  return postern::ledger::run(std::vector<std::string_view>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
