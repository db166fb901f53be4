#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ledger/entry.h"

/// The signed answers to requests, as an auditor reads them who has the ledger and nothing else.
namespace postern::ledger {

/// The SSHSIG namespace that approvals and denials are signed in.
inline constexpr std::string_view answer_namespace = "postern-approval";

/// Who signed what. That `key` made `signature` over `statement` is for signature/sshsig.h to say; that the
/// key is an approver's is for the catalog in force.
struct SignedAnswer {
  std::string statement;  ///< the exact bytes that were signed
  std::string signature;  ///< armored SSHSIG
  std::string key;        ///< the public key's line
  friend bool operator==(const SignedAnswer&, const SignedAnswer&) = default;
};

/// The answer in a "request.approved" or "request.denied" entry; nothing for other types. `damaged` when it
/// cannot be read, or its statement speaks of another ledger or request or says the opposite of the entry's
/// type: a signature given elsewhere must not count here.
Result<std::optional<SignedAnswer>> answer_in(const Entry& entry, std::string_view ledger);

}  // namespace postern::ledger
