#include "notify/texts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/encoding.h"
#include "base/placeholder.h"
#include "notify/message.h"
#include "notify/template.h"

namespace postern::notify {
namespace {

using catalog::Language;
constexpr Language languages[] = {Language::english, Language::japanese};

bool is_japanese(std::string_view text) {  // has hiragana: U+3041 to U+309F
  return text.find("\xe3\x81") != std::string_view::npos || text.find("\xe3\x82") != std::string_view::npos;
}

/// As long as values get in practice: people's and modes' names, and the ids of a busy year.
Fields long_fields() {
  Fields out;
  for (const std::string_view name : known_fields())
    out[std::string(name)] = name.ends_with(".id") ? "R-1234567" : "2026-11-23 03:04 UTC";
  for (const char* name : {"request.person", "override.by", "emergency.declared_by", "request.answered_by"})
    out[name] = "Wolfeschlegelsteinhausenbergerdorff";
  out["emergency.title"] = "The identity provider cannot be reached from anywhere";
  return out;
}

std::set<std::string, std::less<>> placeholders_of(const catalog::Text& text) {
  std::set<std::string, std::less<>> out;
  for (const std::string* part : {&text.title, &text.body})
    for (const Placeholder& each : placeholders_in(*part)) out.insert(std::string(each.name));
  return out;
}

TEST(Texts, ExistInBothLanguagesForEachKind) {
  for (const std::string_view kind : kinds()) {
    const catalog::Text* english = builtin(kind, Language::english);
    const catalog::Text* japanese = builtin(kind, Language::japanese);
    ASSERT_NE(english, nullptr) << kind;
    ASSERT_NE(japanese, nullptr) << kind;
    EXPECT_FALSE(is_japanese(english->title + english->body)) << kind;
    EXPECT_TRUE(is_japanese(japanese->title) || is_japanese(japanese->body)) << kind;
  }
  EXPECT_EQ(builtin("request.asked", Language::english), nullptr);
  EXPECT_EQ(builtin("", Language::japanese), nullptr);
}

TEST(Texts, AreAsManyAsTheirFiles) {
  std::set<std::string> files;
  for (const auto& each : std::filesystem::directory_iterator(POSTERN_SOURCE_DIR "/src/notify/texts"))
    files.insert(each.path().filename().string());
  std::set<std::string> expected;
  for (const std::string_view kind : kinds())
    for (const char* end : {".en.txt", ".ja.txt"}) expected.insert(std::string(kind) + end);
  EXPECT_EQ(files, expected);
}

TEST(Texts, KnowTheirKindsByNamesThatNeverChange) {
  const std::vector<std::string_view> stable{
      "absence.marked",     "customers",         "digest",          "emergency.closed",  "emergency.declared",
      "emergency.extended", "finding",           "grant.closed",    "grant.extended",    "grant.opened",
      "incident.overdue",   "notice.test",       "override.ended",  "override.made",     "override.objected",
      "override.opened",    "override.reviewed", "partners",        "request.answered",  "request.ended",
      "request.escalated",  "request.reminder",  "request.waiting", "suspicion.cleared", "suspicion.raised"};
  EXPECT_EQ(kinds(), stable);
}

TEST(Texts, UseNoPlaceholderThatDoesNotExist) {
  for (const std::string_view kind : kinds())
    for (const Language language : languages) {
      const catalog::Text& text = *builtin(kind, language);
      for (const std::string* part : {&text.title, &text.body})
        for (const TextFault& fault : faults_in(*part, known_fields()))
          ADD_FAILURE() << kind << " line " << fault.line << ": " << fault.what;
    }
}

TEST(Texts, SayTheSameInBothLanguages) {
  for (const std::string_view kind : kinds())
    EXPECT_EQ(placeholders_of(*builtin(kind, Language::english)),
              placeholders_of(*builtin(kind, Language::japanese)))
        << kind;
}

TEST(Texts, ArePrintableWithTitlesOfOneLine) {
  for (const std::string_view kind : kinds())
    for (const Language language : languages) {
      const catalog::Text& text = *builtin(kind, language);
      EXPECT_TRUE(is_printable_text(text.title + text.body)) << kind;
      EXPECT_EQ(text.title.find('\n'), std::string::npos) << kind;
      EXPECT_LE(text.title.size(), 120U) << kind;
    }
}

TEST(Texts, FitWithLongValuesAndLoseNothing) {
  for (const std::string_view kind : kinds())
    for (const Language language : languages) {
      const catalog::Text filled = fill(*builtin(kind, language), long_fields());
      EXPECT_LE(filled.title.size(), title_bytes_max) << kind;
      EXPECT_FALSE(filled.title.ends_with("…")) << kind << ": " << filled.title;
      EXPECT_FALSE(filled.body.ends_with("…")) << kind;
    }
}

TEST(Texts, LetNobodysWordsPushTheCommandOffTheEnd) {
  Fields fields = long_fields();
  for (const char* name :
       {"command", "emergency.declared_by", "emergency.incident", "emergency.mode", "emergency.title", "link",
        "organization", "override.by", "recipient.name", "request.account", "request.answered_by",
        "request.decision", "request.person", "request.process", "request.reason", "what"})
    fields[name] = std::string(1000, 'x');
  for (const std::string_view kind : kinds())
    for (const Language language : languages) {
      const catalog::Text filled = fill(*builtin(kind, language), fields);
      EXPECT_LE(filled.title.size(), title_bytes_max) << kind;
      EXPECT_LT(filled.body.size(), body_bytes_max) << kind;
    }
}

TEST(Texts, TellAnApproverAllThatTheAnswerStandsOn) {
  for (const Language language : languages) {
    const auto used = placeholders_of(*builtin("request.waiting", language));
    for (const char* name : {"request.person", "request.process", "request.account", "request.duration",
                             "request.reason", "request.answer_by", "command", "link"})
      EXPECT_TRUE(used.contains(name)) << name;
  }
}

TEST(Texts, TellCustomersAndPartnersNothingFromInside) {
  const std::set<std::string, std::less<>> allowed{"at", "emergency.since", "organization"};
  for (const char* kind : {"customers", "partners"})
    for (const Language language : languages)
      for (const std::string& name : placeholders_of(*builtin(kind, language)))
        EXPECT_TRUE(allowed.contains(name)) << kind << " uses " << name;
}

TEST(Texts, SayWhereverThereIsALinkThatOpeningItChangesNothing) {
  for (const std::string_view kind : kinds()) {
    const catalog::Text& english = *builtin(kind, Language::english);
    if (!placeholders_of(english).contains("link")) continue;
    std::string body = english.body;
    std::transform(body.begin(), body.end(), body.begin(), [](char c) { return c == 'O' ? 'o' : c; });
    EXPECT_NE(body.find("opening"), std::string::npos) << kind;
    EXPECT_NE(body.find("changes nothing"), std::string::npos) << kind;
    EXPECT_NE(builtin(kind, Language::japanese)->body.find("開いても何も変わりません"), std::string::npos)
        << kind;
  }
}

}  // namespace
}  // namespace postern::notify
