#include "retrieval/index/lexical_index.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "retrieval/index/lexical_merge.h"
#include "retrieval/index/position_cursor.h"

namespace footnote::retrieval {
namespace {

// Segments of one class differ in size by less than this factor, and as many of them
// become one: a posting is copied log_4 of the index's size times, and some three
// segments of each class stand.
constexpr size_t kMergeWidth = 4;
constexpr size_t kSmallestClassBytes = 4096;

int SizeClass(const LexicalSegment& segment) {
  int out = 0;
  for (size_t n = segment.bytes().size() / kSmallestClassBytes; n > 0; n /= kMergeWidth) ++out;
  return out;
}

}  // namespace

void LexicalBatch::Add(uint32_t first_row, const std::map<std::string, PostingRecord>& postings) {
  for (const auto& [term, posting] : postings) {
    Word& word = words_[term];
    for (const Occurrence& o : posting.chunks) {
      word.postings.push_back({first_row + o.ordinal, o.frequency});
    }
    word.positions.insert(word.positions.end(), posting.positions.begin(), posting.positions.end());
  }
}

void LexicalBatch::Remove(const LexicalIndex& index, uint32_t first_row,
                          const std::map<std::string, PostingRecord>& postings) {
  for (const auto& [term, posting] : postings) {
    int64_t removed = 0;
    for (const Occurrence& o : posting.chunks) {
      removed += index.Frequency(term, first_row + o.ordinal) > 0 ? 1 : 0;
    }
    if (removed > 0) words_[term].removed += removed;
  }
}

std::shared_ptr<const LexicalSegment> LexicalBatch::Build(uint32_t first_row,
                                                          std::vector<uint32_t> lengths) && {
  std::vector<const std::pair<const std::string, Word>*> words;
  words.reserve(words_.size());
  for (const auto& word : words_) words.push_back(&word);
  std::sort(words.begin(), words.end(),
            [](const auto* a, const auto* b) { return a->first < b->first; });
  LexicalSegmentBuilder builder(first_row, std::move(lengths));
  for (const auto* word : words) {
    builder.Add(word->first, word->second.postings, word->second.positions, word->second.removed);
  }
  return std::move(builder).Finish();
}

void LexicalIndex::Append(std::shared_ptr<const LexicalSegment> segment, const Bitmap& alive) {
  segments_.push_back(std::move(segment));
  for (;;) {
    const int newest = SizeClass(*segments_.back());
    auto begin = segments_.end();
    while (begin != segments_.begin() && SizeClass(**(begin - 1)) <= newest) --begin;
    if (static_cast<size_t>(segments_.end() - begin) < kMergeWidth) return;
    const absl::Span<const std::shared_ptr<const LexicalSegment>> run(
        &*begin, static_cast<size_t>(segments_.end() - begin));
    std::vector<uint32_t> lengths;
    for (const auto& s : run) {
      for (uint32_t i = 0; i < s->rows(); ++i) lengths.push_back(s->length(i));
    }
    auto merged = MergeSegments(run, run.front()->first_row(), std::move(lengths),
                                [&alive](uint32_t row) { return alive.Test(row) ? row : kNoRow; });
    segments_.erase(begin, segments_.end());
    segments_.push_back(std::move(merged));
    // Without its dead rows it may be of a lower class than those before it.
    if (SizeClass(*segments_.back()) <= newest) return;
  }
}

void LexicalIndex::NoteDamage(const std::string& term, uint32_t row, const std::string& what) {
  damage_.emplace(term, Damage{row, what});
}

LexicalIndex LexicalIndex::Compacted(const Bitmap& alive) const {
  std::vector<uint32_t> new_rows(alive.size(), kNoRow), lengths;
  for (const auto& s : segments_) {
    for (uint32_t i = 0; i < s->rows(); ++i) {
      const size_t row = size_t{s->first_row()} + i;
      if (!alive.Test(row)) continue;
      new_rows[row] = static_cast<uint32_t>(lengths.size());
      lengths.push_back(s->length(i));
    }
  }
  LexicalIndex out;
  for (const auto& [term, damage] : damage_) {
    if (new_rows[damage.row] != kNoRow) out.NoteDamage(term, new_rows[damage.row], damage.what);
  }
  out.segments_.push_back(MergeSegments(segments_, 0, std::move(lengths),
                                        [&new_rows](uint32_t row) { return new_rows[row]; }));
  return out;
}

uint64_t LexicalIndex::Chunks(absl::string_view term) const {
  int64_t sum = 0;
  for (const auto& s : segments_) {
    if (const auto i = s->Find(term); i.has_value()) sum += s->chunks(*i) - s->removed(*i);
  }
  return static_cast<uint64_t>(std::max<int64_t>(0, sum));
}

uint32_t LexicalIndex::Frequency(absl::string_view term, uint32_t row) const {
  for (const auto& s : segments_) {
    if (row < s->first_row() || row >= s->end_row()) continue;
    const auto i = s->Find(term);
    return i.has_value() ? PostingCursor(*s, *i).FrequencyOf(row - s->first_row()) : 0;
  }
  return 0;
}

std::vector<uint32_t> LexicalIndex::Positions(absl::string_view term, uint32_t row) const {
  for (const auto& s : segments_) {
    if (row < s->first_row() || row >= s->end_row()) continue;
    const auto i = s->Find(term);
    if (!i.has_value()) return {};
    PositionCursor cursor(*s, *i);
    const absl::Span<const uint32_t> found = cursor.Find(row - s->first_row());
    return {found.begin(), found.end()};
  }
  return {};
}

uint64_t LexicalIndex::LivingPostings() const {
  int64_t sum = 0;
  for (const auto& s : segments_) {
    sum += static_cast<int64_t>(s->postings());
    for (size_t i = 0; i < s->terms(); ++i) sum -= s->removed(i);
  }
  return static_cast<uint64_t>(std::max<int64_t>(0, sum));
}

absl::Status LexicalIndex::CheckTerm(const std::string& term, const Bitmap& visible) const {
  const auto [begin, end] = damage_.equal_range(term);
  for (auto it = begin; it != end; ++it) {
    if (visible.Test(it->second.row)) return absl::DataLossError(it->second.what);
  }
  return absl::OkStatus();
}

size_t LexicalIndex::MemoryBytes() const {
  size_t sum = segments_.capacity() * sizeof(segments_[0]);
  for (const auto& s : segments_) sum += s->MemoryBytes();
  return sum;
}

}  // namespace footnote::retrieval
