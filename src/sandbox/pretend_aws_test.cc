#include "sandbox/pretend_aws.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "aws/autoscaling.h"
#include "aws/sigv4.h"
#include "aws/sts.h"
#include "http/client.h"
#include "sandbox/totp.h"

namespace postern::sandbox {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const AccountId emergency = AccountId::parse("100000000001").value();
const AccountId production = AccountId::parse("200000000001").value();
const AccountId staging = AccountId::parse("200000000002").value();
constexpr const char* emergency_role = "arn:aws:iam::100000000001:role/EmergencyAccess";
constexpr const char* production_role = "arn:aws:iam::200000000001:role/EmergencyOps";
constexpr const char* staging_role = "arn:aws:iam::200000000002:role/EmergencyOps";

class FakeClock : public Clock {
 public:
  [[nodiscard]] Instant wall() const override { return now; }
  [[nodiscard]] milliseconds steady() const override { return now.time_since_epoch(); }
  Instant now = parse_rfc3339("2026-11-23T03:00:05Z").value();
};

class SeededRandom : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(engine_() & 0xffU);
  }

 private:
  std::mt19937 engine_{1};
};

PretendUser user(const std::string& name) {
  return {.name = name,
          .access_key_id = "AKIA0EXAMPLE0KEY" + name,
          .secret_access_key = Secret("secret of " + name),
          .mfa_serial = "arn:aws:iam::100000000001:mfa/" + name,
          .totp_seed = Secret("seed of " + name)};
}

PretendAwsOptions options() {
  return {.emergency_account = emergency,
          .emergency_role = "EmergencyAccess",
          .users = {user("aiko"), user("ben")},
          .targets = {{.account = production,
                       .role = "EmergencyOps",
                       .group = {.name = "web", .min = 2, .max = 4, .desired = 4}},
                      {.account = staging, .role = "EmergencyOps", .group = {.name = "web"}}}};
}

/// What somebody on the way may do to a request after it was signed.
using Tamper = std::function<void(http::Request&)>;

class PretendAwsTest : public testing::Test {
 protected:
  aws::Credentials key_of(const std::string& name) {
    const PretendUser each = user(name);
    return {.access_key_id = each.access_key_id,
            .secret_access_key = each.secret_access_key,
            .session_token = {}};
  }

  /// Signs a call with aws::sign and hands it over; `signed_at` is the caller's own clock.
  http::Response call(std::vector<std::pair<std::string, std::string>> fields,
                      const aws::Credentials& credentials, const Tamper& tamper = {},
                      std::optional<Instant> signed_at = {},
                      const aws::Scope& scope = {.region = "us-east-1", .service = "sts"},
                      const aws::SigningRules& rules = {}) {
    fields.emplace_back("Version", scope.service == "autoscaling" ? "2011-01-01" : "2011-06-15");
    const aws::UnsignedRequest unsigned_request{
        .method = "POST",
        .host = "127.0.0.1:4566",
        .headers = {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}},
        .body = http::form_encoded(fields)};
    const aws::SignedRequest ready =
        aws::sign(unsigned_request, credentials, scope, signed_at.value_or(clock.now), rules);
    http::Request request;
    request.method = "POST";
    request.path = ready.path;
    request.body = unsigned_request.body;
    for (const auto& [name, value] : ready.headers) request.headers[name] = value;
    if (tamper) tamper(request);
    return pretend_aws.handle(request);
  }

  http::Response who_am_i(const aws::Credentials& credentials, const Tamper& tamper = {},
                          std::optional<Instant> signed_at = {},
                          const aws::Scope& scope = {.region = "us-east-1", .service = "sts"},
                          const aws::SigningRules& rules = {}) {
    return call({{"Action", "GetCallerIdentity"}}, credentials, tamper, signed_at, scope, rules);
  }

  http::Response scale(std::vector<std::pair<std::string, std::string>> fields,
                       const aws::Credentials& credentials, const std::string& region = "us-east-1") {
    return call(std::move(fields), credentials, {}, {}, {.region = region, .service = "autoscaling"});
  }

  std::string code_of(const std::string& name) { return totp(user(name).totp_seed, clock.now); }

  /// The form of hop one as it should be; `changes` replace fields, and "" takes one out.
  std::vector<std::pair<std::string, std::string>> hop_one(
      const std::map<std::string, std::string>& changes = {}) {
    std::map<std::string, std::string> fields = {{"Action", "AssumeRole"},
                                                 {"RoleArn", emergency_role},
                                                 {"RoleSessionName", "G-12"},
                                                 {"SourceIdentity", "aiko"},
                                                 {"SerialNumber", user("aiko").mfa_serial},
                                                 {"TokenCode", code_of("aiko")}};
    for (const auto& [name, value] : changes) fields[name] = value;
    std::erase_if(fields, [](const auto& each) { return each.second.empty(); });
    return {fields.begin(), fields.end()};
  }
  std::vector<std::pair<std::string, std::string>> hop_two(
      const std::map<std::string, std::string>& changes = {}) {
    std::map<std::string, std::string> fields = {
        {"Action", "AssumeRole"}, {"RoleArn", production_role}, {"RoleSessionName", "G-12"}};
    for (const auto& [name, value] : changes) fields[name] = value;
    return {fields.begin(), fields.end()};
  }

  static std::string inside(const std::string& xml, const std::string& name) {
    const std::size_t begin = xml.find("<" + name + ">") + name.size() + 2;
    return xml.substr(begin, xml.find("</" + name + ">") - begin);
  }
  static aws::Credentials session_in(const http::Response& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    return {.access_key_id = inside(response.body, "AccessKeyId"),
            .secret_access_key = Secret(inside(response.body, "SecretAccessKey")),
            .session_token = Secret(inside(response.body, "SessionToken"))};
  }
  aws::Credentials emergency_session() { return session_in(call(hop_one(), key_of("aiko"))); }
  aws::Credentials production_session() { return session_in(call(hop_two(), emergency_session())); }

  FakeClock clock;
  SeededRandom random;
  PretendAws pretend_aws{options(), clock, random};
};

MATCHER_P2(Refuses, status, code, "") {
  *result_listener << arg.body;
  return arg.status == status && arg.body.find("<Code>" + std::string(code) + "</Code>") != std::string::npos;
}
MATCHER(Succeeds, "") {
  *result_listener << arg.body;
  return arg.status == 200;
}

/// Our own clients, with the pretend AWS at the other end of the line.
class Wire : public http::Client {
 public:
  explicit Wire(PretendAws& pretend_aws) : pretend_aws_(pretend_aws) {}
  Result<http::Response> send(const http::Outgoing& outgoing) override {
    const std::size_t host = outgoing.url.find("//") + 2;
    http::Request request;
    request.method = outgoing.method;
    request.path = "/";
    request.body = outgoing.body;
    for (const auto& [name, value] : outgoing.headers) request.headers[name] = value;
    request.headers["host"] = outgoing.url.substr(host, outgoing.url.find('/', host) - host);
    return pretend_aws_.handle(request);
  }

 private:
  PretendAws& pretend_aws_;
};

TEST_F(PretendAwsTest, LetsAPersonThroughToTheWorkloadWithOurOwnClients) {
  Wire wire(pretend_aws);
  aws::Sts sts({.regions = {"us-east-1"}, .endpoint_url = "http://127.0.0.1:4566"}, wire, clock);
  const aws::AssumedRole first = sts.assume_role({.role_arn = emergency_role,
                                                  .role_session_name = "G-12",
                                                  .source_identity = "aiko",
                                                  .mfa = aws::Mfa{.serial_number = user("aiko").mfa_serial,
                                                                  .token_code = Secret(code_of("aiko"))}},
                                                 key_of("aiko"))
                                     .value();
  const aws::AssumedRole second =
      sts.assume_role({.role_arn = production_role, .role_session_name = "G-12", .source_identity = ""},
                      first.credentials)
          .value();
  EXPECT_EQ(sts.caller_identity(second.credentials).value(),
            "arn:aws:sts::200000000001:assumed-role/EmergencyOps/G-12");
  EXPECT_EQ(second.credentials.expires_at, clock.now + 1h);

  aws::AutoScaling auto_scaling({.region = "us-east-1", .endpoint_url = "http://127.0.0.1:4566"}, wire,
                                clock);
  EXPECT_THAT(
      auto_scaling.groups(second.credentials).value(),
      ElementsAre(aws::AutoScalingGroup{.name = "web", .min_size = 2, .max_size = 4, .desired_capacity = 4}));
  EXPECT_TRUE(auto_scaling.set_max_size("web", 12, second.credentials));
  EXPECT_EQ(pretend_aws.group(production),
            (AutoScalingGroup{.name = "web", .min = 2, .max = 12, .desired = 4}));
  EXPECT_EQ(pretend_aws.group(staging), AutoScalingGroup{.name = "web"});
}

TEST_F(PretendAwsTest, TellsWhatHappenedAsCloudTrailWould) {
  const aws::Credentials session = production_session();
  scale({{"Action", "DescribeAutoScalingGroups"}}, session);
  call(hop_one(), key_of("ben"));
  who_am_i({.access_key_id = "AKIA0NOBODY0S0KEY", .secret_access_key = Secret("x"), .session_token = {}});
  const std::string ben = "arn:aws:iam::100000000001:user/ben";
  EXPECT_THAT(
      pretend_aws.calls(),
      ElementsAre(
          Call{clock.now, "AssumeRole", "arn:aws:iam::100000000001:user/aiko", "aiko", "100000000001", ""},
          Call{clock.now, "AssumeRole", "arn:aws:sts::100000000001:assumed-role/EmergencyAccess/G-12", "aiko",
               "200000000001", ""},
          Call{clock.now, "DescribeAutoScalingGroups",
               "arn:aws:sts::200000000001:assumed-role/EmergencyOps/G-12", "aiko", "200000000001", ""},
          Call{clock.now, "AssumeRole", ben, "aiko", "100000000001", "AccessDenied"}));
}

// --- Who signed?
// ----------------------------------------------------------------------------------------------

TEST_F(PretendAwsTest, AcceptsWhatTheHolderOfAKeySigned) {
  const http::Response response = who_am_i(key_of("aiko"));
  EXPECT_THAT(response, Succeeds());
  EXPECT_EQ(inside(response.body, "Arn"), "arn:aws:iam::100000000001:user/aiko");
  EXPECT_EQ(inside(response.body, "Account"), "100000000001");
  EXPECT_EQ(response.headers.at("date"), "Mon, 23 Nov 2026 03:00:05 GMT");
  EXPECT_THAT(who_am_i(key_of("aiko"), {}, {}, {.region = "us-east-1", .service = "sts"},
                       {.body_hash = aws::BodyHashHeader::present}),
              Succeeds());
}

TEST_F(PretendAwsTest, RefusesKeysThatItDoesNotKnow) {
  aws::Credentials nobody = key_of("aiko");
  nobody.access_key_id = "AKIA0NOBODY0S0KEY";
  EXPECT_THAT(who_am_i(nobody), Refuses(403, "InvalidClientTokenId"));
  aws::Credentials wrong = key_of("aiko");
  wrong.secret_access_key = Secret("guessed");
  EXPECT_THAT(who_am_i(wrong), Refuses(403, "SignatureDoesNotMatch"));
}

TEST_F(PretendAwsTest, RefusesARequestThatWasChangedOnTheWay) {
  for (const Tamper& tamper : std::vector<Tamper>{
           [](http::Request& request) { request.body += "&DurationSeconds=43200"; },
           [](http::Request& request) { request.headers["host"] = "sts.example.com"; },
           [](http::Request& request) { request.headers["content-type"] += "; boundary=x"; },
           [](http::Request& request) { request.headers["x-amz-date"] = "20261123T030004Z"; },
           [](http::Request& request) { request.headers["x-amz-extra"] = "unsigned"; },
           [](http::Request& request) {
             std::string& authorization = request.headers["authorization"];
             authorization.replace(authorization.find("host;"), 5, "");
           },
           [](http::Request& request) {
             char& last = request.headers["authorization"].back();
             last = last == '0' ? '1' : '0';
           },
       })
    EXPECT_THAT(who_am_i(key_of("aiko"), tamper), Refuses(403, "SignatureDoesNotMatch"));
  EXPECT_THAT(
      who_am_i(key_of("aiko"),
               [](http::Request& request) {
                 request.headers["x-amz-content-sha256"] = sha256("another body").hex();
               },
               {}, {.region = "us-east-1", .service = "sts"}, {.body_hash = aws::BodyHashHeader::present}),
      Succeeds());  // the hash that counts is computed from the body
}

TEST_F(PretendAwsTest, RefusesWhatIsNotSignedAsVersion4) {
  const auto with = [&](const std::string& authorization) {
    return who_am_i(key_of("aiko"),
                    [&](http::Request& request) { request.headers["authorization"] = authorization; });
  };
  EXPECT_THAT(
      who_am_i(key_of("aiko"), [](http::Request& request) { request.headers.erase("authorization"); }),
      Refuses(403, "MissingAuthenticationToken"));
  for (const char* text :
       {"Basic YTpi", "AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host"})
    EXPECT_THAT(with(text), Refuses(400, "IncompleteSignature")) << text;
  for (const char* date : {"", "Mon, 23 Nov 2026 03:00:05 GMT", "20261123T03:00:0", "20261323T030005Z"})
    EXPECT_THAT(
        who_am_i(key_of("aiko"), [&](http::Request& request) { request.headers["x-amz-date"] = date; }),
        Refuses(400, "IncompleteSignature"))
        << date;
}

TEST_F(PretendAwsTest, RefusesASignatureMoreThanFifteenMinutesOff) {
  for (const auto off : {-15min, 0min, 15min})
    EXPECT_THAT(who_am_i(key_of("aiko"), {}, clock.now + off), Succeeds());
  const http::Response late = who_am_i(key_of("aiko"), {}, clock.now - 15min - 1s);
  EXPECT_THAT(late, Refuses(403, "SignatureDoesNotMatch"));
  EXPECT_THAT(late.body, HasSubstr("Signature expired"));
  const http::Response early = who_am_i(key_of("aiko"), {}, clock.now + 15min + 1s);
  EXPECT_THAT(early, Refuses(403, "SignatureDoesNotMatch"));
  EXPECT_THAT(early.body, HasSubstr("not yet current"));
}

TEST_F(PretendAwsTest, RefusesASignatureForAnotherRegionServiceOrDay) {
  EXPECT_THAT(who_am_i(key_of("aiko"), {}, {}, {.region = "mars-north-1", .service = "sts"}),
              Refuses(403, "SignatureDoesNotMatch"));
  EXPECT_THAT(who_am_i(key_of("aiko"), {}, {}, {.region = "us-east-1", .service = "iam"}),
              Refuses(403, "SignatureDoesNotMatch"));
  const auto yesterday = [](http::Request& request) {
    std::string& authorization = request.headers["authorization"];
    authorization.replace(authorization.find("/20261123/"), 10, "/20261122/");
  };
  EXPECT_THAT(who_am_i(key_of("aiko"), yesterday).body, HasSubstr("Date in Credential scope"));
}

TEST_F(PretendAwsTest, RefusesASessionWithoutItsTokenAndAUserWithOne) {
  aws::Credentials session = emergency_session();
  EXPECT_THAT(who_am_i(session), Succeeds());
  session.session_token = Secret("another token");
  EXPECT_THAT(who_am_i(session), Refuses(403, "InvalidClientTokenId"));
  session.session_token = Secret();
  EXPECT_THAT(who_am_i(session), Refuses(403, "InvalidClientTokenId"));
  aws::Credentials key = key_of("aiko");
  key.session_token = Secret("a token");
  EXPECT_THAT(who_am_i(key), Refuses(403, "InvalidClientTokenId"));
}

TEST_F(PretendAwsTest, EndsASessionAtTheInstantThatItStated) {
  clock.now += 500ms;
  const http::Response response = call(hop_one({{"DurationSeconds", "900"}}), key_of("aiko"));
  const aws::Credentials session = session_in(response);
  clock.now = parse_rfc3339(inside(response.body, "Expiration")).value() - 1ms;
  EXPECT_THAT(who_am_i(session), Succeeds());
  clock.now += 1ms;
  EXPECT_THAT(who_am_i(session), Refuses(403, "ExpiredToken"));
  EXPECT_THAT(who_am_i(key_of("aiko")), Succeeds());
}

// --- Hop one
// --------------------------------------------------------------------------------------------------

TEST_F(PretendAwsTest, OpensAnEmergencySessionForAUserWithMfa) {
  const http::Response response = call(hop_one(), key_of("aiko"));
  EXPECT_THAT(response, Succeeds());
  EXPECT_EQ(inside(response.body, "Arn"), "arn:aws:sts::100000000001:assumed-role/EmergencyAccess/G-12");
  EXPECT_EQ(inside(response.body, "SourceIdentity"), "aiko");
  EXPECT_EQ(inside(response.body, "Expiration"), "2026-11-23T04:00:05Z");
}

TEST_F(PretendAwsTest, WantsMfaOnHopOne) {
  for (const std::map<std::string, std::string>& changes : std::vector<std::map<std::string, std::string>>{
           {{"SerialNumber", ""}, {"TokenCode", ""}},
           {{"SerialNumber", ""}},
           {{"TokenCode", ""}},
           {{"TokenCode", totp(user("aiko").totp_seed, clock.now + 5min)}},
           {{"TokenCode", code_of("ben")}},
           {{"SerialNumber", user("ben").mfa_serial}},
           {{"SerialNumber", user("ben").mfa_serial}, {"TokenCode", code_of("ben")}},
       })
    EXPECT_THAT(call(hop_one(changes), key_of("aiko")), Refuses(403, "AccessDenied"));
  EXPECT_THAT(call(hop_one(), key_of("aiko")), Succeeds());
}

TEST_F(PretendAwsTest, TakesEachMfaCodeOnce) {
  EXPECT_THAT(call(hop_one(), key_of("aiko")), Succeeds());
  EXPECT_THAT(call(hop_one(), key_of("aiko")), Refuses(403, "AccessDenied"));
  clock.now += 30s;
  EXPECT_THAT(call(hop_one(), key_of("aiko")), Succeeds());
  // A call that is refused for another reason uses its code up, too.
  clock.now += 30s;
  EXPECT_THAT(call(hop_one({{"SourceIdentity", "ben"}}), key_of("aiko")), Refuses(403, "AccessDenied"));
  EXPECT_THAT(call(hop_one(), key_of("aiko")), Refuses(403, "AccessDenied"));
}

TEST_F(PretendAwsTest, WantsTheUsersOwnNameAsSourceIdentity) {
  for (const char* name : {"", "ben", "Aiko"}) {
    EXPECT_THAT(call(hop_one({{"SourceIdentity", name}}), key_of("aiko")), Refuses(403, "AccessDenied"))
        << name;
    clock.now += 30s;
  }
}

TEST_F(PretendAwsTest, LetsNoSessionAssumeTheEmergencyRole) {
  const aws::Credentials first = emergency_session();
  const aws::Credentials second = session_in(call(hop_two(), first));
  clock.now += 30s;
  EXPECT_THAT(call(hop_one(), first), Refuses(403, "AccessDenied"));
  EXPECT_THAT(call(hop_one(), second), Refuses(403, "AccessDenied"));
}

TEST_F(PretendAwsTest, RefusesMalformedParametersBeforeAnythingElse) {
  for (const std::map<std::string, std::string>& changes : std::vector<std::map<std::string, std::string>>{
           {{"RoleArn", "EmergencyAccess"}},
           {{"RoleArn", ""}},
           {{"RoleSessionName", ""}},
           {{"RoleSessionName", "a b"}},
           {{"SourceIdentity", "aiko/ben"}},
           {{"TokenCode", "12345"}},
           {{"TokenCode", "12345x"}},
           {{"DurationSeconds", "899"}},
           {{"DurationSeconds", "43201"}},
           {{"DurationSeconds", "1h"}},
           {{"DurationSeconds", "3601"}},  // well-formed, but above this role's MaxSessionDuration
       }) {
    EXPECT_THAT(call(hop_one(changes), key_of("aiko")), Refuses(400, "ValidationError"))
        << changes.begin()->first;
    clock.now += 30s;
  }
}

TEST_F(PretendAwsTest, RefusesASessionPolicyThatItCannotObey) {
  for (
      const char* policy :
      {"{}", "x", R"({"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})",
       R"({"Statement":[{"Action":["sts:AssumeRole","sts:SetSourceIdentity","sts:TagSession"],"Effect":"Allow","Resource":"*"}]})"}) {
    EXPECT_THAT(call(hop_one({{"Policy", policy}}), key_of("aiko")), Refuses(400, "MalformedPolicyDocument"))
        << policy;
    clock.now += 30s;
  }
}

TEST_F(PretendAwsTest, LetsANarrowedSessionIntoItsOneTargetOnly) {
  const auto narrowed_to = [this](const std::string& role) {
    const http::Response response = call(
        hop_one({{"Policy",
                  R"({"Statement":[{"Action":["sts:AssumeRole","sts:SetSourceIdentity","sts:TagSession"],)"
                  R"("Effect":"Allow","Resource":")" +
                      role + R"("}],"Version":"2012-10-17"})"}}),
        key_of("aiko"));
    EXPECT_THAT(response, Succeeds());
    clock.now += 30s;
    return session_in(response);
  };
  EXPECT_THAT(call(hop_two(), narrowed_to("arn:aws:iam::200000000001:role/EmergencyOps")), Succeeds());
  EXPECT_THAT(call(hop_two(), narrowed_to("arn:aws:iam::200000000002:role/EmergencyOps")),
              Refuses(403, "AccessDenied"));
}

// --- Hop two
// --------------------------------------------------------------------------------------------------

TEST_F(PretendAwsTest, LetsTheEmergencyRoleIntoTheTargetAndKeepsWhoItIs) {
  const http::Response response = call(hop_two({{"SourceIdentity", "aiko"}}), emergency_session());
  EXPECT_THAT(response, Succeeds());
  EXPECT_EQ(inside(response.body, "SourceIdentity"), "aiko");
  EXPECT_EQ(inside(response.body, "Arn"), "arn:aws:sts::200000000001:assumed-role/EmergencyOps/G-12");
}

TEST_F(PretendAwsTest, LetsNobodyElseIntoTheTarget) {
  const aws::Credentials session = production_session();
  EXPECT_THAT(call(hop_two(), key_of("aiko")), Refuses(403, "AccessDenied"));
  EXPECT_THAT(call(hop_two(), session), Refuses(403, "AccessDenied"));
  EXPECT_THAT(call(hop_two({{"RoleArn", staging_role}}), session), Refuses(403, "AccessDenied"));
}

TEST_F(PretendAwsTest, RefusesRolesThatDoNotExistLikeThoseThatDoNotTrust) {
  const aws::Credentials session = emergency_session();
  for (const char* role :
       {"arn:aws:iam::200000000001:role/Admin", "arn:aws:iam::200000000009:role/EmergencyOps",
        "arn:aws-cn:iam::200000000001:role/EmergencyOps", "arn:aws:iam::200000000001:role/path/EmergencyOps"})
    EXPECT_THAT(call(hop_two({{"RoleArn", role}}), session), Refuses(403, "AccessDenied")) << role;
}

TEST_F(PretendAwsTest, LetsNobodyChangeWhoStandsBehindASession) {
  EXPECT_THAT(call(hop_two({{"SourceIdentity", "ben"}}), emergency_session()), Refuses(403, "AccessDenied"));
}

TEST_F(PretendAwsTest, LimitsAChainToOneHour) {
  const aws::Credentials session = emergency_session();
  EXPECT_THAT(call(hop_two({{"DurationSeconds", "3600"}}), session), Succeeds());
  EXPECT_THAT(call(hop_two({{"DurationSeconds", "3601"}}), session), Refuses(400, "ValidationError"));
}

TEST_F(PretendAwsTest, TakesNoMfaFromASession) {
  EXPECT_THAT(call(hop_two({{"SerialNumber", user("aiko").mfa_serial}, {"TokenCode", "123456"}}),
                   emergency_session()),
              Refuses(403, "AccessDenied"));
}

// --- The workload
// ---------------------------------------------------------------------------------------------

TEST_F(PretendAwsTest, LetsOnlyTheTargetRoleScale) {
  const aws::Credentials first = emergency_session();
  const aws::Credentials second = session_in(call(hop_two(), first));
  for (const char* action : {"DescribeAutoScalingGroups", "UpdateAutoScalingGroup"}) {
    const std::vector<std::pair<std::string, std::string>> fields = {{"Action", action},
                                                                     {"AutoScalingGroupName", "web"}};
    EXPECT_THAT(scale(fields, key_of("aiko")), Refuses(403, "AccessDenied"));
    EXPECT_THAT(scale(fields, first), Refuses(403, "AccessDenied"));
  }
  EXPECT_THAT(scale({{"Action", "UpdateAutoScalingGroup"}, {"AutoScalingGroupName", "web"}, {"MaxSize", "9"}},
                    second),
              Succeeds());
  EXPECT_EQ(pretend_aws.group(production).max, 9);
  EXPECT_EQ(pretend_aws.group(staging).max, 1);
}

TEST_F(PretendAwsTest, KeepsCapacityWithinItsBounds) {
  const aws::Credentials session = production_session();
  const auto update = [&](const std::vector<std::pair<std::string, std::string>>& sizes) {
    std::vector<std::pair<std::string, std::string>> fields = {{"Action", "UpdateAutoScalingGroup"},
                                                               {"AutoScalingGroupName", "web"}};
    fields.insert(fields.end(), sizes.begin(), sizes.end());
    return scale(fields, session);
  };
  const AutoScalingGroup before = pretend_aws.group(production);
  for (const std::vector<std::pair<std::string, std::string>>& sizes :
       std::vector<std::vector<std::pair<std::string, std::string>>>{{{"DesiredCapacity", "5"}},
                                                                     {{"DesiredCapacity", "1"}},
                                                                     {{"MinSize", "5"}},
                                                                     {{"MaxSize", "-1"}},
                                                                     {{"MaxSize", "many"}},
                                                                     {{"MaxSize", "10001"}},
                                                                     {{"LaunchTemplate", "x"}}})
    EXPECT_THAT(update(sizes), Refuses(400, "ValidationError")) << sizes[0].first << sizes[0].second;
  EXPECT_EQ(pretend_aws.group(production), before);
  EXPECT_THAT(update({{"MaxSize", "3"}}), Succeeds());
  EXPECT_EQ(pretend_aws.group(production).desired, 3);
  EXPECT_THAT(update({{"MinSize", "6"}, {"MaxSize", "8"}, {"DesiredCapacity", "7"}}), Succeeds());
  EXPECT_EQ(pretend_aws.group(production),
            (AutoScalingGroup{.name = "web", .min = 6, .max = 8, .desired = 7}));
}

TEST_F(PretendAwsTest, ShowsAGroupOnlyInItsRegionAndByItsName) {
  const aws::Credentials session = production_session();
  const auto names = [&](const std::string& filter, const std::string& region) {
    return scale({{"Action", "DescribeAutoScalingGroups"}, {"AutoScalingGroupNames.member.1", filter}},
                 session, region)
        .body;
  };
  EXPECT_THAT(names("web", "us-east-1"), HasSubstr("<AutoScalingGroupName>web</AutoScalingGroupName>"));
  EXPECT_THAT(names("db", "us-east-1"), HasSubstr("<AutoScalingGroups></AutoScalingGroups>"));
  EXPECT_THAT(names("web", "us-west-2"), HasSubstr("<AutoScalingGroups></AutoScalingGroups>"));
  for (const auto& [name, region] : {std::pair("db", "us-east-1"), std::pair("web", "us-west-2")})
    EXPECT_THAT(
        scale({{"Action", "UpdateAutoScalingGroup"}, {"AutoScalingGroupName", name}}, session, region),
        Refuses(400, "ValidationError"));
}

// --- The protocol
// ---------------------------------------------------------------------------------------------

TEST_F(PretendAwsTest, RefusesOperationsThatItDoesNotKnow) {
  EXPECT_THAT(call({{"Action", "GetFederationToken"}}, key_of("aiko")), Refuses(400, "InvalidAction"));
  EXPECT_THAT(scale({{"Action", "AssumeRole"}}, key_of("aiko")), Refuses(400, "InvalidAction"));
  EXPECT_THAT(pretend_aws.calls(), AllOf(SizeIs(2), testing::Each(Field(&Call::event_name, "unknown"))));
}

TEST_F(PretendAwsTest, RefusesRequestsThatAreNoQueryForm) {
  const auto plain = [&](const Tamper& tamper) { return who_am_i(key_of("aiko"), tamper); };
  EXPECT_THAT(plain([](http::Request& request) { request.method = "GET"; }), Refuses(400, "InvalidAction"));
  EXPECT_THAT(plain([](http::Request& request) { request.path = "/x"; }), Refuses(400, "InvalidAction"));
  EXPECT_THAT(plain([](http::Request& request) { request.query["a"] = "b"; }), Refuses(400, "InvalidAction"));
  EXPECT_THAT(plain([](http::Request& request) { request.headers["content-type"] = "application/json"; }),
              Refuses(400, "InvalidAction"));
  EXPECT_THAT(
      plain([](http::Request& request) { request.body = "Action=GetCallerIdentity&Version=2099-01-01"; }),
      Refuses(400, "InvalidAction"));
  EXPECT_THAT(plain([](http::Request& request) { request.body = ""; }), Refuses(400, "InvalidAction"));
  std::string long_form;
  for (int i = 0; i < 101; ++i) long_form += "f" + std::to_string(i) + "=1&";
  for (const std::string& body : {std::string("a=1&a=2"), std::string("a=%4"), std::string("a=%zz"),
                                  std::string("=1"), std::string("a=%ff"), std::string("a=%00"), long_form})
    EXPECT_THAT(plain([&](http::Request& request) { request.body = body; }),
                Refuses(400, "MalformedQueryString"))
        << body;
  EXPECT_THAT(pretend_aws.calls(), IsEmpty());
}

TEST_F(PretendAwsTest, EscapesWhatItRepeats) {
  const http::Response response = call({{"Action", "<script>&"}}, key_of("aiko"));
  EXPECT_THAT(response.body, HasSubstr("&lt;script&gt;&amp;"));
  EXPECT_THAT(response.body, testing::Not(HasSubstr("<script>")));
}

TEST_F(PretendAwsTest, ForgetsTheOldestCallsFirst) {
  for (std::size_t i = 0; i < PretendAws::calls_max; ++i) who_am_i(key_of("aiko"));
  call({{"Action", "GetFederationToken"}}, key_of("aiko"));
  const std::vector<Call> calls = pretend_aws.calls();
  EXPECT_THAT(calls, SizeIs(PretendAws::calls_max));
  EXPECT_EQ(calls.back().error_code, "InvalidAction");
}

}  // namespace
}  // namespace postern::sandbox
