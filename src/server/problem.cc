#include "server/problem.h"

#include "base/json.h"

namespace postern::server {

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return 400;
    case ErrorCode::unauthenticated:
      return 401;
    case ErrorCode::forbidden:
      return 403;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::conflict:
      return 409;
    case ErrorCode::exhausted:
      return 429;
    case ErrorCode::unavailable:
      return 503;
    case ErrorCode::outcome_unknown:
      return 504;
    case ErrorCode::damaged:
      return 503;
    case ErrorCode::internal:
      return 500;
  }
  return 500;
}

http::Response problem(const Error& error) {
  const int status = status_of(error.code);
  http::Response response{
      .status = status, .headers = {{"content-type", "application/problem+json"}}, .body = {}};
  if (status == 401) response.headers.emplace("www-authenticate", "Bearer");
  response.body = json::canonical(json::Object{{"code", name_of(error.code)},
                                               {"detail", error.message},
                                               {"status", status},
                                               {"title", name_of(error.code)},
                                               {"type", "about:blank"}});
  return response;
}

}  // namespace postern::server
