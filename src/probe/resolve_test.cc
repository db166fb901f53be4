#include "probe/resolve.h"

#include "probe/look_dns_message.h"
#include "probe/look_for_test.h"
#include "probe/look_servers_for_test.h"

// dns, and the resolver under tcp and tls.
namespace postern::probe {
namespace {

using namespace for_test;  // NOLINT(google-build-using-namespace): the world of these tests
using namespace std::chrono_literals;
using catalog::DnsRecord;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const std::string name = "idp.example.net";

std::string two_bytes(std::size_t number) {
  return {static_cast<char>(number >> 8U), static_cast<char>(number & 0xffU)};
}
/// "\3idp\7example\3net\0"
std::string wire_name(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('.', at), text.size());
    out += static_cast<char>(end - at) + text.substr(at, end - at);
    at = end + 1;
  }
  return out + '\0';
}
std::string record(std::size_t type, const std::string& data) {
  return std::string("\xc0\x0c", 2) + two_bytes(type) + two_bytes(1) + std::string(4, '\0') +
         two_bytes(data.size()) + data;
}
std::string a(const char* address) {
  in_addr bytes{};
  EXPECT_EQ(::inet_pton(AF_INET, address, &bytes), 1);
  return record(1, std::string(reinterpret_cast<const char*>(&bytes), sizeof bytes));
}
std::string aaaa(const char* address) {
  in6_addr bytes{};
  EXPECT_EQ(::inet_pton(AF_INET6, address, &bytes), 1);
  return record(28, std::string(reinterpret_cast<const char*>(&bytes), sizeof bytes));
}
std::string cname(const std::string& to) { return record(5, wire_name(to)); }

/// What an honest server would send back for `question`, with these answers.
std::string reply(std::string_view question, const std::vector<std::string>& answers, std::size_t code = 0,
                  bool is_cut_off = false) {
  std::string out(question.substr(0, 2));
  out += static_cast<char>(0x81 | (is_cut_off ? 2 : 0));
  out += static_cast<char>(0x80 | code);
  out += two_bytes(1) + two_bytes(answers.size()) + std::string(4, '\0');
  out += question.substr(12);
  for (const std::string& each : answers) out += each;
  return out;
}

Observation look(const UdpServer& server, catalog::DnsProbe probe = {.name = name}, seconds timeout = 5s) {
  World world;
  probe.server = server.address();
  return world.look_really(probe, timeout);
}
Observation look_at_answers(std::vector<std::string> answers,
                            const catalog::DnsProbe& probe = {.name = name}) {
  const UdpServer server([&](std::string_view question) { return reply(question, answers); });
  return look(server, probe);
}

TEST(DnsLook, IsGoodWithAnAnswerOfItsKind) {
  const Observation seen =
      look_at_answers({cname("x.example.net"), a("192.0.2.2"), a("192.0.2.1"), aaaa("2001:db8::1")});
  EXPECT_EQ(seen.sight, Sight::good);
  EXPECT_EQ(seen.detail, "resolves to 192.0.2.1, 192.0.2.2");
  EXPECT_THAT(warnings_of(seen), IsEmpty());
  EXPECT_EQ(look_at_answers({aaaa("2001:db8::1")}, {.name = name, .record = DnsRecord::aaaa}).detail,
            "resolves to 2001:db8::1");
  EXPECT_EQ(look_at_answers({cname("Pool.Example.NET")}, {.name = name, .record = DnsRecord::cname}).detail,
            "resolves to pool.example.net");
}

TEST(DnsLook, WantsEveryAnswerToBeExpected) {
  const catalog::DnsProbe six{.name = name, .record = DnsRecord::aaaa, .expect = {"2001:0DB8::0:1"}};
  const catalog::DnsProbe alias{.name = name, .record = DnsRecord::cname, .expect = {"Pool.example.net."}};
  EXPECT_EQ(look_at_answers({aaaa("2001:db8::1")}, six).sight, Sight::good)
      << "one address, written in two ways";
  EXPECT_EQ(look_at_answers({cname("pool.example.net")}, alias).sight, Sight::good);
  const Observation hijacked =
      look_at_answers({a("192.0.2.1"), a("203.0.113.9")}, {.name = name, .expect = {"192.0.2.1"}});
  EXPECT_EQ(hijacked.sight, Sight::bad);
  EXPECT_THAT(
      warnings_of(hijacked),
      ElementsAre(testing::Pair(
          Kind::changed, "Changed: idp.example.net now resolves to 203.0.113.9, which is not expected.")));
}

TEST(DnsLook, IsBadWithoutAnAnswer) {
  EXPECT_THAT(look_at_answers({}).detail, HasSubstr("has no such record"));
  EXPECT_THAT(look_at_answers({cname("x.example.net")}).detail, HasSubstr("has no such record"));
  for (const auto& [code, words] : std::vector<std::pair<std::size_t, std::string>>{
           {3, "does not exist"}, {2, "refused to answer"}, {5, "refused to answer"}}) {
    const UdpServer server(
        [refusal = code](std::string_view question) { return reply(question, {}, refusal); });
    const Observation seen = look(server);
    EXPECT_EQ(seen.sight, Sight::bad);
    EXPECT_THAT(seen.detail, HasSubstr(words));
  }
}

TEST(DnsLook, IsBadInTimeWhenTheResolverIsSilent) {
  const UdpServer server([](std::string_view) { return ""; });
  const Stopwatch watch;
  const Observation seen = look(server, {.name = name}, 1s);
  EXPECT_EQ(seen.sight, Sight::bad);
  EXPECT_EQ(seen.detail, "the resolver did not answer in time");
  EXPECT_LT(watch.passed(), 1500ms);
  EXPECT_GE(server.asked, 2) << "one lost datagram is no outage";
}

TEST(DnsLook, BelievesNoAnswerToAnotherQuestion) {
  const UdpServer wrong_id([](std::string_view question) {
    std::string out = reply(question, {a("192.0.2.1")});
    out[0] = static_cast<char>(out[0] ^ 0x55);
    return out;
  });
  EXPECT_EQ(look(wrong_id, {.name = name}, 1s).sight, Sight::bad);
  const UdpServer wrong_name([](std::string_view question) {
    std::string out = reply(question, {a("192.0.2.1")});
    out.replace(12, wire_name(name).size(), wire_name("idp.example.org"));
    return out;
  });
  EXPECT_EQ(look(wrong_name, {.name = name}, 1s).sight, Sight::bad);
}

TEST(DnsLook, AsksAgainOverTcpAndIsBadWhenThatDoesNotHelp) {
  const UdpServer server(
      [](std::string_view question) { return reply(question, {a("192.0.2.1")}, 0, true); });
  const Stopwatch watch;
  EXPECT_EQ(look(server, {.name = name}, 1s).sight, Sight::bad);
  EXPECT_LT(watch.passed(), 1500ms);
}

TEST(DnsLook, IsBadAndNotHarmedWhenAnAnswerBreaksItsForm) {
  const std::vector<std::string> broken = {
      record(1, "\x7f"),                                          // no address
      record(5, std::string("\xc0\x0c", 2)).substr(0, 9),         // cut off
      std::string("\xc0\xff", 2) + std::string(10, '\0'),         // a name that points out of the message
      record(1, std::string(4, 'x')).replace(10, 2, "\xff\xff"),  // longer than the message
  };
  for (const std::string& each : broken) EXPECT_EQ(look_at_answers({each}).sight, Sight::bad);
}

TEST(DnsLook, IsBlindWithANameOrServerThatIsNone) {
  World world;
  EXPECT_EQ(world.look_really(catalog::DnsProbe{.name = name, .server = "resolver.example.net"}).sight,
            Sight::blind);
  EXPECT_EQ(
      world.look_really(catalog::DnsProbe{.name = std::string(300, 'a'), .server = "127.0.0.1:1"}).sight,
      Sight::blind);
  EXPECT_EQ(world.look_really(catalog::DnsProbe{.name = "a..b", .server = "127.0.0.1:1"}).sight,
            Sight::blind);
}

TEST(DnsMessage, IsReadWithinItsBoundsWhereverItIsCutOrBent) {
  const std::string question = std::string("\x12\x34\x01\x00", 4) + std::string("\0\1\0\0\0\0\0\0", 8) +
                               wire_name(name) + two_bytes(5) + two_bytes(1);
  const std::string whole =
      reply(question, {cname("pool.example.net"), cname("b.example.net"), a("192.0.2.1")});
  EXPECT_THAT(records_in(whole, DnsRecord::cname).value(), ElementsAre("b.example.net", "pool.example.net"));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(records_in(std::string(whole, 0, size), DnsRecord::cname)) << size;
  unsigned random = 1;
  for (int i = 0; i < 20000; ++i) {
    std::string bent = whole;
    for (int k = 0; k < 3; ++k) {
      random = random * 1103515245U + 12345U;
      bent[(random >> 8U) % bent.size()] = static_cast<char>(random >> 20U);
    }
    for (const DnsRecord kind : {DnsRecord::a, DnsRecord::aaaa, DnsRecord::cname})
      EXPECT_LE(records_in(bent, kind).value_or(std::vector<std::string>()).size(), 64U);
  }
  EXPECT_FALSE(records_in(std::string("\0\0\0\0\0\0\xff\xff\0\0\0\0", 12), DnsRecord::a))
      << "more answers than it has";
}

TEST(Resolve, AsksNobodyAboutAddresses) {
  const RealClock clock;
  const Deadline none(clock, 0ms);
  for (const char* host : {"127.0.0.1", "::1", "[::1]"}) {
    const auto addresses = resolve(host, 443, none);
    ASSERT_TRUE(addresses) << host;
    EXPECT_EQ(addresses->size(), 1U);
    EXPECT_EQ(addresses->front().family(), host[0] == '1' ? AF_INET : AF_INET6);
  }
}

TEST(Resolve, FindsThisMachineByItsName) {
  const RealClock clock;
  const auto addresses = resolve("localhost", 80, Deadline(clock, 2s));
  ASSERT_TRUE(addresses) << addresses.error().message;
  EXPECT_FALSE(addresses->empty());
}

TEST(Resolve, SaysWhyAndInTimeWhenThereIsNoAddress) {
  const RealClock clock;
  const Stopwatch watch;
  const auto addresses = resolve("no-such-host.invalid", 80, Deadline(clock, 1s));
  ASSERT_FALSE(addresses);
  EXPECT_EQ(addresses.error().code, ErrorCode::unavailable);
  EXPECT_LT(watch.passed(), 1500ms);
}

}  // namespace
}  // namespace postern::probe
