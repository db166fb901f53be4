// The command line.
#include "cli/run.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "catalog_file/suggest.h"
#include "cli/parsed.h"

namespace postern::cli {
namespace {

void add_init(CLI::App& app, Parsed& p) {
  InitOptions& o = p.init;
  CLI::App* starting = add(app, "init", "Write a catalog to start from; asks for what is not said here", p,
                           [&p] { return init(p.init, format_of(p.settings)); });
  starting->add_option("folder", o.folder, "Folder to write")->capture_default_str();
  const std::vector<std::pair<const char*, std::string*>> single = {
      {"--organization", &o.organization},
      {"--emergency-account", &o.emergency_account},
      {"--management-account", &o.management_account},
      {"--log-archive-account", &o.log_archive_account},
      {"--identity-center-account", &o.identity_center_account},
      {"--identity-center-region", &o.identity_center_region},
      {"--access-portal", &o.access_portal},
      {"--idp-metadata", &o.idp_metadata},
      {"--standby-idp-metadata", &o.standby_idp_metadata},
      {"--sts-regions", &o.sts_regions},
      {"--timezone", &o.timezone}};
  for (const auto& [name, value] : single) starting->add_option(name, *value);
  starting->add_option("--account", o.accounts, "\"200000000001 prod-web\"; more than once")->take_all();
  const std::string form = "\"aiko Aiko Tanaka <aiko@example.net>\"; more than once";
  starting->add_option("--emergency-admin", o.emergency_admins, form)->take_all();
  starting->add_option("--identity-admin", o.identity_admins, form)->take_all();
  starting->add_option("--security-lead", o.security_leads, form)->take_all();
  starting->add_option("--executive", o.executives, form)->take_all();
  starting->add_option("--ssh-key", o.keys, "aiko=/path/to/id_ed25519.pub; more than once")->take_all();
}

/// A word that can be nothing but the start of a digest: hex digits, and no file of that name.
bool is_digest_start(const std::string& word) {
  std::error_code error;
  return word.size() >= 8 && word.find_first_not_of("0123456789abcdef") == std::string::npos &&
         !std::filesystem::exists(word, error);
}

void add_me(CLI::App& app, Parsed& p) {
  CLI::App* me = app.add_subcommand("me", "Your own way in")->require_subcommand(1)->fallthrough();
  CLI::App* checking = add(*me, "check", "Would you get in? Key, MFA device, both hops; recorded", p,
                           [&p] { return me_check(p.settings, p.me); });
  checking->add_option("--process", p.me.process, "Process; by default the first that you may request");
  checking->add_option("--aws-profile", p.me.aws_profile, "Profile that holds your own access key");
}

void add_changes_of_people(CLI::App& app, Parsed& p) {
  CLI::App* changes =
      app.add_subcommand("people", "People come and go: guides, with every command and what they mean")
          ->require_subcommand(1)
          ->fallthrough();
  const std::vector<std::pair<const char*, const char*>> guides = {
      {"join", "Somebody joins: \"zoe Zoe Abe <zoe@example.net>\" --group emergency-admins"},
      {"leave", "Somebody leaves"},
      {"lost-device", "A laptop, phone or security key is lost"},
      {"new-key", "A new SSH key or device"},
      {"rotate-access-key", "A new access key for the IAM user"}};
  for (const auto& [name, help] : guides) {
    CLI::App* guide = add(*changes, name, help, p, [&p, name = std::string(name)] {
      p.people.guide = name;
      return people(p.people, format_of(p.settings));
    });
    guide->add_option("person", p.people.person, "Id in the catalog")->required();
    guide->add_option("--catalog", p.people.file, "Catalog file, or a folder of them")->capture_default_str();
    guide->add_option("--ssh-key", p.people.ssh_key, "The .pub file of the new key");
    if (std::string_view(name) == "join")
      guide->add_option("--group", p.people.groups, "Group; more than once")->take_all();
  }
}

void add_calm(CLI::App& app, Parsed& p, const Hooks& hooks) {
  add_init(app, p);
  add_me(app, p);
  add_changes_of_people(app, p);
  CLI::App* checking =
      add(app, "check", "Judge a catalog", p, [&p] { return check(p.check, format_of(p.settings)); });
  checking->add_option("file", p.check.file, "Catalog file (YAML), or a folder of them")->required();
  checking->add_option("--format", p.check.format, "text, json, or sarif for a code host")
      ->check(CLI::IsMember({"text", "json", "sarif"}));
  checking->add_option("--today", p.check.today, "Judge age as of this day, e.g. 2026-12-01");
  add(app, "explain", "What a rule of check demands, and why: postern explain PC204", p, [&p] {
    return explain(p.id, format_of(p.settings));
  })->add_option("code", p.id, "Code, or \"placeholders\"; nothing lists all codes");
  add(app, "schema", "The JSON Schema of a catalog, for editors", p, [] { return schema(); });
  CLI::App* catalog = app.add_subcommand("catalog", "The catalog and its owners' signatures")
                          ->require_subcommand(1)
                          ->fallthrough();
  add(*catalog, "status", "What is in force, and what is proposed", p,
      [&p] { return catalog_status(p.settings); });
  CLI::App* proposing =
      add(*catalog, "propose", "Show what a changed catalog changes, and put it up for signing", p,
          [&p] { return propose_catalog(p.settings, p.propose); });
  proposing->add_option("file", p.propose.file, "Catalog file (YAML), or a folder of them")->required();
  proposing->add_flag("--yes", p.propose.yes, "Do not ask");
  CLI::App* comparing = add(*catalog, "diff", "What changes from one catalog to another, in words", p,
                            [&p] { return catalog_diff(p.settings, p.diff); });
  comparing->add_option("from", p.diff.before, "File, folder, start of a proposal's digest, or in-force")
      ->required();
  comparing->add_option("to", p.diff.after,
                        "The same; without it, \"from\" is compared with what is in force");
  comparing->add_flag("--text", p.diff.text, "Show every line that differs, too");
  CLI::App* signing = add(*catalog, "sign", "Sign a catalog as one of its owners", p, [&p] {
    if (is_digest_start(p.sign.file)) return sign_proposed(p.settings, p.sign);
    const Settings settings = completed(p.settings);
    p.sign.person = settings.person;
    p.sign.key = settings.key;
    return sign_catalog(p.sign, format_of(settings));
  });
  signing->add_option("file", p.sign.file, "Catalog file (YAML), or the start of a proposal's digest")
      ->required();
  signing->add_flag("--yes", p.sign.yes, "Of a proposal: do not ask");
  signing->add_option("--replaces", p.sign.replaces,
                      "Digest of the catalog in force; nothing for the first one");
  CLI::App* drawing =
      add(app, "blueprint", "The AWS resources that a catalog needs, as CloudFormation templates", p,
          [&p] { return blueprint(p.blueprint, format_of(p.settings)); });
  drawing->add_option("file", p.blueprint.file, "Catalog file (YAML)")->required();
  drawing->add_option("--out", p.blueprint.out, "Folder to write")->required();
  CLI::App* locking = add(app, "lockout", "Which failures together leave nobody able to get in", p,
                          [&p] { return lockout(p.lockout, format_of(p.settings)); });
  locking->add_option("file", p.lockout.file, "Catalog file (YAML), or a fault tree (Open-PSA, .xml)")
      ->required();
  locking->add_option("--what-if", p.lockout.down, "Say what is left when this is so: corporate-dns=down")
      ->take_all();
  locking->add_option("--up-to", p.lockout.size_max, "List combinations of so many failures at most");
  locking->add_option("--list", p.lockout.list_max, "List so many combinations (50, in JSON 100000)");
  locking->add_option("--open-psa", p.lockout.open_psa_folder,
                      "Write each fault tree into this folder, for other tools");
  locking->add_option("--pictures", p.lockout.picture_folder,
                      "Write an SVG of each case into this folder, and index.html with all of them");
  CLI::App* serving = add(app, "serve", "Run the server", p, [&p, &hooks] { return hooks.serve(p.serve); });
  serving->add_option("--state", p.serve.state, "Folder for the ledger and the server's keys")->required();
  serving->add_option("--catalog", p.serve.catalog,
                      "Catalog file to put in force, with its signatures/ beside it");
  serving->add_option("--origin", p.serve.origin, "Name of a new ledger, e.g. example.com/postern");
  serving->add_option("--socket", p.serve.socket,
                      "Unix socket to listen on; by default postern.sock in the state folder");
  serving->add_option("--listen", p.serve.listen,
                      "Loopback address to listen on as well, e.g. 127.0.0.1:8080");
  serving->add_option("--node", p.serve.node, "Name of this node in entries")->capture_default_str();
  serving->add_flag("--insecure-unsigned", p.serve.insecure_unsigned,
                    "Accept a catalog without signatures. Demonstrations only; shown red everywhere");
  serving->add_option("--probe-programs", p.serve.probe_programs,
                      "Folder of the programs that exec probes may run; without it they run none");
  serving->add_option("--notice-programs", p.serve.notice_programs,
                      "Folder of the programs that channels may run; without it they run none");
  serving->add_option("--notice-authorities", p.serve.authorities,
                      "PEM file of the certificates that channels and the ticket system may show; by default "
                      "the system's");
  serving->add_option("--page", p.serve.page,
                      "Address that links in notices begin with; without it no links");
  serving->add_flag("--no-probes", p.serve.no_probes, "Do not run the catalog's probes");
  CLI::App* showing =
      add(app, "demo", "Play the failure of an IdP from alarm to credentials, with a pretend AWS", p,
          [&p, &hooks] { return hooks.demo(p.demo); });
  showing->add_flag("--keep", p.demo.keep, "Leave the server running afterwards");
}

void add_federation(CLI::App& app, Parsed& p) {
  CLI::App* federation = app.add_subcommand("federation", "The IdP and what AWS holds of it")
                             ->require_subcommand(1)
                             ->fallthrough();
  CLI::App* comparing = add(*federation, "diff", "Would AWS believe what the IdP signs now? In words", p,
                            [&p] { return federation_diff(p.federation, format_of(p.settings)); });
  CLI::App* preparing =
      add(*federation, "prepare", "Write the IdP's metadata and the exact steps that bring it into AWS", p,
          [&p] { return federation_prepare(p.federation, format_of(p.settings)); });
  for (CLI::App* each : {comparing, preparing}) {
    each->add_option("--catalog", p.federation.catalog, "Catalog file, or a folder of them")
        ->capture_default_str();
    each->add_option("--idp-metadata", p.federation.idp_metadata, "File, instead of what the IdP serves now");
    each->add_option("--aws-profile", p.federation.aws_profile, "Profile to read IAM providers with");
  }
  preparing->add_option("--out", p.federation.out, "Folder to write")->capture_default_str();
  preparing->add_option("--language", p.federation.language, "en or ja")->check(CLI::IsMember({"en", "ja"}));
}

void add_ledger(CLI::App& app, Parsed& p, const Hooks& hooks) {
  CLI::App* ledger =
      app.add_subcommand("ledger", "The tamper-evident record")->require_subcommand(1)->fallthrough();
  ledger->add_option("--state", p.ledger.state, "Read a server's state folder instead of asking the server");
  ledger->add_option("--ledger-key", p.ledger.key,
                     "Verify with this key (vkey), which you have from somewhere else");
  add(*ledger, "verify", "Recompute every hash and check the signed checkpoint", p,
      [&p, &hooks] { return ledger_verify(p.settings, p.ledger, hooks.open_state); });
  CLI::App* showing = add(*ledger, "show", "Print entries", p,
                          [&p, &hooks] { return ledger_show(p.settings, p.ledger, hooks.open_state); });
  showing->add_option("--from", p.ledger.from, "First entry");
  showing->add_option("--type", p.ledger.type, "Only this type, e.g. grant.opened");
  CLI::App* proving = add(*ledger, "proof", "A receipt for one entry that anybody can check offline", p,
                          [&p, &hooks] { return ledger_proof(p.settings, p.ledger, hooks.open_state); });
  proving->add_option("index", p.ledger.index, "Entry")->required();
  proving->add_option("-o,--out", p.ledger.out, "File to write; the entry goes beside it");
  CLI::App* exporting = add(*ledger, "export", "Write the ledger as static files (C2SP tlog-tiles)", p,
                            [&p, &hooks] { return ledger_export(p.settings, p.ledger, hooks.open_state); });
  exporting->add_option("folder", p.ledger.out, "Folder to write")->required();
}

void add_rehearsal(CLI::App& app, Parsed& p) {
  CLI::App* rehearsal =
      app.add_subcommand("sandbox", "Tools for rehearsals")->require_subcommand(1)->fallthrough();
  CLI::App* scaling =
      add(*rehearsal, "autoscaling",
          "Show or raise an Auto Scaling group's maximum, with credentials from the environment", p,
          [&p] { return autoscaling(p.autoscaling, format_of(p.settings)); });
  scaling->add_option("group", p.autoscaling.group, "Auto Scaling group")->required();
  scaling->add_option("--set-max", p.autoscaling.set_max, "New maximum size")->check(CLI::Range(0, 100000));
  scaling->add_option("--region", p.autoscaling.region, "AWS Region");
}

/// The word that stands where a command should, if it is none.
std::optional<std::string> unknown_command(const CLI::App& app, int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.starts_with("-")) return std::nullopt;  // options first: CLI11 knows better which takes a value
    const auto all = app.get_subcommands([](const CLI::App*) { return true; });
    const bool known =
        std::any_of(all.begin(), all.end(), [&](const CLI::App* each) { return each->get_name() == word; });
    return known ? std::nullopt : std::optional(word);
  }
  return std::nullopt;
}

int refuse_unknown(const CLI::App& app, const std::string& word, Format format) {
  std::vector<std::string> names;
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(each->get_name());
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  return report({ErrorCode::invalid, "There is no command \"" + word + "\"." +
                                         catalog_file::hint(word, candidates) + " See all: postern --help"},
                format);
}

void add_everywhere(CLI::App& app, Parsed& p) {
  app.add_option("--server", p.settings.server, "unix:/path or http://127.0.0.1:PORT (POSTERN_SERVER)");
  app.add_option("--person", p.settings.person, "Your id in the catalog (POSTERN_PERSON)");
  app.add_option("--key", p.settings.key, "Your SSH key file (POSTERN_KEY)");
  app.add_option("--ledger", p.settings.ledger, "Sign for this ledger only (POSTERN_LEDGER)");
  app.add_option("--idempotency-key", p.settings.idempotency_key,
                 "Name this command, so that repeating it changes nothing");
  app.add_flag("--json", p.settings.json, "Machine-readable output");
}

}  // namespace

int run(int argc, char** argv, const Hooks& hooks) {
  CLI::App app("Postern: emergency access to AWS when the normal way in is gone", "postern");
  app.set_version_flag("--version", hooks.version);
  app.require_subcommand(1);
  Parsed parsed;
  add_everywhere(app, parsed);
  add_people(app, parsed);
  add_requests(app, parsed);
  add_telling(app, parsed);
  add_calm(app, parsed, hooks);
  add_ledger(app, parsed, hooks);
  add_federation(app, parsed);
  add_rehearsal(app, parsed);
  if (const auto word = unknown_command(app, argc, argv)) return refuse_unknown(app, *word, Format::text);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exit_ok : exit_usage;
  }
  return parsed.command ? parsed.command() : exit_usage;
}

}  // namespace postern::cli
