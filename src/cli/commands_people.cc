// The commands of an emergency.
#include "cli/parsed.h"

namespace postern::cli {
namespace {

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

}  // namespace

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
  CLI::App* closing = add(app, "close", "Close an emergency (E-1) or a grant (G-1)", p,
                          [&p] { return close(p.settings, p.close); });
  closing->add_option("id", p.close.id, "E-… or G-…")->required();
  closing->add_flag("--false-alarm", p.close.is_false_alarm, "Of an emergency: there was none");
  closing->add_option("--reason", p.close.reason, "Of an emergency: why, when its end is not proven");
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

}  // namespace postern::cli
