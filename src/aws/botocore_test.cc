#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>

#include "aws/sigv4.h"
#include "base/json.h"

/// Our signatures against those of botocore, AWS's own signer in Python, on random requests from one seed.
namespace postern::aws {
namespace {

constexpr int request_count = 1000;

/// Reads the requests (JSON array, argv[1]) and prints one signature a line. It signs step by step, because
/// add_auth would take the time from the clock.
constexpr const char* oracle = R"(
import json, sys
from urllib.parse import quote
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

for each in json.load(open(sys.argv[1], encoding='utf-8')):
    url = 'http://' + each['host'] + quote(each['path'], safe='/~')
    request = AWSRequest(method=each['method'], url=url, headers=dict(each['headers']),
                         data=each['body'].encode(), params=[tuple(pair) for pair in each['query']])
    request.context['timestamp'] = each['timestamp']
    kind = S3SigV4Auth if each['service'] == 's3' else SigV4Auth
    auth = kind(Credentials('AKIDEXAMPLE', each['secret'], each['token'] or None), each['service'], each['region'])
    auth._modify_request_before_signing(request)
    text = auth.string_to_sign(request, auth.canonical_request(request))
    print(auth.signature(text, request))
)";

/// Debian's python3-boto3, unless POSTERN_BOTOCORE_PYTHON names an interpreter that has botocore.
std::string interpreter() {
  const char* chosen = std::getenv("POSTERN_BOTOCORE_PYTHON");
  return chosen != nullptr ? chosen : "/usr/bin/python3";
}

struct Case {
  UnsignedRequest request;
  Scope scope;
  std::string secret;
  std::string token;
};

class Generator {
 public:
  explicit Generator(std::mt19937::result_type seed) : random_(seed) {}

  Case next() {
    Case out;
    out.scope = {pick({"eu-west-1", "us-east-1", "ap-northeast-1"}),
                 pick({"sts", "autoscaling", "execute-api", "s3"})};
    out.request.method = pick({"GET", "POST", "PUT", "DELETE"});
    out.request.host = out.scope.service + "." + out.scope.region + pick({".amazonaws.com", ".example:8443"});
    out.request.path = "/";
    for (std::size_t count = below(5); count > 0; --count)
      out.request.path += pick({"a", ".", "..", ""}) + text() + "/";
    if (below(2) == 0) out.request.path += text();
    for (std::size_t count = below(4); count > 0; --count)
      out.request.query.emplace_back("q" + text(), text());
    for (std::size_t at = 0; at < below(4); ++at)
      out.request.headers.emplace_back("X-Test-" + std::to_string(at), "v  " + plain() + "  w ");
    if (below(2) == 0) out.request.body = text() + text();
    out.secret = "secret" + plain();
    if (below(2) == 0) out.token = "token" + plain();
    return out;
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  std::string pick(const std::vector<std::string>& choices) { return choices[below(choices.size())]; }
  std::string text() {
    std::string out;
    for (std::size_t count = below(6); count > 0; --count)
      out += pick({"a", "Z", "0", " ", "+", "%", "&", "=", "/", "?",  "#",  "~",
                   "*", "'", "(", "@", ":", ".", "-", "_", "é", "京", "%2F"});
    return out;
  }
  std::string plain() {
    std::string out;
    for (std::size_t count = below(9); count > 0; --count) out += pick({"a", "B", "7", "/", "+", "="});
    return out;
  }
  std::mt19937 random_;
};

json::Array pairs(const std::vector<std::pair<std::string, std::string>>& list) {
  json::Array out;
  for (const auto& [name, value] : list) out.emplace_back(json::Array{name, value});
  return out;
}

json::Value as_json(const Case& each) {
  return json::Object{{"method", each.request.method},
                      {"host", each.request.host},
                      {"path", each.request.path},
                      {"query", pairs(each.request.query)},
                      {"headers", pairs(each.request.headers)},
                      {"body", each.request.body},
                      {"region", each.scope.region},
                      {"service", each.scope.service},
                      {"secret", each.secret},
                      {"token", each.token},
                      {"timestamp", "20260315T235959Z"}};
}

std::string signature_of(const Case& each) {
  const Instant now = parse_rfc3339("2026-03-15T23:59:59Z").value();
  const Credentials credentials{.access_key_id = "AKIDEXAMPLE",
                                .secret_access_key = Secret::copy_of(each.secret),
                                .session_token = Secret::copy_of(each.token)};
  SigningRules rules;
  if (each.scope.service == "s3")
    rules = {
        .path = PathRule::keep, .path_encoding = PathEncoding::once, .body_hash = BodyHashHeader::present};
  return sign(each.request, credentials, each.scope, now, rules).signature;
}

std::vector<std::string> lines_from(const std::string& command) {
  struct Close {
    void operator()(std::FILE* file) const { pclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> pipe(popen(command.c_str(), "r"));
  std::vector<std::string> out;
  char line[256];
  while (std::fgets(line, sizeof line, pipe.get()) != nullptr)
    out.emplace_back(line, std::string_view(line).find('\n'));
  return out;
}

TEST(Sigv4, AgreesWithBotocoreOnRandomRequests) {
  if (std::system((interpreter() + " -c 'import botocore' 2>/dev/null").c_str()) != 0)
    GTEST_SKIP() << interpreter()
                 << " has no botocore (Debian: apt install python3-boto3), so the differential test "
                 << "did not run. POSTERN_BOTOCORE_PYTHON may name another interpreter.";
  Generator generator(20261123);
  std::vector<Case> cases;
  json::Array requests;
  for (int count = 0; count < request_count; ++count) {
    cases.push_back(generator.next());
    requests.push_back(as_json(cases.back()));
  }
  const auto folder =
      std::filesystem::temp_directory_path() / ("postern-botocore-" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "requests.json") << json::canonical(requests);
  std::ofstream(folder / "oracle.py") << oracle;
  const std::vector<std::string> theirs = lines_from(interpreter() + " " + (folder / "oracle.py").string() +
                                                     " " + (folder / "requests.json").string());
  std::filesystem::remove_all(folder);
  ASSERT_EQ(theirs.size(), cases.size());
  for (std::size_t at = 0; at < cases.size(); ++at)
    EXPECT_EQ(signature_of(cases[at]), theirs[at]) << json::pretty(as_json(cases[at]));
}

}  // namespace
}  // namespace postern::aws
