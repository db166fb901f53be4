// Hop by hop over real sockets: how often STS is asked between a grant and credentials, and what a Region
// that is silent costs. Only the names of AWS's hosts are led to this machine.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>

#include "access/way_in.h"
#include "http/listener.h"

namespace postern::access {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

namespace fs = std::filesystem;

/// Takes connections and never says a word: a Region whose servers hang.
class SilentHost {
 public:
  SilentHost() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(socket_, raw, size), 0);
    EXPECT_EQ(::listen(socket_, 16), 0);
    EXPECT_EQ(::getsockname(socket_, raw, &size), 0);
    port = ntohs(address.sin_port);
  }
  ~SilentHost() { ::close(socket_); }
  SilentHost(const SilentHost&) = delete;
  SilentHost& operator=(const SilentHost&) = delete;
  int port = 0;

 private:
  int socket_;
};

/// The real client, for which AWS's hosts are ports of this machine.
class Rerouted : public http::Client {
 public:
  Result<http::Response> send(const http::Outgoing& request) override {
    asked.push_back(request.url);
    http::Outgoing here = request;
    here.url = "http://127.0.0.1:" + std::to_string(ports.at(request.url)) + "/";
    return real_->send(here);
  }
  std::map<std::string, int> ports;
  std::vector<std::string> asked;

 private:
  std::unique_ptr<http::Client> real_ = http::make_client();
};

class RunningClock : public Clock {
 public:
  [[nodiscard]] Instant wall() const override {
    return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
  }
  [[nodiscard]] milliseconds steady() const override {
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch());
  }
};

/// STS in one Region that gives what it is asked for; sessions of the target role last for 16 minutes.
http::Response give(const http::Request& request, std::atomic<int>& count) {
  const bool is_hop_one = request.body.find("TokenCode=") != std::string::npos;
  const std::string key = "ASIAREGIONSTEST0000" + std::to_string(++count);
  const std::string name = request.body.substr(request.body.find("RoleSessionName=") + 16);
  const Instant until = RunningClock().wall() + (is_hop_one ? 4h : 16min);
  return {
      .status = 200,
      .body = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>" + key +
              "</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>" +
              to_rfc3339(until) + "</Expiration></Credentials><AssumedRoleUser><Arn>arn:aws:sts::" +
              (is_hop_one ? "100000000009" : "200000000001") + ":assumed-role/EmergencyAccess_Ops/" +
              name.substr(0, name.find('&')) +
              "</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"};
}

class Numbers : public Recorder {
 public:
  Result<Plan> open_session() override {
    const std::string session = "S-" + std::to_string(++sessions_);
    return Plan{.session = session,
                .emergency_role_arn = "arn:aws:iam::100000000009:role/EmergencyAccess_Ops",
                .target_role_arn = "arn:aws:iam::200000000001:role/EmergencyAccess_Ops",
                .source_identity = "aiko",
                .role_session_name = "G-1." + session,
                .emergency_duration = 14400s,
                .duration = 900s,
                .grant_until = RunningClock().wall() + 4h,
                .regions = {"eu-west-1", "us-west-2"},
                .mfa_serial = "arn:aws:iam::100000000009:mfa/aiko",
                .iam_user = "aiko"};
  }
  Result<void> report(const std::string& /*session*/, const json::Value& /*what*/) override { return {}; }

 private:
  int sessions_ = 0;
};

class Regions : public testing::Test {
 protected:
  Regions() {
    ways_.wallet = &wallet_;
    ways_.person = Person{
        .access_key = []() -> Result<aws::Credentials> {
          return aws::Credentials{
              .access_key_id = "AKIAOWN", .secret_access_key = Secret::copy_of("own"), .session_token = {}};
        },
        .mfa_code = [](const Plan& /*plan*/) -> Result<Secret> { return Secret::copy_of("123456"); }};
  }
  ~Regions() override {
    std::error_code error;
    fs::remove_all(folder_, error);
  }
  /// Uses what is kept up to the point where it must be renewed.
  void age() {
    wallet::Kept kept = *wallet_.find(name_).value();
    kept.target->expires_at = clock_.wall() + 5min;
    kept.renew_at = clock_.wall();
    ASSERT_TRUE(wallet_.keep(name_, kept));
  }
  std::chrono::milliseconds walk() {
    const auto before = std::chrono::steady_clock::now();
    const Result<WayIn> way = way_in(name_, ways_);
    EXPECT_TRUE(way) << (way ? "" : way.error().message);
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - before);
  }

  static std::string new_folder() {
    std::string path = (fs::temp_directory_path() / "postern-regions-XXXXXX").string();
    return ::mkdtemp(path.data()) == nullptr ? "" : path;
  }

  const std::string dublin_ = "https://sts.eu-west-1.amazonaws.com/";
  const std::string oregon_ = "https://sts.us-west-2.amazonaws.com/";
  const wallet::Name name_{.server = "unix:/run/postern.sock", .person = "aiko", .grant = "G-1"};
  std::string folder_ = new_folder();
  wallet::Wallet wallet_{folder_};
  std::atomic<int> count_ = 0;
  std::unique_ptr<http::Listener> region_ =
      http::listen({.port = 0, .workers = 1}, [this](const http::Request& r) { return give(r, count_); },
                   {"sts.eu-west-1.amazonaws.com", "sts.us-west-2.amazonaws.com"})
          .value();
  SilentHost silent_;
  Rerouted aws_;
  RunningClock clock_;
  Numbers server_;
  Ways ways_{.recorder = server_, .http = aws_, .clock = clock_};
};

TEST_F(Regions, AreAskedOncePerHop) {
  aws_.ports = {{dublin_, region_->port()}, {oregon_, silent_.port}};
  walk();
  EXPECT_THAT(aws_.asked, ElementsAre(dublin_, dublin_));
  age();
  walk();
  EXPECT_THAT(aws_.asked, ElementsAre(dublin_, dublin_, dublin_));
}

TEST_F(Regions, CostOneTimeOutWhenTheFirstIsSilentAndNoneAfterwards) {
  aws_.ports = {{dublin_, silent_.port}, {oregon_, region_->port()}};
  const milliseconds first = walk();
  EXPECT_THAT(aws_.asked, ElementsAre(dublin_, oregon_, oregon_));
  EXPECT_GE(first, 4s);
  EXPECT_LE(first, 7s);
  age();
  EXPECT_LE(walk(), 2s);  // another call, perhaps of another process, and still no second time-out
  EXPECT_THAT(aws_.asked, ElementsAre(dublin_, oregon_, oregon_, oregon_));
}

TEST_F(Regions, CostNothingMuchWhenTheFirstRefusesConnections) {
  int dead = 0;
  {
    const SilentHost gone;
    dead = gone.port;
  }
  aws_.ports = {{dublin_, dead}, {oregon_, region_->port()}};
  EXPECT_LE(walk(), 2s);
  EXPECT_THAT(aws_.asked, ElementsAre(dublin_, oregon_, oregon_));
}

}  // namespace
}  // namespace postern::access
