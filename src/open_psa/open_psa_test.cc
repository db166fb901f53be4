#include "open_psa/open_psa.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lockout/cut_sets.h"

namespace postern::open_psa {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::string model(const std::string& gates, const std::string& data = R"(
    <define-basic-event name="a"><float value="0.5"/></define-basic-event>
    <define-basic-event name="b"><float value="0.25"/></define-basic-event>
    <define-basic-event name="c"><float value="0.125"/></define-basic-event>)") {
  return "<?xml version=\"1.0\"?><opsa-mef><define-fault-tree name=\"t\">" + gates +
         "</define-fault-tree><model-data>" + data + "</model-data></opsa-mef>";
}
std::string why_not(const std::string& xml) {
  const auto tree = read(xml);
  return tree ? "it was read" : tree.error().message;
}

TEST(OpenPsa, ReadsGatesThatAreDefinedAfterTheirUse) {
  const auto tree = read(model(R"(
    <define-gate name="top"><or><gate name="pair"/><atleast min="2"><event name="a"/><event name="b"/><event name="c"/></atleast></or></define-gate>
    <define-gate name="pair"><label>Two of them</label><and><basic-event name="a"/><constant value="true"/></and></define-gate>)"));
  ASSERT_TRUE(tree) << tree.error().message;
  const lockout::CutSets sets = lockout::cut_sets(*tree);
  EXPECT_THAT(sets.by_size(), ElementsAre(Pair(1U, 1U), Pair(2U, 1U)));
  EXPECT_DOUBLE_EQ(sets.probability().value(), 0.5 + 0.5 * 0.25 * 0.125);
}

TEST(OpenPsa, ReadsBackWhatItWrites) {
  lockout::FaultTree tree;
  std::vector<lockout::Ref> of;
  for (const char* id : {"person.aiko", "a & <b>", "x"})
    of.push_back(tree.add(lockout::Event{.id = id, .title = "\"quoted\"", .probability = 0.1}).value());
  const auto never = tree.add(lockout::Gate{.id = "never", .title = "", .at_least = 1, .of = {}}).value();
  const auto alone =
      tree.add(lockout::Gate{.id = "alone", .title = "", .at_least = 1, .of = {of[0]}}).value();
  ASSERT_TRUE(tree.add(lockout::Gate{.id = "unused", .title = "", .at_least = 1, .of = {of[1]}}));
  tree.set_top(
      tree.add(lockout::Gate{.id = "top", .title = "", .at_least = 2, .of = {alone, of[1], of[2], never}})
          .value());
  const std::string text = write(tree, "t");
  const auto again = read(text);
  ASSERT_TRUE(again) << again.error().message << text;
  EXPECT_EQ(lockout::cut_sets(*again).by_size(), lockout::cut_sets(tree).by_size());
  EXPECT_EQ(lockout::cut_sets(*again).probability(), lockout::cut_sets(tree).probability());
}

TEST(OpenPsa, NamesTheLineOfWhatItCannotJudge) {
  EXPECT_THAT(why_not(model("<define-gate name=\"top\">\n<not><event name=\"a\"/></not></define-gate>")),
              AllOf(HasSubstr("Line 2"), HasSubstr("<not>")));
  EXPECT_THAT(why_not(model(R"(<define-gate name="top"><and><event name="d"/></and></define-gate>)")),
              HasSubstr("d is not defined"));
  EXPECT_THAT(why_not(model(R"(<define-gate name="x"><or><gate name="y"/></or></define-gate>
                               <define-gate name="y"><or><gate name="x"/></or></define-gate>)")),
              HasSubstr("0 gates that no other"));
  EXPECT_THAT(why_not(model(R"(<define-gate name="top"><or><gate name="x"/></or></define-gate>
                               <define-gate name="x"><or><gate name="y"/></or></define-gate>
                               <define-gate name="y"><or><gate name="x"/></or></define-gate>)")),
              HasSubstr("stands on itself"));
  EXPECT_THAT(why_not(model(R"(<define-gate name="x"><event name="a"/></define-gate>
                               <define-gate name="y"><event name="a"/></define-gate>)")),
              HasSubstr("2 gates"));
  EXPECT_THAT(why_not(model(R"(<define-gate name="x"><event name="a"/><event name="b"/></define-gate>)")),
              HasSubstr("one formula"));
  EXPECT_THAT(why_not(model(R"(<define-gate name="x"><event name="a"/></define-gate>)",
                            R"(<define-basic-event name="a"><float value="2"/></define-basic-event>)")),
              HasSubstr("between 0 and 1"));
  EXPECT_THAT(why_not(model(
                  R"(<define-gate name="x"><atleast min="many"><event name="a"/></atleast></define-gate>)")),
              HasSubstr("whole number"));
}

TEST(OpenPsa, ReadsNoEntities) {
  const std::string bomb =
      "<?xml version=\"1.0\"?><!DOCTYPE opsa-mef [<!ENTITY a \"aaaa\"><!ENTITY f SYSTEM "
      "\"file:///etc/passwd\">]><opsa-mef>&a;&f;</opsa-mef>";
  EXPECT_THAT(why_not(bomb), HasSubstr("DOCTYPE"));
  EXPECT_THAT(why_not("<opsa-mef>"), HasSubstr("well-formed"));
  EXPECT_THAT(why_not(""), HasSubstr("bytes"));
  EXPECT_THAT(why_not("<html/>"), HasSubstr("opsa-mef"));
}

TEST(OpenPsa, StandsAgainstDeepNesting) {
  std::string open;
  std::string close;
  for (int i = 0; i < 200; ++i) {
    open += "<or>";
    close += "</or>";
  }
  EXPECT_THAT(
      why_not(model("<define-gate name=\"top\">" + open + "<event name=\"a\"/>" + close + "</define-gate>")),
      HasSubstr("deep"));
  std::string chain;
  for (int i = 0; i < 5000; ++i)
    chain += "<define-gate name=\"g" + std::to_string(i) + "\"><or><gate name=\"g" + std::to_string(i + 1) +
             "\"/><event name=\"a\"/></or></define-gate>";
  EXPECT_THAT(why_not(model(chain + R"(<define-gate name="g5000"><event name="a"/></define-gate>)")),
              HasSubstr("deep"));
}

}  // namespace
}  // namespace postern::open_psa
