// The commands of those who are away, and of those who are told.
#include "cli/parsed.h"

namespace postern::cli {
namespace {

void add_absence(CLI::App& app, Parsed& p) {
  CLI::App* leaving = add(app, "absent", "Sign that you are away, or somebody whose manager you are", p,
                          [&p] { return absent(p.settings, p.absence); });
  leaving
      ->add_option("--from", p.absence.from, "2026-12-24 (UTC), 2026-12-24T08:00:00+09:00, \"in 2h\" or now")
      ->required();
  leaving->add_option("--to", p.absence.to, "The same; of a day, its end")->required();
  CLI::App* returning =
      add(app, "back", "Say that you are back before that", p, [&p] { return back(p.settings, p.absence); });
  for (CLI::App* each : {leaving, returning})
    each->add_option("--person", p.absence.person,
                     "Who is away; by default you (before the command's name, --person says who you are)");
}

void add_notices(CLI::App& app, Parsed& p) {
  CLI::App* notify = app.add_subcommand("notify", "Notices: who is told, and by which way")
                         ->require_subcommand(1)
                         ->fallthrough();
  add(*notify, "test", "Send yourself a notice that asks for nothing, on every channel of yours", p, [&p] {
    return test_notices(p.settings, p.id);
  })->add_option("--channel", p.id, "Only this channel of the catalog");
  add(*notify, "list", "Notices that are on their way, and those that never arrived", p,
      [&p] { return list_notices(p.settings); });
}

}  // namespace

void add_telling(CLI::App& app, Parsed& p) {
  add_absence(app, p);
  add_notices(app, p);
  add(app, "timeline", "What has happened in an emergency", p, [&p] { return timeline(p.settings, p.id); })
      ->add_option("emergency", p.id, "Emergency (E-1)")
      ->required();
  CLI::App* noting = add(app, "note", "Write something into an emergency's timeline", p,
                         [&p] { return note(p.settings, p.note); });
  CLI::App* linking = add(app, "link", "Say which incident of the ticket system an emergency is", p,
                          [&p] { return link_incident(p.settings, p.note); });
  for (CLI::App* each : {noting, linking})
    each->add_option("emergency", p.note.emergency, "Emergency (E-1)")->required();
  noting->add_option("text", p.note.text, "What; everybody and auditors read it")->required();
  linking->add_option("incident", p.note.text, "Its number there, such as INC-7")->required();
  CLI::App* announcing = add(app, "announce", "The prepared text for customers or partners", p,
                             [&p] { return announce(p.settings, p.announce); });
  announcing->add_option("emergency", p.announce.emergency, "Emergency (E-1)")->required();
  announcing->add_option("audience", p.announce.audience, "customers or partners")
      ->required()
      ->check(CLI::IsMember({"customers", "partners"}));
  announcing->add_option("--language", p.announce.language, "en or ja")->check(CLI::IsMember({"en", "ja"}));
  announcing->add_flag("--publish", p.announce.publish, "Send it to the status page, in its languages");
  announcing->add_flag("--yes", p.announce.yes, "Do not ask");
  add(app, "service-token", "Make the token of a service that may ask for access", p,
      [&p] { return service_token(p.id, format_of(p.settings)); })
      ->add_option("name", p.id, "Name of the service in the catalog")
      ->required();
}

}  // namespace postern::cli
