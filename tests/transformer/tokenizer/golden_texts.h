#ifndef FOOTNOTE_TESTS_TRANSFORMER_TOKENIZER_GOLDEN_TEXTS_H_
#define FOOTNOTE_TESTS_TRANSFORMER_TOKENIZER_GOLDEN_TEXTS_H_

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "nlohmann/json.hpp"
#include "transformer/text/utf8.h"

namespace footnote::transformer {

// CRC-32 as zlib's crc32(bytes, crc).
inline uint32_t Crc32(const std::string& bytes, uint32_t crc) {
  static const std::array<uint32_t, 256> kTable = [] {
    std::array<uint32_t, 256> table;
    for (uint32_t i = 0; i < 256; ++i) {
      uint32_t c = i;
      for (int k = 0; k < 8; ++k) c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
      table[i] = c;
    }
    return table;
  }();
  crc = ~crc;
  for (const char b : bytes)
    crc = kTable[(crc ^ static_cast<unsigned char>(b)) & 0xFF] ^ (crc >> 8);
  return ~crc;
}

// The texts of tests/golden/tokenizer_kinds.py: of many scripts, with marks,
// emoji, control characters, special tokens and invalid UTF-8.
class GoldenTexts {
 public:
  explicit GoldenTexts(const nlohmann::json& golden)
      : scripts_(golden["scripts"].get<Ranges>()),
        marks_(golden["marks"].get<Ranges>()),
        bases_(golden["bases"].get<Strings>()),
        emoji_(golden["emoji"].get<Strings>()),
        control_(golden["control"].get<std::vector<uint32_t>>()),
        separators_(golden["separators"].get<Strings>()),
        specials_(golden["specials"].get<Strings>()),
        words_(golden["words"].get<Strings>()),
        invalid_(golden["invalid"].get<Strings>()) {}

  std::string Text(uint64_t index) const {
    Rng rng{index};
    const uint64_t kind = rng.Next(10);
    std::string out;
    if (kind <= 2) {
      Words(&rng, &out);
    } else if (kind == 3) {
      for (uint64_t n = 1 + rng.Next(6); n > 0; --n) {
        const Ranges one = {rng.Pick(scripts_)};
        for (uint64_t k = 1 + rng.Next(8); k > 0; --k) InRange(&rng, one, &out);
        out += rng.Pick(separators_);
      }
    } else if (kind == 4) {
      for (uint64_t n = 1 + rng.Next(24); n > 0; --n) {
        const uint64_t c = rng.Next(0x110000 - 0x800);
        AppendUtf8(static_cast<char32_t>(c >= 0xD800 ? c + 0x800 : c), &out);
      }
    } else if (kind == 5) {
      for (uint64_t n = 1 + rng.Next(6); n > 0; --n) {
        out += rng.Pick(bases_);
        for (uint64_t k = 1 + rng.Next(4); k > 0; --k) InRange(&rng, marks_, &out);
      }
    } else if (kind == 6) {
      for (uint64_t n = 1 + rng.Next(12); n > 0; --n) {
        if (rng.Next(5) < 2) {
          out += rng.Pick(emoji_);
        } else {
          AppendUtf8(static_cast<char32_t>(0x1F300 + rng.Next(0x800)), &out);
        }
      }
    } else if (kind == 7) {
      for (uint64_t n = 1 + rng.Next(12); n > 0; --n) {
        AppendUtf8(rng.Pick(control_), &out);
        if (rng.Next(2) != 0) out += rng.Pick(words_);
      }
    } else if (kind == 8) {
      for (uint64_t n = 1 + rng.Next(10); n > 0; --n) out += rng.Pick(specials_);
    } else {
      if (rng.Next(2) != 0) {
        Words(&rng, &out);
      } else {
        InRange(&rng, scripts_, &out);
      }
      Damage(&rng, &out);
    }
    return out;
  }

 private:
  using Ranges = std::vector<std::pair<uint32_t, uint32_t>>;
  using Strings = std::vector<std::string>;

  struct Rng {  // splitmix64
    uint64_t state;
    uint64_t Next(uint64_t n) {
      state += 0x9E3779B97F4A7C15;
      uint64_t z = state;
      z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
      z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
      return ((z ^ (z >> 31)) >> 33) % n;
    }
    template <typename T>
    const T& Pick(const std::vector<T>& items) {
      return items[Next(items.size())];
    }
  };

  static void InRange(Rng* rng, const Ranges& ranges, std::string* out) {
    const auto [low, high] = rng->Pick(ranges);
    AppendUtf8(static_cast<char32_t>(low + rng->Next(high - low + 1)), out);
  }

  void Words(Rng* rng, std::string* out) const {
    for (uint64_t n = 1 + rng->Next(12); n > 0; --n) {
      *out += rng->Pick(words_);
      *out += rng->Pick(separators_);
    }
  }

  void Damage(Rng* rng, std::string* out) const {
    for (uint64_t n = 1 + rng->Next(6); n > 0; --n) {
      const size_t at = rng->Next(out->size() + 1);
      if (rng->Next(3) == 0) {
        if (at < out->size()) out->erase(at, 1);
      } else {
        out->insert(at, absl::HexStringToBytes(rng->Pick(invalid_)));
      }
    }
  }

  const Ranges scripts_, marks_;
  const Strings bases_, emoji_;
  const std::vector<uint32_t> control_;
  const Strings separators_, specials_, words_, invalid_;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TESTS_TRANSFORMER_TOKENIZER_GOLDEN_TEXTS_H_
