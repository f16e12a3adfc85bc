#include "transformer/encoder/pair.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace footnote::transformer {

PairLengths FitPair(size_t first, size_t second, size_t room) {
  if (first + second <= room) return {first, second};
  const bool swap = first > second;
  if (swap) std::swap(first, second);
  // The shorter one stays whole while the longer one can give enough.
  second = first > room ? first : std::max(first, room - first);
  if (first + second > room) {
    first = room / 2;
    second = first + room % 2;
  }
  if (swap) std::swap(first, second);
  return {first, second};
}

int PairSpecialCount(const EncoderFamily& family) { return 2 + family.pair_separators; }

EncoderInput JoinPair(const EncoderFamily& family, const SpecialTokens& special,
                      const std::vector<int32_t>& first, const std::vector<int32_t>& second,
                      int max_tokens) {
  assert(max_tokens > PairSpecialCount(family));
  const PairLengths kept = FitPair(first.size(), second.size(),
                                   static_cast<size_t>(max_tokens - PairSpecialCount(family)));
  EncoderInput out;
  out.ids.push_back(special.cls);
  out.ids.insert(out.ids.end(), first.begin(), first.begin() + static_cast<ptrdiff_t>(kept.first));
  out.ids.insert(out.ids.end(), family.pair_separators, special.sep);
  out.second_begins = static_cast<int64_t>(out.ids.size());
  out.ids.insert(out.ids.end(), second.begin(),
                 second.begin() + static_cast<ptrdiff_t>(kept.second));
  out.ids.push_back(special.sep);
  if (!family.pair_types) out.second_begins = static_cast<int64_t>(out.ids.size());
  return out;
}

}  // namespace footnote::transformer
