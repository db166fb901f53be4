#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

/// Text messages to telephones: what of a notice fits into a few of them. Pure.
namespace postern::notify {

/// Each part is paid for and may come alone, so a text is at most three. A part carries 153 septets of the
/// GSM alphabet or 67 UTF-16 units of any other text (3GPP TS 23.038 and 23.040, 9.2.3.24.1). Amazon SNS
/// breaks texts between words and not where a part is full; what is left free below is for that.
inline constexpr std::size_t text_parts_max = 3;
inline constexpr std::size_t part_septets_max = 140;
inline constexpr std::size_t part_units_max = 62;

/// True when every character is in the GSM 7-bit default alphabet or its extension table.
bool is_gsm_text(std::string_view text);

/// `title` and, on the next line, `link`, in at most text_parts_max parts; printable. A title that is too
/// long is cut, and ends with "...", because one "…" would make the whole text twice as long; a link never
/// is, and is left out where it would take more than half of the room. Costs no more for a longer title.
std::string text_of(std::string_view title, std::string_view link);

/// A telephone number as people write it ("+81 90-1234-5678") in E.164 (ITU-T). `invalid`, without the
/// number, for anything that is not '+', 7 to 15 digits, and blanks or hyphens between them.
Result<std::string> phone_number_of(std::string_view text);

}  // namespace postern::notify
