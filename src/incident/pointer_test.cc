#include "incident/pointer.h"

#include <gtest/gtest.h>

namespace postern::incident {
namespace {

// RFC 6901, section 5, but for the keys that only show URI forms.
TEST(Pointer, ReadsTheExamplesOfItsStandard) {
  const json::Value document =
      json::parse(R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"k\"l":6," ":7,"m~n":8})")
          .value();
  EXPECT_EQ(pointed_at(document, ""), &document);
  EXPECT_EQ(as_text(pointed_at(document, "/foo/0")), "bar");
  EXPECT_EQ(as_text(pointed_at(document, "/")), "0");
  EXPECT_EQ(as_text(pointed_at(document, "/a~1b")), "1");
  EXPECT_EQ(as_text(pointed_at(document, "/c%d")), "2");
  EXPECT_EQ(as_text(pointed_at(document, "/k\"l")), "6");
  EXPECT_EQ(as_text(pointed_at(document, "/ ")), "7");
  EXPECT_EQ(as_text(pointed_at(document, "/m~0n")), "8");
}

TEST(Pointer, PointsAtNothingWhereNothingIs) {
  const json::Value document = json::parse(R"({"foo":["bar"],"text":"x"})").value();
  for (const char* pointer : {"foo", "/foo/1", "/foo/00", "/foo/-", "/foo/-1", "/foo/", "/text/0", "/none",
                              "/foo/99999999999999999999999"})
    EXPECT_EQ(pointed_at(document, pointer), nullptr) << pointer;
}

TEST(Pointer, ReadsATildeBeforeAOneAsATilde) {
  const json::Value document = json::parse(R"({"~1":"tilde","/":"slash"})").value();
  EXPECT_EQ(as_text(pointed_at(document, "/~01")), "tilde");
  EXPECT_EQ(as_text(pointed_at(document, "/~1")), "slash");
}

}  // namespace
}  // namespace postern::incident
