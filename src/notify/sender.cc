#include "notify/sender.h"

#include "notify/alerting.h"
#include "notify/command.h"
#include "notify/sender_parts.h"
#include "notify/slack.h"
#include "notify/smtp.h"
#include "notify/webhook.h"

namespace postern::notify {
namespace {

/// For a kind that this version does not know: a catalog in force is not judged again, and a server must
/// start with it.
class Unknown final : public Sender {
 public:
  explicit Unknown(const std::string& kind) : kind_(on_one_line(kind, 64)) {}
  Result<void> send(const Message& /*message*/) override {
    return fail(ErrorCode::invalid,
                "This version of Postern knows no channels of kind " + kind_ + ". Use another channel.");
  }

 private:
  const std::string kind_;
};

}  // namespace

std::unique_ptr<Sender> make_sender(const catalog::Channel& channel, const World& world) {
  const std::string& kind = channel.provider.kind;
  if (kind == "smtp") return make_smtp(channel, world);
  if (kind == "webhook") return make_webhook(channel, world);
  if (kind == "slack") return make_slack(channel, world);
  if (kind == "command") return make_command(channel, world);
  if (kind == "pagerduty") return make_pagerduty(channel, world);
  if (kind == "opsgenie") return make_opsgenie(channel, world);
  if (kind == "alertmanager") return make_alertmanager(channel, world);
  if (kind == "sns") return make_sns(channel, world);
  if (kind == "sms") return make_sms(channel, world);
  return std::make_unique<Unknown>(kind);
}

}  // namespace postern::notify
