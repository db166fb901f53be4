// The commands of asking and answering.
#include "cli/parsed.h"

namespace postern::cli {
namespace {

void add_request(CLI::App& app, Parsed& p) {
  CLI::App* requesting =
      add(app, "request", "Ask for access in an open emergency, or show a request (R-1)", p, [&p] {
        return p.request.emergency.starts_with("R-") ? show_request(p.settings, p.request.emergency)
                                                     : request(p.settings, p.request);
      });
  requesting->add_option("emergency", p.request.emergency, "Emergency (E-1), or a request to show (R-1)");
  requesting->add_option("--account", p.request.account, "AWS account id");
  requesting->add_option("--process", p.request.process, "Process; by default the failure mode's own");
  requesting->add_option("--for", p.request.duration, "How long; by default 1h");
  requesting->add_option("--reason", p.request.reason, "Why; approvers and auditors read it");
  requesting
      ->add_option("--field", p.request.fields, "A field of the process's form, id=value; more than once")
      ->take_all();
  requesting->add_option("--start", p.request.start, "When it begins: 2026-12-01T02:00:00Z, or \"in 2h\"");
  requesting->add_option("--extend", p.request.extends, "The grant (G-1) that is to go on");
  requesting->add_flag("--explain", p.request.is_explained_only,
                       "Only say what one may ask for, or what would be asked of whom");
  requesting->add_option("--draft", p.request.draft, "Keep it under this name instead of sending it");
  requesting->add_option("--from-draft", p.request.from_draft,
                         "Take what is not said here from the draft of this name");
  requesting->add_flag("--yes", p.request.yes, "Acknowledge every warning without being asked");
  CLI::App* drafting = add(app, "drafts", "Requests that were kept and not sent", p,
                           [&p] { return drafts(p.drafts, format_of(p.settings)); });
  drafting->add_option("--forget", p.drafts.forget, "Forget the draft of this name");
  add(app, "show", "Show a request (R-1): whom it asks, who has answered, its story", p,
      [&p] {
        return p.id.starts_with("O-") ? show_override(p.settings, p.id) : show_request(p.settings, p.id);
      })
      ->add_option("id", p.id, "R-… or O-…")
      ->required();
}

void add_answers(CLI::App& app, Parsed& p) {
  for (const char* decision : {"approve", "deny"}) {
    const bool is_approval = std::string_view(decision) == "approve";
    CLI::App* answering =
        add(app, decision,
            is_approval ? "Approve a request, with your signature" : "Deny a request, with your signature", p,
            [&p, decision] {
              p.answer.decision = decision;
              return answer(p.settings, p.answer);
            });
    answering->add_option("request", p.answer.request, "Request (R-1)")->required();
    answering->add_flag("--yes", p.answer.yes, "Do not ask");
    CLI::Option* saving = answering->add_option(
        "--save", p.answer.save, "Write what is to be signed into this file, to be signed elsewhere");
    answering->add_option("--as", p.answer.as, "With --save: who will sign it, if not you")->needs(saving);
    CLI::Option* bringing = answering->add_option("--signed", p.answer.signed_file,
                                                  "Bring a file that --save wrote and somebody has signed");
    bringing->excludes(saving);
    answering->add_option("--signature", p.answer.signature, "Its signature; by default FILE.sig")
        ->needs(bringing);
    if (!is_approval) {
      answering->add_option("--reason", p.answer.reason, "Why; the requester and later approvers read it");
      continue;
    }
    answering->add_option("--for", p.answer.duration, "Give less time than was asked for, e.g. 30m");
    answering->add_option("--role", p.answer.target_role, "Give a smaller role of the process");
  }
}

}  // namespace

void add_requests(CLI::App& app, Parsed& p) {
  add_request(app, p);
  add_answers(app, p);
  add(app, "withdraw", "Withdraw your own request or override", p,
      [&p] {
        return p.id.starts_with("O-") ? withdraw_override(p.settings, p.id) : withdraw(p.settings, p.id);
      })
      ->add_option("id", p.id, "R-… or O-…")
      ->required();
  CLI::App* extending =
      add(app, "extend", "Let an emergency (E-1) last longer, or ask for a grant (G-1) to go on", p, [&p] {
        if (!p.extend.emergency.starts_with("G-")) return extend(p.settings, p.extend);
        p.request.extends = p.extend.emergency;
        return request(p.settings, p.request);
      });
  extending->add_option("id", p.extend.emergency, "E-… or G-…")->required();
  extending->add_option("--by", p.extend.by,
                        "Of an emergency: from now on, e.g. 4h; by default as long as the mode lasts");
  extending->add_option("--for", p.request.duration, "Of a grant: how long it is to go on; by default 1h");
  extending->add_option("--reason", p.request.reason, "Of a grant: why; approvers and auditors read it");
  extending->add_option("--field", p.request.fields, "Of a grant: a field of the form, id=value")->take_all();
  extending->add_flag("--yes", p.request.yes, "Of a grant: acknowledge every warning without being asked");
}

}  // namespace postern::cli
