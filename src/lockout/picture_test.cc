#include "lockout/picture.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "catalog/catalog_for_test.h"

namespace postern::lockout {
namespace {

using catalog::Catalog;
using catalog::Mechanism;
using catalog::Needs;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

CutSets solve(const FaultTree& tree) { return cut_sets(tree); }

std::string first_svg(const Catalog& catalog) { return svg(catalog, cases(catalog).value().front(), solve); }
std::string page(const Catalog& catalog) { return html(catalog, cases(catalog).value(), solve); }

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t out = 0;
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + what.size())) ++out;
  return out;
}

/// The row of the matrix that holds `text`.
std::string row_with(const std::string& picture, const std::string& text) {
  const std::size_t at = picture.find(">" + text + "<");
  if (at == std::string::npos) return "";
  const std::size_t start = picture.rfind("<g transform", at);
  return picture.substr(start, picture.find("</g>", at) - start);
}

/// What is wrong with the tags of an XML file that holds no comments or sections of other kinds; "" if
/// nothing is. Takes what HTML leaves open as closed.
std::string fault_in_tags(std::string_view xml) {
  std::vector<std::string> open;
  while (true) {
    const std::size_t start = std::min(xml.find('<'), xml.size());
    if (xml.substr(0, start).find("]]>") != std::string_view::npos) return "]]> in text";
    if (start == xml.size()) break;
    const std::size_t end = xml.find('>', start);
    if (end == std::string_view::npos) return "a tag without end";
    const std::string_view tag = xml.substr(start + 1, end - start - 1);
    xml.remove_prefix(end + 1);
    if (tag.find('<') != std::string_view::npos || count(tag, "\"") % 2 != 0) return "in " + std::string(tag);
    if (tag.starts_with("!DOCTYPE") || tag.starts_with("meta ") || tag.ends_with("/")) continue;
    const std::string name(tag.substr(tag.starts_with("/") ? 1 : 0, tag.find(' ')));
    if (!tag.starts_with("/")) {
      open.push_back(name);
    } else {
      if (open.empty() || open.back() != name) return "</" + name + "> closes nothing";
      open.pop_back();
    }
  }
  return open.empty() ? "" : "<" + open.back() + "> is not closed";
}

/// A second way in, by another mechanism and another emergency role, that needs the data centre.
Catalog with_second_way(Catalog out = catalog::sound_catalog()) {
  catalog::Process second = catalog::operate(out);
  second.id = catalog::process_id("standby");
  second.title = "Standby";
  second.access.mechanism = Mechanism::standby_saml;
  second.access.emergency_role = "Standby";
  out.dependencies["datacentre"] = {};
  second.access.needs = Needs{.dependency = "datacentre"};
  catalog::operate(out).alternatives = {second.id};
  out.processes.emplace(second.id, second);
  return out;
}

const std::string diamond = "fill=\"#b8400b\"/>";
const std::string square_of_way = "fill=\"#0072b2\"/>";

TEST(Picture, MarksSinglePointsInEveryColumnAndNamesThemFirst) {
  const std::string picture = first_svg(with_second_way());
  const std::string row = row_with(picture, "the emergency account is closed or out of reach");
  EXPECT_EQ(count(row, diamond), 3U);  // all ways, and each of the two
  EXPECT_THAT(row, HasSubstr("#1<"));
  EXPECT_THAT(picture, HasSubstr("3 single failures each leave nobody able to get in; so do 5 pairs"));
  EXPECT_LT(picture.find("Single points of failure: each"), picture.find("Pairs: each"));
}

TEST(Picture, FillsTheCellOfAWayThatAFailureTakesAwayAloneAndNamesItsPartners) {
  const std::string picture = first_svg(with_second_way());
  const std::string row = row_with(picture, "datacentre is down");
  EXPECT_EQ(count(row, square_of_way), 1U);
  EXPECT_EQ(count(row, diamond), 0U);
  EXPECT_EQ(count(row, "<circle"), 1U);  // all ways: with one other
  const std::string other = row_with(picture, "role Emergency in the emergency account is gone or changed");
  const std::size_t number = other.find(">#");
  ASSERT_NE(number, std::string::npos);
  EXPECT_THAT(row, HasSubstr(other.substr(number, other.find("</", number) - number)));
}

TEST(Picture, DrawsARingWhereAFailureOnlyWeakens) {
  const std::string row =
      row_with(first_svg(catalog::sound_catalog()), "dana cannot be reached (or has lost the SSH key)");
  EXPECT_EQ(count(row, "<circle"), 2U);
  EXPECT_EQ(count(row, ">2<"), 2U);
  EXPECT_EQ(count(row, "<rect"), 0U);
}

TEST(Picture, CountsALostKeyWithItsPerson) {
  EXPECT_THAT(page(catalog::sound_catalog()), Not(HasSubstr("dana has lost the SSH key")));
}

TEST(Picture, ShowsAClosedWayAndOnlyWhatClosesIt) {
  Catalog c = with_second_way();
  catalog::idp_down(c).takes_away = {"datacentre"};
  const std::string picture = first_svg(c);
  EXPECT_THAT(picture,
              AllOf(HasSubstr("Closed from the start, by what is down or was never set up: standby."),
                    HasSubstr("datacentre is down (from the start)"), HasSubstr("line-through")));
  EXPECT_THAT(picture, Not(HasSubstr("role Standby in the emergency account")));
}

TEST(Picture, SaysThatNobodyGetsInWhenNoWayIsLeft) {
  Catalog c = catalog::sound_catalog();
  catalog::operate(c).tiers.front().count = 3;
  EXPECT_THAT(first_svg(c), HasSubstr("Nobody gets in, even when everything else works."));
  c.modes.begin()->second.process = catalog::process_id("elsewhere");
  EXPECT_THAT(page(c), HasSubstr("No way leads into these accounts in this failure mode."));
}

TEST(Picture, DrawsSharedGatesOnceAndNamesThemAgain) {
  const std::string picture = first_svg(catalog::sound_catalog());
  EXPECT_THAT(picture, AllOf(HasSubstr(">T1  the tier cannot approve<"),
                             HasSubstr(">as at T1: the tier cannot approve<")));
}

TEST(Picture, SaysHowFarItIsProvenWhereTheLimitsDoNotSuffice) {
  const Catalog c = with_second_way();
  const auto in_part = [](const FaultTree& tree) { return cut_sets(tree, {.nodes = 1}); };
  const std::string picture = svg(c, cases(c).value().front(), in_part);
  EXPECT_THAT(picture, AllOf(HasSubstr("nothing is known of larger ones"),
                             HasSubstr("3 single failures each leave nobody able to get in.")));
}

TEST(Picture, ClaimsNothingBeyondWhatIsProven) {
  Gate top{.id = "nobody", .title = "nobody gets in", .at_least = 3, .of = {}};
  Case each{.mode = catalog::mode_id("idp-down"), .accounts = {}, .ways = {}, .tree = {}};
  for (int i = 0; i < 6; ++i)
    top.of.push_back(each.tree.add(Event{.id = fmt::format("person.{}", i)}).value());
  each.tree.set_top(each.tree.add(top).value());
  each.ways.push_back({catalog::process_id("operate"), each.tree.top()});
  const auto in_part = [](const FaultTree& tree) { return cut_sets(tree, {.nodes = 1}); };
  const Catalog c = catalog::sound_catalog();
  EXPECT_THAT(svg(c, each, in_part), HasSubstr("No single failure leaves nobody able to get in."));
  EXPECT_THAT(svg(c, each, solve), HasSubstr("It takes 3 failures together to leave nobody able to get in."));
}

/// So many people may each ask or approve.
Catalog crowd(int size) {
  Catalog out = catalog::sound_catalog();
  for (int i = 0; i < size; ++i) {
    const std::string id = fmt::format("p{}", i);
    out.people.emplace(catalog::person_id(id.c_str()), catalog::administrator(id.c_str()));
    out.groups[catalog::group_id("admins")].push_back(catalog::person_id(id.c_str()));
  }
  return out;
}

TEST(Picture, DrawsAtMostSoManyRowsAndSaysHowManyAreLeftOut) {
  const std::string picture =
      first_svg(crowd(150));  // 152 people who ask, with a device each, 2 who approve, 4 others
  EXPECT_THAT(picture, HasSubstr("110 more failures are left out here"));
  EXPECT_THAT(picture, AllOf(HasSubstr(">#200<"), Not(HasSubstr(">#201<"))));
  EXPECT_THAT(picture, HasSubstr("more than 80 lines and is not drawn"));
}

TEST(Picture, SaysWhereItDidNotCountAllPairs) {
  Catalog c = with_second_way();
  for (const char* way : {"operate", "standby"}) {
    Needs& needs = c.processes.at(catalog::process_id(way)).access.needs.emplace(Needs{.at_least = 330});
    for (int i = 0; i < 330; ++i) {
      const std::string name = fmt::format("{}-{}", way, i);
      c.dependencies[name] = {};
      needs.of.push_back({.dependency = name});
    }
  }
  const std::string text = page(c);  // 330 * 330 pairs, and some more
  EXPECT_THAT(text, AllOf(HasSubstr("so do at least "), HasSubstr("These are 50 of at least "),
                          HasSubstr(" or more</td>"), HasSubstr(" or others</text>")));
}

TEST(Picture, DrawsAtMostSoManyWaysAndCases) {
  Catalog c = catalog::sound_catalog();
  for (int i = 0; i < 44; ++i) {
    catalog::Process more = catalog::operate(c);
    more.id = catalog::process_id(fmt::format("way-{}", i).c_str());
    catalog::operate(c).alternatives.push_back(more.id);
    c.processes.emplace(more.id, more);
  }
  EXPECT_THAT(first_svg(c), HasSubstr("5 more ways are left out here"));

  const Catalog sound = catalog::sound_catalog();
  const std::vector<Case> many(103, cases(sound).value().front());
  const std::string text = html(sound, many, solve);
  EXPECT_EQ(count(text, "<section"), 100U);
  EXPECT_THAT(text,
              AllOf(HasSubstr("The first 100 are drawn below."), HasSubstr("<td class=\"n\">103</td>")));
}

Catalog hostile() {
  Catalog out = with_second_way();
  const std::string evil = "\"'></text></title><script>alert(1)</script>]]>&amp;\x01\xef\xbf\xbe\xff<!--";
  for (auto& [id, person] : out.people) person.name = evil + id.text();
  for (auto& [id, process] : out.processes) {
    process.title = evil;
    process.access.target_role = evil + std::string(500, 'W');
  }
  out.modes.begin()->second.title = evil;
  out.accounts.front().name = evil;
  out.organization.name = evil;
  out.dependencies["datacentre"].title = evil;
  return out;
}

TEST(Picture, IsWellFormedWhateverTheCatalogSays) {
  for (const Catalog& c : {catalog::sound_catalog(), with_second_way(), crowd(150), hostile()}) {
    EXPECT_EQ(fault_in_tags(first_svg(c)), "");
    EXPECT_EQ(fault_in_tags(page(c)), "");
  }
}

TEST(Picture, LetsNothingOfTheCatalogBecomeMarkup) {
  for (const std::string& text : {first_svg(hostile()), page(hostile())}) {
    EXPECT_THAT(text, AllOf(HasSubstr("&lt;script&gt;"), HasSubstr("]]&gt;&amp;amp;")));
    EXPECT_THAT(text, AllOf(Not(HasSubstr("<script")), Not(HasSubstr("<!--")), Not(HasSubstr("]]>"))));
    EXPECT_THAT(text, AllOf(Not(HasSubstr("\x01")), Not(HasSubstr("\xff")), Not(HasSubstr("\xef\xbf\xbe"))));
  }
}

TEST(Picture, ShortensLongLabelsAndKeepsTheWholeInATooltip) {
  Catalog c = catalog::sound_catalog();
  c.people.at(catalog::person_id("dana")).name = "Dana " + std::string(200, 'x') + " Sato";
  const std::string picture = first_svg(c);
  EXPECT_THAT(picture, HasSubstr("<title>Dana " + std::string(200, 'x') + " Sato cannot be reached"));
  EXPECT_THAT(picture, HasSubstr("x\xe2\x80\xa6</text>"));
  // And never in the middle of a character.
  std::string kanji;
  for (int i = 0; i < 1'000; ++i) kanji += "\xe4\xbd\x90";
  c.people.at(catalog::person_id("dana")).name = kanji;
  EXPECT_THAT(first_svg(c), AllOf(HasSubstr("\xe4\xbd\x90\xe2\x80\xa6</"), Not(HasSubstr("\xef\xbf\xbd"))));
}

TEST(Picture, IsTheSameForTheSameInput) {
  EXPECT_EQ(first_svg(hostile()), first_svg(hostile()));
  EXPECT_EQ(page(with_second_way()), page(with_second_way()));
}

TEST(Picture, NeedsNothingFromOutsideAndSpeaksToScreenReaders) {
  const std::string picture = first_svg(catalog::sound_catalog());
  EXPECT_TRUE(picture.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\""));
  EXPECT_THAT(picture, AllOf(HasSubstr("<title>Which failures leave nobody able to get in: idp-down"),
                             HasSubstr("<desc>4 single failures each leave nobody able to get in"),
                             HasSubstr("Single points of failure: the emergency account is closed")));
  EXPECT_THAT(picture, AllOf(Not(HasSubstr("href")), Not(HasSubstr("url(")), Not(HasSubstr("<style"))));
  const std::string text = page(catalog::sound_catalog());
  EXPECT_THAT(text, AllOf(HasSubstr("<html lang=\"en\">"),
                          HasSubstr("content=\"default-src 'none'; style-src 'unsafe-inline'\""),
                          HasSubstr("href=\"#case-1\""), Not(HasSubstr("src="))));
}

TEST(Picture, SaysWhatWouldRemoveEachSinglePoint) {
  const std::string text = page(catalog::sound_catalog());
  EXPECT_THAT(
      text,
      AllOf(HasSubstr("<h2>idp-down: The IdP is down</h2>"), HasSubstr("prod-web (200000000001)"),
            HasSubstr("STS in eu-west-1 does not answer</td><td>Name more STS Regions, far apart.</td>")));
  EXPECT_THAT(text, HasSubstr("Pairs that together leave nobody able to get in"));
}

}  // namespace
}  // namespace postern::lockout
