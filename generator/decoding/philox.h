#ifndef FOOTNOTE_GENERATOR_DECODING_PHILOX_H_
#define FOOTNOTE_GENERATOR_DECODING_PHILOX_H_

#include <array>
#include <cstdint>

namespace footnote::generator {

// Philox4x32-10, a random number generator without state: the numbers are a
// function of a key and a counter, so that the n-th token of a request draws the
// same number whatever else runs beside it.
// Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3",
// https://doi.org/10.1145/2063384.2063405
std::array<uint32_t, 4> Philox(const std::array<uint32_t, 4>& counter,
                               const std::array<uint32_t, 2>& key);

// A number of [0, 1) with 53 random bits: the one at place `counter` of the
// stream that `seed` names.
double UniformAt(uint64_t seed, uint64_t counter);

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_DECODING_PHILOX_H_
