#include "sandbox/principal.h"

#include "base/hash.h"

namespace postern::sandbox {

std::string user_arn(const AccountId& account, std::string_view name) {
  return ("arn:aws:iam::" + account.text() + ":user/").append(name);
}

std::string role_arn(const AccountId& account, std::string_view name) {
  return ("arn:aws:iam::" + account.text() + ":role/").append(name);
}

std::string unique_id(std::string_view prefix, std::string_view arn) {
  std::string id = sha256({"postern sandbox unique id\n", arn}).hex().substr(0, 17);
  for (char& c : id)
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  return std::string(prefix) + id;
}

Fault not_authorized(const Principal& caller, std::string_view action, std::string_view resource) {
  std::string message = "User: " + caller.arn + " is not authorized to perform: ";
  message.append(action).append(" on resource: ").append(resource);
  return {.status = 403, .code = "AccessDenied", .message = std::move(message)};
}

}  // namespace postern::sandbox
