#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "emergency/fact.h"

/// The exact bytes that people sign. Canonical JSON (RFC 8785), so that each can be built again by anybody
/// with any JSON library. Formats: docs/formats.md.
namespace postern::emergency {

inline constexpr std::string_view approval_namespace = "postern-approval";
inline constexpr std::string_view login_namespace = "postern-login";
inline constexpr std::string_view catalog_namespace = "postern-catalog";

/// SHA-256("postern-request/1\n" ‖ canonical JSON of the terms): what "this request" means in an approval.
Digest digest_of(const RequestTerms& terms);

/// {"decision","ledger","person","request","request_digest","statement":"postern-approval/1","tier"}; with
/// conditions "postern-approval/2", and "duration" and "target_role", each "" where the request's stays.
std::string approval_statement(std::string_view ledger, const RequestTerms& terms, int tier,
                               const PersonId& person, Decision decision, const Conditions& conditions = {});
/// {"from","ledger","person","signer","statement":"postern-absence/1","to"}
std::string absence_statement(std::string_view ledger, const PersonId& person, Instant from, Instant to,
                              const PersonId& signer);
inline constexpr std::string_view absence_namespace = "postern-absence";
/// {"catalog","replaces","statement":"postern-catalog/1"}; `replaces` is "" for the first catalog. A
/// signature cannot be used to bring an older catalog back, because it names what it replaces and each comes
/// in force once.
std::string catalog_statement(const Digest& catalog, const std::optional<Digest>& replaces);
/// What the maker of an override signs: {"incident","ledger","mode","person","reason","request",
/// "request_digest","statement":"postern-override/1"}; of a declaration the request's fields are "", of an
/// approval the mode's.
std::string override_statement(std::string_view ledger, const PersonId& person,
                               const std::variant<OverriddenDeclaration, OverriddenApproval>& what,
                               const Digest& reason);
/// {"ledger","override","override_digest","person","statement":"postern-cosignature/1"}
std::string cosignature_statement(std::string_view ledger, const OverrideTerms& terms,
                                  const PersonId& person);
/// SHA-256 over "postern-override/1\n" and the terms' canonical JSON.
Digest digest_of(const OverrideTerms& terms);
inline constexpr std::string_view override_namespace = "postern-override";
/// {"expires","ledger","nonce","person","statement":"postern-login/1"}
std::string login_statement(std::string_view ledger, const PersonId& person, std::string_view nonce,
                            Instant expires);

}  // namespace postern::emergency
