#include "incident/provider.h"

#include <fmt/format.h>

#include "incident/kinds.h"

namespace postern::incident {
namespace {

/// A kind that this version does not know. The catalog's reader lets none pass, but a catalog in force is not
/// judged again.
class Unknown : public Provider {
 public:
  explicit Unknown(std::string kind) : kind_(std::move(kind)) {}
  [[nodiscard]] Result<void> check(const std::string& /*number*/) const override { return {}; }
  [[nodiscard]] std::string nobodys_number() const override { return "0"; }
  Result<Incident> find(const std::string& /*number*/) override { return refusal(); }
  Result<Incident> create(const Draft& /*draft*/) override { return refusal(); }
  Result<void> append(const std::string& /*number*/, const std::string& /*key*/,
                      const std::string& /*note*/) override {
    return refusal();
  }
  Result<void> close(const std::string& /*number*/, const std::string& /*note*/) override {
    return refusal();
  }

 private:
  [[nodiscard]] tl::unexpected<Error> refusal() const {
    return fail(ErrorCode::invalid,
                fmt::format("This version knows no ticket system of the kind \"{}\". Use http, pagerduty, "
                            "servicenow or jira.",
                            one_line(kind_, 40)));
  }
  std::string kind_;
};

}  // namespace

std::unique_ptr<Provider> make_provider(const catalog::Provider& settings, const World& world) {
  if (settings.kind == "http") return make_http({settings, world});
  if (settings.kind == "pagerduty") return make_pagerduty({settings, world});
  if (settings.kind == "servicenow") return make_servicenow({settings, world});
  if (settings.kind == "jira") return make_jira({settings, world});
  return std::make_unique<Unknown>(settings.kind);
}

}  // namespace postern::incident
