#include "transformer/tokenizer/byte_level.h"

#include <array>

#include "transformer/text/utf8.h"

namespace footnote::transformer {
namespace {

constexpr int kAlphabetEnd = 0x144;

struct Alphabet {
  std::array<std::string, 256> of_byte;
  std::array<int, kAlphabetEnd> byte_of;  // -1: none
};

const Alphabet& GetAlphabet() {
  static const Alphabet kAlphabet = [] {
    Alphabet out;
    out.byte_of.fill(-1);
    char32_t next = 0x100;
    for (int b = 0; b < 256; ++b) {
      const bool printable = (b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      const char32_t c = printable ? static_cast<char32_t>(b) : next++;
      AppendUtf8(c, &out.of_byte[static_cast<size_t>(b)]);
      out.byte_of[c] = b;
    }
    return out;
  }();
  return kAlphabet;
}

}  // namespace

void AppendByteLevel(absl::string_view bytes, std::string* out) {
  const Alphabet& alphabet = GetAlphabet();
  for (const char b : bytes) out->append(alphabet.of_byte[static_cast<unsigned char>(b)]);
}

bool AppendBytesOf(absl::string_view text, std::string* out) {
  const Alphabet& alphabet = GetAlphabet();
  const size_t before = out->size();
  for (size_t pos = 0; pos < text.size();) {
    const char32_t c = DecodeUtf8(text, &pos);
    const int byte = c < kAlphabetEnd ? alphabet.byte_of[c] : -1;
    if (byte < 0) {
      out->resize(before);
      return false;
    }
    out->push_back(static_cast<char>(byte));
  }
  return true;
}

}  // namespace footnote::transformer
