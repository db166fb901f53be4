// One sentence on what is special about it now, in either language.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "emergency/describe.h"
#include "notify/words_parts.h"

namespace postern::notify {
namespace {

using emergency::GrantEnd;
using emergency::OverrideEnd;
using emergency::Stage;

std::string said(const Telling& telling, const std::optional<Digest>& commitment) {
  const auto& parts = telling.published.private_parts;
  const auto found = commitment ? parts.find(*commitment) : parts.end();
  return found == parts.end() ? "" : std::string(found->second.value.text_at("reason"));
}

std::string of_mode(const Telling& telling, const ModeId& id) {
  const catalog::FailureMode* mode = telling.published.in_force->mode(id);
  std::string out;
  if (mode != nullptr)
    for (const ProbeId& probe : catalog::probes_in(mode->confirm)) {
      const auto state = telling.published.situation.probes.find(probe);
      if (state == telling.published.situation.probes.end()) continue;
      for (const auto& [node, view] : state->second.nodes)
        out += fmt::format("{}{} {}{}", out.empty() ? "" : "; ", probe.text(),
                           emergency::name_of(view.verdict), view.detail.empty() ? "" : ": " + view.detail);
    }
  return out;
}

std::string of_emergency(const Telling& telling, const emergency::Emergency& each) {
  const auto& language = telling.language;
  if (telling.kind == emergency::NoticeKind::incident_overdue)
    return either(language, "the ticket system knows no incident for it",
                  "チケットシステムに該当するインシデントがありません");
  if (!each.end) {
    if (each.by_override)
      return either(language, "declared without a confirmation", "確認を経ずに宣言されました");
    const catalog::FailureMode* mode = telling.published.in_force->mode(each.mode);
    return mode == nullptr ? "" : mode->leads_to;
  }
  std::string out;
  switch (*each.end) {
    case emergency::EmergencyEnd::over:
      out = either(language, "it is over", "復旧しました");
      break;
    case emergency::EmergencyEnd::false_alarm:
      out = either(language, "it was a false alarm", "誤報でした");
      break;
    case emergency::EmergencyEnd::expired:
      out = either(language, "nobody extended it", "延長されず失効しました");
      break;
    case emergency::EmergencyEnd::objected:
      out = either(language, "somebody who was skipped objected", "確認を省かれた人が異議を唱えました");
      break;
  }
  if (!each.missing.empty())
    out +=
        either(language, "; not proven: ", "。未確認: ") + fmt::format("{}", fmt::join(each.missing, "; "));
  if (const std::string reason = said(telling, each.end_reason); !reason.empty())
    out += either(language, "; reason: ", "。理由: ") + reason;
  return out;
}

std::string of_request(const Telling& telling, const emergency::Request& request) {
  const auto& language = telling.language;
  std::string out;
  for (const auto& [tier, cause] : request.skipped)
    out += (out.empty() ? "" : "; ") +
           (cause == emergency::SkipCause::out_of_hours
                ? either(language, fmt::format("tier {} was skipped: out of its hours", tier),
                         fmt::format("第{}段階は時間外のため飛ばされました", tier))
                : either(language, fmt::format("tier {} was skipped: nobody was left to ask", tier),
                         fmt::format("第{}段階は依頼できる人がいないため飛ばされました", tier)));
  if (!request.answers.empty() && request.answers.back().reason)
    return said(telling, request.answers.back().reason);
  if (request.stage == Stage::expired && request.unanswered_at)
    return out + (out.empty() ? "" : "; ") + either(language, "nobody answered", "誰も回答しませんでした");
  if (request.stage == Stage::expired)
    return either(language, "the emergency ended", "緊急事態が終了しました");
  if (out.empty())
    out = either(language, "nobody of it answered in time", "期限までに回答がありませんでした");
  return out;
}

std::string of_grant(const Telling& telling, const emergency::Grant& grant) {
  const auto& language = telling.language;
  if (!grant.end) {
    if (telling.kind == emergency::NoticeKind::grant_extended)
      return either(language, "extended, without a gap", "中断なく延長されました");
    return grant.target_role.empty() ? ""
                                     : either(language, "with the role ", "ロール: ") + grant.target_role;
  }
  switch (*grant.end) {
    case GrantEnd::expired:
      return either(language, "its time is over", "期限が切れました");
    case GrantEnd::closed:
      return either(language, "somebody closed it", "手動で終了されました");
    case GrantEnd::emergency_closed:
      return either(language, "the emergency ended", "緊急事態が終了しました");
    case GrantEnd::standing_lost:
      return either(language, "the catalog no longer lets its holder in",
                    "カタログ変更により権限を失いました");
    case GrantEnd::objected:
      return either(language, "somebody objected to the override that opened it",
                    "これを開いたオーバーライドに異議が出ました");
  }
  return "";
}

std::string of_override(const Telling& telling, const emergency::Override& each) {
  const auto& language = telling.language;
  if (telling.kind == emergency::NoticeKind::override_reviewed && each.review)
    return each.review->justified ? either(language, "it was justified", "妥当と判断されました")
                                  : either(language, "it was not justified", "妥当でないと判断されました");
  if (telling.kind == emergency::NoticeKind::override_objected && !each.objections.empty())
    return said(telling, each.objections.back().reason);
  if (each.end) {
    switch (*each.end) {
      case OverrideEnd::withdrawn:
        return either(language, "its maker withdrew it", "実行者が取り下げました");
      case OverrideEnd::objected:
        return either(language, "somebody who was skipped objected", "省かれた人が異議を唱えました");
      case OverrideEnd::lapsed:
        return either(language, "no co-signer came in time, or it was over by then",
                      "期限までに連署がなかったか、すでに不要になりました");
      case OverrideEnd::standing_lost:
        return either(language, "the catalog no longer lets its maker override",
                      "カタログ変更により権限を失いました");
    }
  }
  if (const auto* declaration = std::get_if<emergency::OverriddenDeclaration>(&each.terms.what))
    return either(language, "declares " + declaration->mode.text() + " without a confirmation",
                  declaration->mode.text() + " を確認なしで宣言します");
  const std::string request = std::get<emergency::OverriddenApproval>(each.terms.what).request.text();
  return either(language, "opens access by " + request + ", which nobody approved",
                "誰も承認していない " + request + " によるアクセスを開きます");
}

std::string of_absence(const Telling& telling) {
  std::string out;
  for (const auto& [person, absences] : telling.published.situation.absences)
    for (const emergency::Absence& each : absences)
      if (person.text() == telling.about)
        out += fmt::format("{}{} - {} ({})", out.empty() ? "" : "; ", written(each.from), written(each.to),
                           each.marked_by.text());
  return out;
}

}  // namespace

std::string what_happened(const Telling& telling) {
  const emergency::Situation& situation = telling.published.situation;
  if (telling.kind == emergency::NoticeKind::test)
    return either(telling.language, "a test; nothing has happened", "テストです。何も起きていません");
  if (telling.kind == emergency::NoticeKind::absence_marked) return of_absence(telling);
  if (const auto id = EmergencyId::parse(telling.about); id && situation.emergency(*id) != nullptr)
    return of_emergency(telling, *situation.emergency(*id));
  if (const auto id = RequestId::parse(telling.about); id && situation.request(*id) != nullptr)
    return of_request(telling, *situation.request(*id));
  if (const auto id = GrantId::parse(telling.about); id && situation.grant(*id) != nullptr)
    return of_grant(telling, *situation.grant(*id));
  if (const auto id = OverrideId::parse(telling.about); id && situation.override_of(*id) != nullptr)
    return of_override(telling, *situation.override_of(*id));
  if (const auto id = ModeId::parse(telling.about)) return of_mode(telling, *id);
  return "";
}

}  // namespace postern::notify
