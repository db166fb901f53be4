#pragma once

#include <string>

#include "broker/writer.h"
#include "notify/template.h"

/// Inside of words.cc: what stands in the fields. Not for other folders.
namespace postern::notify {

/// One telling: of what, in which language.
struct Telling {
  const broker::Published& published;
  emergency::NoticeKind kind;
  const std::string& about;
  catalog::Language language;
};

/// Every field that the thing `about` gives.
Fields fields_of(const Telling& telling);
/// One sentence on what is special about it now.
std::string what_happened(const Telling& telling);

/// The text in that language.
inline std::string either(catalog::Language language, std::string english, std::string japanese) {
  return language == catalog::Language::japanese ? std::move(japanese) : std::move(english);
}

}  // namespace postern::notify
