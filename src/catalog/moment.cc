#include "catalog/moment.h"

namespace postern::catalog {

std::string_view key_of(Moment moment) {
  switch (moment) {
    case Moment::suspicion:
      return "on_suspicion";
    case Moment::declared:
      return "on_declared";
    case Moment::escalation:
      return "on_escalation";
    case Moment::grant:
      return "on_grant";
    case Moment::override:
      return "on_override";
    case Moment::finding:
      return "on_finding";
    case Moment::close:
      return "on_close";
  }
  return "";
}

}  // namespace postern::catalog
