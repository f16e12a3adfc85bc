#include "kernels/bit_packing.h"

#include <array>
#include <bit>
#include <cassert>
#include <cstring>
#include <utility>

namespace footnote::kernels {
namespace {

// Four words; the compiler makes SSE2 of it on x86-64.
using Words = uint32_t __attribute__((vector_size(16)));
constexpr int kVectors = kPackedBlock / 4;

Words Load(const uint8_t* p) {
  Words v;
  std::memcpy(&v, p, sizeof(v));
  return v;
}

void Store(uint32_t* p, Words v) { std::memcpy(p, &v, sizeof(v)); }

Words Repeat(uint32_t v) { return Words{v, v, v, v}; }

// Vector `i` of a block, whose place is known when it is compiled.
template <int kBits, int i>
inline __attribute__((always_inline)) Words Take(const uint8_t* in) {
  if constexpr (kBits == 0) {
    return Repeat(0);
  } else {
    constexpr int kWord = i * kBits / 32, kShift = i * kBits % 32;
    Words v = Load(in + 16 * kWord) >> kShift;
    if constexpr (kShift + kBits > 32) v |= Load(in + 16 * (kWord + 1)) << (32 - kShift);
    if constexpr (kShift + kBits == 32) return v;  // the shift has cleared the rest
    return v & Repeat(static_cast<uint32_t>((uint64_t{1} << kBits) - 1));
  }
}

// The sums of a vector's first one to four words.
inline __attribute__((always_inline)) Words Sums(Words v) {
  const Words zero = Repeat(0);
  v += __builtin_shufflevector(zero, v, 0, 4, 5, 6);
  return v + __builtin_shufflevector(zero, v, 0, 1, 4, 5);
}

template <int kBits, int... i>
void Unpack(const uint8_t* in, uint32_t plus, uint32_t* values,
            std::integer_sequence<int, i...> /*vectors*/) {
  const Words add = Repeat(plus);
  (Store(values + 4 * i, Take<kBits, i>(in) + add), ...);
}

template <int kBits, int... i>
void Ascend(const uint8_t* in, uint32_t base, uint32_t* values,
            std::integer_sequence<int, i...> /*vectors*/) {
  const Words one = Repeat(1);
  Words sum = Repeat(base);
  const auto step = [&](Words v, uint32_t * out) __attribute__((always_inline)) {
    sum = Sums(v + one) + __builtin_shufflevector(sum, sum, 3, 3, 3, 3);
    Store(out, sum);
  };
  (step(Take<kBits, i>(in), values + 4 * i), ...);
}

using Function = void (*)(const uint8_t* in, uint32_t first, uint32_t* values);

template <int... bits>
constexpr std::array<Function, sizeof...(bits)> Unpackers(std::integer_sequence<int, bits...>) {
  return {[](const uint8_t* in, uint32_t plus, uint32_t* values) {
    Unpack<bits>(in, plus, values, std::make_integer_sequence<int, kVectors>());
  }...};
}

template <int... bits>
constexpr std::array<Function, sizeof...(bits)> Ascenders(std::integer_sequence<int, bits...>) {
  return {[](const uint8_t* in, uint32_t base, uint32_t* values) {
    Ascend<bits>(in, base, values, std::make_integer_sequence<int, kVectors>());
  }...};
}

constexpr auto kUnpackers = Unpackers(std::make_integer_sequence<int, 33>());
constexpr auto kAscenders = Ascenders(std::make_integer_sequence<int, 33>());

}  // namespace

int BitsOf(const uint32_t* values) {
  uint32_t all = 0;
  for (size_t i = 0; i < kPackedBlock; ++i) all |= values[i];
  return static_cast<int>(std::bit_width(all));
}

void PackBlock(const uint32_t* values, int bits, uint8_t* out) {
  assert(bits >= BitsOf(values) && bits <= 32);
  for (int lane = 0; lane < 4; ++lane) {
    uint64_t held = 0;
    int held_bits = 0;
    uint8_t* to = out + 4 * lane;
    for (int i = 0; i < kVectors; ++i) {
      held |= uint64_t{values[4 * i + lane]} << held_bits;
      held_bits += bits;
      if (held_bits < 32) continue;
      const auto word = static_cast<uint32_t>(held);
      std::memcpy(to, &word, sizeof(word));
      to += 16;
      held >>= 32;
      held_bits -= 32;
    }
  }
}

void UnpackBlock(const uint8_t* in, int bits, uint32_t plus, uint32_t* values) {
  assert(bits >= 0 && bits <= 32);
  kUnpackers[static_cast<size_t>(bits)](in, plus, values);
}

void UnpackAscending(const uint8_t* in, int bits, uint32_t base, uint32_t* values) {
  assert(bits >= 0 && bits <= 32);
  kAscenders[static_cast<size_t>(bits)](in, base, values);
}

}  // namespace footnote::kernels
