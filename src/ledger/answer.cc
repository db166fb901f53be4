#include "ledger/answer.h"

namespace postern::ledger {
namespace {

tl::unexpected<Error> misfit(const std::string& what) {
  return fail(ErrorCode::damaged,
              "The signed answer is not good: " + what + ". Ask the approver what was signed.");
}

}  // namespace

Result<std::optional<SignedAnswer>> answer_in(const Entry& entry, std::string_view ledger) {
  std::string_view decision;
  if (entry.type == "request.approved") decision = "approve";
  if (entry.type == "request.denied") decision = "deny";
  if (decision.empty()) return std::optional<SignedAnswer>();

  json::Reader data(entry.data, "data.");
  const auto request = data.text("request");
  const auto statement = data.text("statement", entry_bytes_max);
  const auto signature = data.text("signature", entry_bytes_max);
  const auto key = data.text("key", entry_bytes_max);
  for (const auto* member : {&request, &statement, &signature, &key})
    if (!*member) return misfit(member->error().message);

  const auto said = json::parse(*statement);
  if (!said) return misfit("its statement is not JSON");
  if (said->text_at("ledger") != ledger) return misfit("its statement is for another ledger");
  if (request->empty() || said->text_at("request") != *request)
    return misfit("its statement is for another request");
  if (said->text_at("decision") != decision)
    return misfit("its statement does not say \"" + std::string(decision) + "\"");
  return SignedAnswer{.statement = *statement, .signature = *signature, .key = *key};
}

}  // namespace postern::ledger
