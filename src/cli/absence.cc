// Who is away, and who is back.
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/moment.h"
#include "cli/shown.h"

namespace postern::cli {
namespace {

std::string who(const AbsenceOptions& options, const Connection& connection) {
  return options.person.empty() ? connection.settings().person : options.person;
}

/// docs/formats.md, postern-absence/1.
std::string statement_of(const std::string& ledger, const std::string& person, Instant from, Instant to,
                         const std::string& signer) {
  return json::canonical(json::Object{{"from", to_rfc3339(from)},
                                      {"ledger", ledger},
                                      {"person", person},
                                      {"signer", signer},
                                      {"statement", "postern-absence/1"},
                                      {"to", to_rfc3339(to)}});
}

}  // namespace

int absent(const Settings& settings, const AbsenceOptions& options) {
  return with_server(settings, [&](Connection& connection, client::Api& api) -> Result<int> {
    const Instant now = SystemClock().wall();
    const Instant from = TRY(moment_of(options.from, now));
    const Instant to = TRY(moment_of(options.to, now, OfDay::end));
    const json::Value health = TRY(api.get("/api/v1/health"));
    TRY(check_ledger(health, connection.settings().ledger));
    const std::string person = who(options, connection);
    const std::string statement =
        statement_of(std::string(health.text_at("ledger")), person, from, to, connection.settings().person);
    const std::string signature = TRY(sign(connection, "postern-absence", statement));
    const json::Value answer = TRY(api.post("/api/v1/absences",
                                            json::Object{{"from", to_rfc3339(from)},
                                                         {"person", person},
                                                         {"signature", signature},
                                                         {"statement", statement},
                                                         {"to", to_rfc3339(to)}},
                                            settings.idempotency_key));
    return print_answer(answer,
                        fmt::format("{} is away from {} to {}. Their deputy is asked meanwhile.\n"
                                    "Back before that: postern back{}",
                                    person, to_rfc3339(from), to_rfc3339(to),
                                    options.person.empty() ? "" : " --person " + options.person),
                        settings);
  });
}

int back(const Settings& settings, const AbsenceOptions& options) {
  return with_server(settings, [&](Connection& connection, client::Api& api) -> Result<int> {
    const std::string person = who(options, connection);
    const json::Value answer = TRY(api.post("/api/v1/absences/" + http::percent_encoded(person) + "/end",
                                            json::Object{}, settings.idempotency_key));
    return print_answer(answer, person + " is back.", settings);
  });
}

}  // namespace postern::cli
