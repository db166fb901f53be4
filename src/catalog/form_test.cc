#include "catalog/form.h"

#include <gmock/gmock.h>

#include "catalog/catalog_for_test.h"

namespace postern::catalog {
namespace {

using testing::HasSubstr;

/// "" where the values are good, else what is said.
std::string said_of(const FormField& field, const std::string& value) {
  Catalog catalog = sound_catalog();
  operate(catalog).access.target_role = "Operator";
  operate(catalog).access.smaller_roles = {"ReadOnly"};
  catalog.accounts.push_back({.id = account_id("200000000002"), .name = "test-web"});
  operate(catalog).form = {field};
  const auto checked = check_form(catalog, operate(catalog), {{field.id, value}});
  if (checked) return "";
  EXPECT_EQ(checked.error().code, ErrorCode::invalid);
  return checked.error().message;
}
const FormField any_text{.id = "why", .label = "Why now"};

TEST(Form, FieldsThatMustBeFilledInAre) {
  Catalog catalog = sound_catalog();
  operate(catalog).form = {{.id = "why", .label = "Why now", .is_required = true},
                           {.id = "more", .label = "More"}};
  EXPECT_TRUE(check_form(catalog, operate(catalog), {{"why", "It is down."}}));
  EXPECT_THAT(check_form(catalog, operate(catalog), {}).error().message,
              HasSubstr("Field \"why\" (Why now): it must be filled in"));
  EXPECT_THAT(check_form(catalog, operate(catalog), {{"why", ""}}).error().message, HasSubstr("why"))
      << "nothing is no value";
}

TEST(Form, AValueOfNoFieldIsRefusedWithoutRepeatingWhatCouldDeceive) {
  Catalog catalog = sound_catalog();
  const auto said = check_form(catalog, operate(catalog), {{"x\x1b[2J", "y"}});
  ASSERT_FALSE(said);
  EXPECT_THAT(said.error().message, HasSubstr("has no field"));
  EXPECT_EQ(said.error().message.find('\x1b'), std::string::npos);
}

TEST(Form, TextIsPrintableAndAsLongAsItMayBe) {
  EXPECT_EQ(said_of(any_text, "Two\nlines"), "");
  EXPECT_EQ(said_of(any_text, std::string(500, 'x')), "");
  EXPECT_THAT(said_of(any_text, std::string(501, 'x')), HasSubstr("at most 500 bytes"));
  EXPECT_THAT(said_of(any_text, "\x1b[2J"), HasSubstr("printable"));
  EXPECT_THAT(said_of(any_text, "\u202ereversed"), HasSubstr("printable"));
  FormField longest = any_text;
  longest.length_max = 100'000;
  EXPECT_THAT(said_of(longest, std::string(form_value_bytes_max + 1, 'x')), HasSubstr("printable"));
}

TEST(Form, APatternIsOfTheWholeValue) {
  const FormField ticket{
      .id = "ticket", .label = "Ticket", .kind = FormField::Kind::ticket, .pattern = "CHG[0-9]{3}"};
  EXPECT_EQ(said_of(ticket, "CHG123"), "");
  EXPECT_THAT(said_of(ticket, "CHG1234"), HasSubstr("must match CHG[0-9]{3}"));
  EXPECT_THAT(said_of(ticket, "x CHG123"), HasSubstr("must match"));
  EXPECT_THAT(said_of(ticket, "CHG123\n"), HasSubstr("printable")) << "one line but for text";
  EXPECT_THAT(said_of(ticket, "CHG\t123"), HasSubstr("printable"));
}

TEST(Form, APatternThatWouldHoldUpOthersTakesNoTime) {
  const FormField slow{.id = "x", .label = "X", .pattern = "(a*)*(a*)*(a*)*b"};
  EXPECT_THAT(said_of(slow, std::string(500, 'a')), HasSubstr("must match")) << "RE2 is linear";
}

TEST(Form, AChoiceAnAccountARoleAndADurationKeepTheirRules) {
  using Kind = FormField::Kind;
  const FormField choice{.id = "x", .label = "X", .kind = Kind::choice, .choices = {"database", "network"}};
  EXPECT_EQ(said_of(choice, "network"), "");
  EXPECT_THAT(said_of(choice, "Network"), HasSubstr("none of its choices"));
  const FormField account{.id = "x", .label = "X", .kind = Kind::account};
  EXPECT_EQ(said_of(account, "200000000001"), "");
  EXPECT_THAT(said_of(account, "200000000002"), HasSubstr("an account that operate covers"));
  EXPECT_THAT(said_of(account, "prod-web"), HasSubstr("an account that operate covers"));
  const FormField role{.id = "x", .label = "X", .kind = Kind::role};
  EXPECT_EQ(said_of(role, "Operator"), "");
  EXPECT_EQ(said_of(role, "ReadOnly"), "");
  EXPECT_THAT(said_of(role, "Emergency"), HasSubstr("gives no such role"));
  const FormField duration{.id = "x", .label = "X", .kind = Kind::duration, .longest = seconds(3600)};
  EXPECT_EQ(said_of(duration, "60m"), "");
  EXPECT_THAT(said_of(duration, "61m"), HasSubstr("at most 1h"));
  EXPECT_NE(said_of(duration, "an hour"), "");
}

TEST(Form, APatternMustBeOneThatCompilesInLittleMemory) {
  EXPECT_FALSE(flaw_of_pattern("CHG[0-9]{7}"));
  EXPECT_FALSE(flaw_of_pattern(""));
  EXPECT_TRUE(flaw_of_pattern("("));
  EXPECT_TRUE(flaw_of_pattern("(?=x)")) << "RE2 has no lookahead";
  EXPECT_TRUE(flaw_of_pattern("(\\pL{900}){900}"));
  EXPECT_TRUE(flaw_of_pattern("((a{100}){100}){100}"));
}

}  // namespace
}  // namespace postern::catalog
