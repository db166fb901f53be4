#include "emergency/statement.h"

#include "base/json.h"
#include "emergency/describe.h"

namespace postern::emergency {

Digest digest_of(const RequestTerms& terms) {
  return sha256({"postern-request/1\n", json::canonical(to_json(terms))});
}

std::string approval_statement(std::string_view ledger, const RequestTerms& terms, int tier,
                               const PersonId& person, Decision decision, const Conditions& conditions) {
  json::Object out{{"decision", name_of(decision)},
                   {"ledger", ledger},
                   {"person", person.text()},
                   {"request", terms.request.text()},
                   {"request_digest", digest_of(terms).hex()},
                   {"statement", "postern-approval/1"},
                   {"tier", tier}};
  if (!conditions.empty()) {
    out["statement"] = "postern-approval/2";
    out.emplace("duration", conditions.duration ? to_text(*conditions.duration) : std::string());
    out.emplace("target_role", conditions.target_role.value_or(""));
  }
  return json::canonical(out);
}

std::string absence_statement(std::string_view ledger, const PersonId& person, Instant from, Instant to,
                              const PersonId& signer) {
  return json::canonical(json::Object{{"from", to_rfc3339(from)},
                                      {"ledger", ledger},
                                      {"person", person.text()},
                                      {"signer", signer.text()},
                                      {"statement", "postern-absence/1"},
                                      {"to", to_rfc3339(to)}});
}

std::string catalog_statement(const Digest& catalog, const std::optional<Digest>& replaces) {
  return json::canonical(json::Object{{"catalog", catalog.hex()},
                                      {"replaces", replaces ? replaces->hex() : std::string()},
                                      {"statement", "postern-catalog/1"}});
}

std::string override_statement(std::string_view ledger, const PersonId& person,
                               const std::variant<OverriddenDeclaration, OverriddenApproval>& what,
                               const Digest& reason) {
  json::Object out{{"incident", ""},
                   {"ledger", ledger},
                   {"mode", ""},
                   {"person", person.text()},
                   {"reason", reason.hex()},
                   {"request", ""},
                   {"request_digest", ""},
                   {"statement", "postern-override/1"}};
  if (const auto* approval = std::get_if<OverriddenApproval>(&what)) {
    out["request"] = approval->request.text();
    out["request_digest"] = approval->request_digest.hex();
  } else {
    const auto& declaration = std::get<OverriddenDeclaration>(what);
    out["incident"] = declaration.incident;
    out["mode"] = declaration.mode.text();
  }
  return json::canonical(out);
}

Digest digest_of(const OverrideTerms& terms) {
  return sha256({"postern-override/1\n", json::canonical(to_json(terms))});
}

std::string cosignature_statement(std::string_view ledger, const OverrideTerms& terms,
                                  const PersonId& person) {
  return json::canonical(json::Object{{"ledger", ledger},
                                      {"override", terms.id.text()},
                                      {"override_digest", digest_of(terms).hex()},
                                      {"person", person.text()},
                                      {"statement", "postern-cosignature/1"}});
}

std::string login_statement(std::string_view ledger, const PersonId& person, std::string_view nonce,
                            Instant expires) {
  return json::canonical(json::Object{{"expires", to_rfc3339(expires)},
                                      {"ledger", ledger},
                                      {"nonce", nonce},
                                      {"person", person.text()},
                                      {"statement", "postern-login/1"}});
}

}  // namespace postern::emergency
