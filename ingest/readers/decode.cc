#include "ingest/readers/decode.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "kernels/base/status_macros.h"
#include "transformer/text/charset.h"
#include "transformer/text/utf8.h"

namespace footnote::ingest {
namespace {

// As a share of all bytes; more than this isn't text.
constexpr double kMostIllFormed = 0.1;

// "utf-16le", "utf-16be" or "" by where the zero bytes stand.
absl::string_view GuessUtf16(absl::string_view bytes) {
  const size_t n = std::min<size_t>(bytes.size(), 4096) & ~size_t{1};
  if (n < 8) return "";
  size_t zeros[2] = {0, 0};
  for (size_t i = 0; i < n; ++i) zeros[i % 2] += bytes[i] == '\0';
  if (zeros[0] == 0 && zeros[1] * 10 >= n / 2 * 7) return "utf-16le";
  if (zeros[1] == 0 && zeros[0] * 10 >= n / 2 * 7) return "utf-16be";
  return "";
}

// Whether all bytes above 0x7F make sense as windows-1252: letters beside
// letters, and the quotes, dashes and signs that people type.
bool LooksLikeWindows1252(absl::string_view bytes) {
  const auto is_letter = [](unsigned char b) {
    return absl::ascii_isalpha(b) || (b >= 0xC0 && b != 0xD7 && b != 0xF7 && b < 0xFE);
  };
  bool any = false;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const unsigned char b = bytes[i];
    if (b < 0x80) continue;
    any = true;
    if (is_letter(b)) {
      const bool before = i > 0 && is_letter(bytes[i - 1]);
      const bool after = i + 1 < bytes.size() && is_letter(bytes[i + 1]);
      const bool alone = (i == 0 || absl::ascii_isspace(bytes[i - 1])) &&
                         (i + 1 == bytes.size() || absl::ascii_isspace(bytes[i + 1]));
      if (!before && !after && !alone) return false;
    } else if (b != 0x80 && b != 0x85 && !(b >= 0x91 && b <= 0x97) && b != 0x99 && b < 0xA0) {
      return false;
    }
  }
  return any;
}

struct Utf8Count {
  uint64_t good = 0;  // well-formed sequences of two bytes or more
  uint64_t bad = 0;
};

Utf8Count CountSequences(absl::string_view bytes) {
  Utf8Count count;
  size_t pos = 0;
  while (pos < bytes.size()) {
    if (static_cast<unsigned char>(bytes[pos]) < 0x80) {
      ++pos;
      continue;
    }
    const size_t at = pos;
    const bool replaced = transformer::DecodeUtf8(bytes, &pos) == 0xFFFD;
    const bool is_the_character = replaced && bytes.substr(at, pos - at) == "\xEF\xBF\xBD";
    ++(replaced && !is_the_character ? count.bad : count.good);
  }
  return count;
}

absl::Status NotText(absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("it isn't text: ", why, "; convert it to UTF-8 text or leave it out"));
}

// Refuses what no text has.
absl::Status CheckControlCharacters(absl::string_view text) {
  const size_t zero = text.find('\0');
  if (zero != absl::string_view::npos) return NotText(absl::StrCat("zero byte at ", zero));
  uint64_t controls = 0;
  for (unsigned char c : text) {
    controls += c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1B;
  }
  if (controls > text.size() * kMostIllFormed) {
    return NotText(absl::StrCat(controls, " control characters in ", text.size(), " bytes"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DecodedText> DecodeText(absl::string_view bytes, absl::string_view declared) {
  DecodedText out;
  uint64_t replaced = 0;
  absl::string_view charset;
  if (absl::ConsumePrefix(&bytes, "\xEF\xBB\xBF")) {
    charset = "";
  } else if (absl::ConsumePrefix(&bytes, "\xFF\xFE")) {
    charset = "utf-16le";
  } else if (absl::ConsumePrefix(&bytes, "\xFE\xFF")) {
    charset = "utf-16be";
  } else if (const absl::string_view wide = GuessUtf16(bytes); !wide.empty()) {
    charset = wide;
  } else if (!transformer::IsValidUtf8(bytes)) {
    FN_RETURN_IF_ERROR(CheckControlCharacters(bytes));
    // A file that declares UTF-16 in bytes that could be read so far isn't in it.
    if (!declared.empty() && !absl::StartsWithIgnoreCase(declared, "utf")) {
      charset = declared;
    } else if (declared.empty() && CountSequences(bytes).good == 0 && LooksLikeWindows1252(bytes)) {
      charset = "windows-1252";
    }
  }
  if (!charset.empty()) {
    absl::StatusOr<std::string> text = transformer::ConvertToUtf8(bytes, charset, &replaced);
    if (text.ok()) {
      out.text = *std::move(text);
      out.metadata["encoding"] = absl::AsciiStrToLower(charset);
    } else if (absl::IsNotFound(text.status())) {
      charset = "";  // a label that nobody knows: read it as UTF-8
    } else {
      return text.status();
    }
  }
  if (charset.empty()) {
    replaced = CountSequences(bytes).bad;
    out.text = replaced == 0 ? std::string(bytes) : transformer::ReplaceInvalidUtf8(bytes);
  }
  FN_RETURN_IF_ERROR(CheckControlCharacters(out.text));
  if (replaced > bytes.size() * kMostIllFormed) {
    return NotText(absl::StrCat(replaced, " ill-formed sequences in ", bytes.size(), " bytes"));
  }
  if (replaced > 0) out.metadata["replaced_bytes"] = absl::StrCat(replaced);
  return out;
}

std::string DeclaredHtmlCharset(absl::string_view bytes) {
  const std::string head = absl::AsciiStrToLower(bytes.substr(0, 1024));
  size_t at = 0;
  for (absl::string_view opening : {"<meta", "<?xml"}) {
    for (at = head.find(std::string(opening)); at != std::string::npos;
         at = head.find(std::string(opening), at + 1)) {
      const absl::string_view tag = absl::string_view(head).substr(at, head.find('>', at) - at);
      for (absl::string_view key : {"charset", "encoding"}) {
        size_t i = tag.find(key);
        if (i == absl::string_view::npos) continue;
        i += key.size();
        while (i < tag.size() && absl::ascii_isspace(tag[i])) ++i;
        if (i >= tag.size() || tag[i] != '=') continue;
        ++i;
        while (i < tag.size() && (absl::ascii_isspace(tag[i]) || tag[i] == '"' || tag[i] == '\'')) {
          ++i;
        }
        size_t end = i;
        while (end < tag.size() && (absl::ascii_isalnum(tag[end]) || tag[end] == '-' ||
                                    tag[end] == '_' || tag[end] == ':' || tag[end] == '.')) {
          ++end;
        }
        if (end > i) return std::string(tag.substr(i, end - i));
      }
    }
  }
  return "";
}

}  // namespace footnote::ingest
