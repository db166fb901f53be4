#include "notify/template.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/encoding.h"
#include "notify/message.h"

namespace postern::notify {
namespace {

TEST(Template, FillsInWhatIsKnownAndShowsTheGapElsewhere) {
  EXPECT_EQ(fill("{{request.id}} by {{ request.person }}: {{request.reason}}, {{no.such.name}}",
                 {{"request.id", "R-7"}, {"request.person", "Aiko Tanaka"}, {"request.reason", ""}}),
            "R-7 by Aiko Tanaka: -, -");
}

TEST(Template, WritesMomentsAsPeopleReadThem) {
  EXPECT_EQ(written(parse_rfc3339("2026-11-23T03:04:59.999Z").value()), "2026-11-23 03:04 UTC");
}

TEST(Template, NamesEachFaultWithItsPlace) {
  const std::vector<TextFault> faults =
      faults_in("{{link}} {{lnik}}\n緊急 {{#grant.id}}x{{/grant.id}}\n{{{what}}} {{what", known_fields());
  ASSERT_EQ(faults.size(), 5U);
  EXPECT_EQ(faults[0].line, 1);
  EXPECT_EQ(faults[0].column, 10);
  EXPECT_EQ(faults[0].what, "There is no placeholder {{lnik}}.");
  EXPECT_EQ(faults[1].line, 2);
  EXPECT_EQ(faults[1].column, 4);
  EXPECT_NE(faults[1].what.find("no sections"), std::string::npos);
  EXPECT_EQ(faults[3].line, 3);
  EXPECT_NE(faults[3].what.find("unescaped"), std::string::npos);
  EXPECT_EQ(faults[4].what, "A placeholder is not closed with }}.");
}

TEST(Template, RefusesEverythingElseOfMustache) {
  for (const char* tag : {"{{#at}}", "{{^at}}", "{{/at}}", "{{>at}}", "{{!at}}", "{{&at}}", "{{{at}}}",
                          "{{=<% %>=}}", "{{.}}", "{{}}", "{{at.}}", "{{at}"})
    EXPECT_EQ(faults_in(tag, known_fields()).size(), 1U) << tag;
}

TEST(Template, LimitsWhatItReadsAndWhatItSays) {
  EXPECT_EQ(faults_in(std::string(body_bytes_max + 1, 'a'), known_fields()).size(), 1U);
  std::string many;
  for (int i = 0; i < 600; ++i) many += "{{x}}";
  EXPECT_EQ(faults_in(many, known_fields()).size(), text_faults_max);
}

TEST(Template, LetsNoValueWriteALineOrAPlaceholderOfItsOwn) {
  EXPECT_EQ(fill("Reason: {{request.reason}}",
                 {{"request.reason", "disk\nApproved by: {{organization}}"}, {"organization", "Example"}}),
            "Reason: disk Approved by: {{organization}}");
}

TEST(Template, LosesControlAndBidirectionalCharactersAndMalformedBytes) {
  const std::string bad =
      "a\x1b[31mb\r\xe2\x80\xae"
      "c\xff\0d\xe2\x80\xa8";
  const std::string filled = fill("{{what}}", {{"what", bad}});
  EXPECT_TRUE(is_printable_text(filled));
  EXPECT_NE(filled.find("b"), std::string::npos);
}

TEST(Template, MakesTheCompanysOwnWordsPrintableToo) {
  EXPECT_EQ(fill("one\ntwo\x07", {}), "one\ntwo\xef\xbf\xbd");
}

TEST(Template, CutsAValueOfAMegabyteBetweenCharacters) {
  std::string reason;
  while (reason.size() < (1U << 20U)) reason += "障";
  const std::string filled = fill("{{request.reason}}", {{"request.reason", reason}});
  EXPECT_LE(filled.size(), value_bytes_max);
  EXPECT_GE(filled.size(), value_bytes_max - 6);
  EXPECT_TRUE(is_printable_text(filled));
  EXPECT_TRUE(filled.ends_with("…"));
}

TEST(Template, KeepsAValueThatJustFits) {
  const std::string whole(value_bytes_max, 'a');
  EXPECT_EQ(fill("{{what}}", {{"what", whole}}), whole);
  EXPECT_EQ(fill("{{what}}", {{"what", whole + "b"}}).size(), value_bytes_max);
  EXPECT_EQ(fill("{{what}}", {{"what", std::string(value_bytes_max * 2, '\xff')}}).size(), value_bytes_max);
}

TEST(Template, KeepsTitleAndBodyWithinWhatAMessageMayBe) {
  std::string body;
  for (int i = 0; i < 400; ++i) body += "{{what}}";
  const catalog::Text filled =
      fill(catalog::Text{.title = "a\n{{what}} {{what}}", .body = body}, {{"what", std::string(300, 'x')}});
  EXPECT_LE(filled.title.size(), title_bytes_max);
  EXPECT_EQ(filled.title.find('\n'), std::string::npos);
  EXPECT_LE(filled.body.size(), body_bytes_max);
  EXPECT_TRUE(filled.body.ends_with("…"));
}

TEST(Template, MakesOneDigestOfManyNoticesAndSaysHowManyDidNotFit) {
  const catalog::Text form{.title = "{{count}} notices", .body = "Type {{command}}"};
  const catalog::Text two = fill_digest(form, {"R-1 waits", "R-2\nwaits"}, {{"command", "postern inbox"}});
  EXPECT_EQ(two.title, "2 notices");
  EXPECT_EQ(two.body, "Type postern inbox\n\n- R-1 waits\n- R-2 waits");
  const catalog::Text many = fill_digest(form, std::vector<std::string>(200, std::string(150, 'x')), {});
  EXPECT_EQ(many.title, "200 notices");
  EXPECT_LE(many.body.size(), body_bytes_max);
  const auto shown = static_cast<std::size_t>(std::count(many.body.begin(), many.body.end(), '-')) - 1;
  EXPECT_TRUE(many.body.ends_with("… (+" + std::to_string(200 - shown) + ")"));
}

TEST(Template, KnowsItsFieldsInOrder) {
  EXPECT_TRUE(std::is_sorted(known_fields().begin(), known_fields().end()));
}

}  // namespace
}  // namespace postern::notify
