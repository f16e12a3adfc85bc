#include "transformer/text/utf8.h"

namespace footnote::transformer {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

// Decodes one character at text[pos]. Returns its length in bytes; 0 if the
// bytes are ill-formed, and then *bad is the length of the maximal subpart.
size_t DecodeAt(absl::string_view text, size_t pos, char32_t* c, size_t* bad) {
  const auto byte = [&](size_t i) -> unsigned {
    return pos + i < text.size() ? static_cast<unsigned char>(text[pos + i]) : 0u;
  };
  const unsigned lead = byte(0);
  *bad = 1;
  if (lead < 0x80) {
    *c = lead;
    return 1;
  }
  size_t length;
  unsigned low = 0x80, high = 0xBF;  // what the second byte may be
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
    *c = lead & 0x1F;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    *c = lead & 0x0F;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    *c = lead & 0x07;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return 0;
  }
  for (size_t i = 1; i < length; ++i) {
    const unsigned b = byte(i);
    if (b < low || b > high) {
      *bad = i;
      return 0;
    }
    low = 0x80;
    high = 0xBF;
    *c = (*c << 6) | (b & 0x3F);
  }
  return length;
}

}  // namespace

bool IsValidUtf8(absl::string_view text) {
  size_t pos = 0;
  while (pos < text.size()) {
    char32_t c;
    size_t bad;
    const size_t n = DecodeAt(text, pos, &c, &bad);
    if (n == 0) return false;
    pos += n;
  }
  return true;
}

std::string ReplaceInvalidUtf8(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  size_t pos = 0;
  while (pos < text.size()) {
    char32_t c;
    size_t bad;
    const size_t n = DecodeAt(text, pos, &c, &bad);
    if (n == 0) {
      AppendUtf8(kReplacement, &out);
      pos += bad;
    } else {
      out.append(text.data() + pos, n);
      pos += n;
    }
  }
  return out;
}

char32_t DecodeUtf8(absl::string_view text, size_t* pos) {
  char32_t c;
  size_t bad;
  const size_t n = DecodeAt(text, *pos, &c, &bad);
  *pos += n == 0 ? bad : n;
  return n == 0 ? kReplacement : c;
}

absl::string_view Utf8Prefix(absl::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xC0) == 0x80) --max_bytes;
  return text.substr(0, max_bytes);
}

void AppendUtf8(char32_t c, std::string* out) {
  if (c < 0x80) {
    out->push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out->push_back(static_cast<char>(0xC0 | (c >> 6)));
    out->push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else if (c < 0x10000) {
    out->push_back(static_cast<char>(0xE0 | (c >> 12)));
    out->push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else {
    out->push_back(static_cast<char>(0xF0 | (c >> 18)));
    out->push_back(static_cast<char>(0x80 | ((c >> 12) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (c & 0x3F)));
  }
}

}  // namespace footnote::transformer
