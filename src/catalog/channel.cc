#include "catalog/channel.h"

namespace postern::catalog {

bool reaches_a_person(const Channel& channel) {
  return channel.provider.kind == "smtp" || channel.provider.kind == "sms";
}

}  // namespace postern::catalog
