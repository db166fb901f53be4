// The command line: the one file that knows CLI11, which is slow to compile.
#include "cli/run.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <optional>

#include "catalog_file/suggest.h"

namespace postern::cli {
namespace {

/// Everything that options are parsed into. Lives as long as the parser.
struct Parsed {
  Settings settings;
  ServeOptions serve;
  DemoOptions demo;
  AttestOptions attest;
  DeclareOptions declare;
  CloseOptions close;
  ExtendOptions extend;
  ReportOptions report;
  OverrideOptions overriding;
  ReviewOptions review;
  FederationOptions federation;
  RequestOptions request;
  AnswerOptions answer;
  PlaybookOptions playbook;
  AccessOptions access;
  InitOptions init;
  CheckOptions check;
  SignOptions sign;
  ProposeOptions propose;
  DiffOptions diff;
  MeOptions me;
  PeopleOptions people;
  BlueprintOptions blueprint;
  LockoutOptions lockout;
  LedgerOptions ledger;
  AutoScalingOptions autoscaling;
  std::string id;
  std::string file;
  std::function<int()> command;
};

Format format_of(const Settings& settings) { return settings.json ? Format::json : Format::text; }

CLI::App* add(CLI::App& app, const std::string& name, const std::string& help, Parsed& parsed,
              std::function<int()> command) {
  CLI::App* sub = app.add_subcommand(name, help);
  sub->fallthrough();
  sub->callback([&parsed, command = std::move(command)] { parsed.command = command; });
  return sub;
}

void add_overrides(CLI::App& app, Parsed& p) {
  CLI::App* overriding =
      add(app, "override", "Go ahead with your request that nobody answered (R-1), or show an override (O-1)",
          p, [&p] {
            return p.overriding.what.starts_with("O-") ? show_override(p.settings, p.overriding.what)
                                                       : override_request(p.settings, p.overriding);
          });
  overriding->add_option("id", p.overriding.what, "R-… or O-…")->required();
  CLI::App* signing = add(app, "cosign", "Sign somebody else's override with them", p,
                          [&p] { return cosign(p.settings, p.overriding); });
  CLI::App* objecting = add(app, "object", "Object to an override that skipped you, and end it", p,
                            [&p] { return object(p.settings, p.overriding); });
  for (CLI::App* each : {signing, objecting})
    each->add_option("override", p.overriding.what, "Override (O-1)")->required();
  for (CLI::App* each : {overriding, objecting})
    each->add_option("--reason", p.overriding.reason, "Why; others read it");
  for (CLI::App* each : {overriding, signing}) each->add_flag("--yes", p.overriding.yes, "Do not ask");
  CLI::App* reviewing = add(app, "review", "Say, afterwards, whether an override was right", p,
                            [&p] { return review(p.settings, p.review); });
  reviewing->add_option("override", p.review.id, "Override (O-1)")->required();
  reviewing->add_flag("--justified,!--not-justified", p.review.is_justified, "Your verdict")->required();
  reviewing->add_option("--reason", p.review.reason, "What you found");
}

void add_people(CLI::App& app, Parsed& p) {
  add(app, "login", "Prove who you are, with your SSH key", p, [&p] { return login(p.settings); });
  add(app, "status", "What is on: emergencies, requests, grants, probes, confirmation", p,
      [&p] { return status(p.settings); });
  CLI::App* attesting =
      add(app, "attest", "State, under your name, what a failure mode's confirmation or an upkeep asks for",
          p, [&p] { return attest(p.settings, p.attest); });
  attesting
      ->add_option("mode", p.attest.mode,
                   "Failure mode; or an open emergency (E-1), that it is over; or an upkeep of the catalog")
      ->required();
  attesting->add_flag("--yes", p.attest.yes, "Do not ask");
  add(app, "confirm", "How near a failure mode is to being an emergency: what is met, what is missing", p,
      [&p] { return confirm(p.settings, p.id); })
      ->add_option("mode", p.id, "Failure mode")
      ->required();
  CLI::App* declaring = add(app, "declare", "Declare an emergency that is confirmed", p, [&p] {
    if (!p.declare.is_override) return declare(p.settings, p.declare);
    p.overriding.what = p.declare.mode;
    p.overriding.incident = p.declare.incident;
    return override_declaration(p.settings, p.overriding);
  });
  declaring->add_flag("--override", p.declare.is_override,
                      "Go ahead without a confirmation, where the process lets you");
  declaring->add_option("--reason", p.overriding.reason, "Of an override: why it cannot wait");
  declaring->add_flag("--yes", p.overriding.yes, "Of an override: do not ask");
  declaring->add_option("mode", p.declare.mode, "Failure mode")->required();
  declaring->add_option("--incident", p.declare.incident, "Number in the incident system");
  CLI::App* requesting =
      add(app, "request", "Ask for access in an open emergency, or show a request (R-1)", p, [&p] {
        return p.request.emergency.starts_with("R-") ? show_request(p.settings, p.request.emergency)
                                                     : request(p.settings, p.request);
      });
  requesting->add_option("emergency", p.request.emergency, "Emergency (E-1), or a request to show (R-1)")
      ->required();
  requesting->add_option("--account", p.request.account, "AWS account id");
  requesting->add_option("--process", p.request.process, "Process; by default the failure mode's own");
  requesting->add_option("--for", p.request.duration, "How long, e.g. 1h")->capture_default_str();
  requesting->add_option("--reason", p.request.reason, "Why; approvers and auditors read it");
  for (const char* decision : {"approve", "deny"}) {
    CLI::App* answering = add(app, decision,
                              std::string(decision) == "approve" ? "Approve a request, with your signature"
                                                                 : "Deny a request, with your signature",
                              p, [&p, decision] {
                                p.answer.decision = decision;
                                return answer(p.settings, p.answer);
                              });
    answering->add_option("request", p.answer.request, "Request (R-1)")->required();
    answering->add_flag("--yes", p.answer.yes, "Do not ask");
  }
  add(app, "withdraw", "Withdraw your own request or override", p,
      [&p] {
        return p.id.starts_with("O-") ? withdraw_override(p.settings, p.id) : withdraw(p.settings, p.id);
      })
      ->add_option("id", p.id, "R-… or O-…")
      ->required();
  CLI::App* closing = add(app, "close", "Close an emergency (E-1) or a grant (G-1)", p,
                          [&p] { return close(p.settings, p.close); });
  closing->add_option("id", p.close.id, "E-… or G-…")->required();
  closing->add_flag("--false-alarm", p.close.is_false_alarm, "Of an emergency: there was none");
  closing->add_option("--reason", p.close.reason, "Of an emergency: why, when its end is not proven");
  CLI::App* extending =
      add(app, "extend", "Let an emergency last longer", p, [&p] { return extend(p.settings, p.extend); });
  extending->add_option("emergency", p.extend.emergency, "Emergency (E-1)")->required();
  extending->add_option("--by", p.extend.by, "From now on, e.g. 4h; by default as long as the mode lasts");
  CLI::App* reporting = add(app, "report", "Say how something is that only people can see (a manual probe)",
                            p, [&p] { return report_probe(p.settings, p.report); });
  reporting->add_option("probe", p.report.probe, "Probe")->required();
  reporting->add_option("verdict", p.report.verdict, "up, degraded, down, or unknown to take it back")
      ->required()
      ->check(CLI::IsMember({"up", "degraded", "down", "unknown"}));
  reporting->add_option("--because", p.report.because, "What you saw")->required();
  add_overrides(app, p);
  CLI::App* reading = add(app, "playbook", "A process's playbook, filled in for a grant, or blank for paper",
                          p, [&p] { return playbook(p.settings, p.playbook); });
  reading->add_option("process", p.playbook.process,
                      "Process or failure mode; with --catalog, all by default");
  reading->add_option("--catalog", p.playbook.catalog,
                      "Read this catalog (file or folder) instead of asking the server");
  reading->add_option("--format", p.playbook.format, "text, markdown or html")
      ->check(CLI::IsMember({"text", "markdown", "html"}));
  reading->add_flag_callback(
      "--print", [&p] { p.playbook.format = "html"; }, "A page to print on A4: --print > playbook.html");
  reading->add_option("--grant", p.playbook.grant, "Grant (G-1) whose facts are filled in");
  reading->add_option("--language", p.playbook.language, "en or ja")->check(CLI::IsMember({"en", "ja"}));
  CLI::App* accessing =
      add(app, "access", "Emergency credentials for a command or for tools: postern access G-1 -- COMMAND …",
          p, [&p] { return access(p.settings, p.access); });
  accessing->add_option("grant", p.access.grant, "Grant (G-1)")->required();
  accessing->add_option("--aws-profile", p.access.aws_profile, "Profile that holds your own access key");
  accessing->add_flag("--env", p.access.as_environment,
                      "Print lines for a shell: eval \"$(postern access G-1 --env)\"");
  accessing->add_option("--profile", p.access.profile, "Print a profile of this name for ~/.aws/config");
  accessing->add_flag("--credential-process", p.access.as_process_answer,
                      "Print the credentials as AWS's tools read them from a process. Never asks");
  accessing->add_option("command", p.access.command, "Command and its arguments, after --");
}

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
