#ifndef FOOTNOTE_TESTS_RETRIEVAL_SEARCH_LEXICAL_CORPUS_H_
#define FOOTNOTE_TESTS_RETRIEVAL_SEARCH_LEXICAL_CORPUS_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "retrieval/index/collection_state.h"
#include "retrieval/search/access.h"
#include "retrieval/search/bm25.h"

namespace footnote::retrieval {

// A collection written at random, and beside it a model of it that knows nothing of
// indexes: rows as lists of words.
class LexicalCorpus {
 public:
  struct Row {
    std::vector<std::string> text;
    std::map<std::string, uint32_t> words;  // how often each stands in it
    uint32_t length = 0;
    std::vector<std::string> allowed;  // empty: everybody
    int year = 0;
    bool alive = true;
  };
  struct Scored {
    uint32_t row;
    double score;
  };

  explicit LexicalCorpus(uint64_t seed) : random_(seed) {
    CollectionRecord record;
    record.number = 1;
    record.dim = 1;
    state_ = std::make_shared<CollectionState>("test", record);
  }

  size_t Roll(size_t n) { return random_() % n; }
  // The r-th of `most` words has a share of about 1 / r.
  std::string Word(size_t most) {
    const double u = std::uniform_real_distribution<double>(0, std::log(double(most)))(random_);
    return absl::StrCat("w", static_cast<size_t>(std::exp(u)));
  }
  std::map<std::string, uint32_t> Query(size_t most_terms, size_t vocabulary) {
    std::map<std::string, uint32_t> out;
    for (size_t n = 1 + Roll(most_terms); n > 0; --n) ++out[Word(vocabulary)];
    return out;
  }

  // Publishes a state with a few documents less and some more, as the engine does.
  void Write(size_t documents, size_t removals, size_t vocabulary) {
    auto next = std::make_shared<CollectionState>(*state_);
    LexicalBatch words;
    for (size_t i = 0; i < removals && !living_.empty(); ++i) {
      const auto it = std::next(living_.begin(), static_cast<ptrdiff_t>(Roll(living_.size())));
      next->Remove(*it);
      const uint32_t first_row = next->document(*next->SlotOf(*it)).first_row;
      words.Remove(next->words(), first_row, written_[*it].postings);
      for (const uint32_t row : written_[*it].rows) rows_[row].alive = false;
      living_.erase(it);
    }
    for (size_t i = 0; i < documents; ++i) Add(next.get(), vocabulary, &words);
    next->AddWords(std::move(words));
    state_ = std::move(next);
  }

  void Compact() {
    state_ = state_->Compacted();
    std::vector<uint32_t> new_row(rows_.size());
    std::vector<Row> rows;
    for (size_t i = 0; i < rows_.size(); ++i) {
      new_row[i] = static_cast<uint32_t>(rows.size());
      if (rows_[i].alive) rows.push_back(std::move(rows_[i]));
    }
    rows_ = std::move(rows);
    rows_of_.clear();
    for (uint32_t i = 0; i < rows_.size(); ++i) List(i);
    for (const uint64_t number : living_) {
      for (uint32_t& row : written_[number].rows) row = new_row[row];
    }
  }

  const CollectionState& state() const { return *state_; }
  std::shared_ptr<const CollectionState> share() const { return state_; }
  const std::vector<Row>& rows() const { return rows_; }

  bool Sees(const Row& row, const Principals& who) const {
    if (!row.alive) return false;
    if (!who.has_value() || row.allowed.empty()) return true;
    return std::any_of(who->begin(), who->end(), [&row](const std::string& p) {
      return std::count(row.allowed.begin(), row.allowed.end(), p) > 0;
    });
  }

  // BM25 of each row that `who` sees, from its definition; 0: no term, or unseen.
  std::vector<double> Scores(const std::map<std::string, uint32_t>& query,
                             const Principals& who) const {
    uint64_t n = 0, total = 0;
    std::vector<bool> seen(rows_.size());
    for (size_t i = 0; i < rows_.size(); ++i) {
      if (!Sees(rows_[i], who)) continue;
      seen[i] = true;
      ++n;
      total += rows_[i].length;
    }
    std::vector<double> out(rows_.size());
    const double average =
        std::max(1.0, static_cast<double>(total) / static_cast<double>(std::max<uint64_t>(1, n)));
    for (const auto& [term, times] : query) {
      const auto found = rows_of_.find(term);
      if (found == rows_of_.end()) continue;
      double df = 0;
      for (const auto& [row, tf] : found->second) df += seen[row] ? 1 : 0;
      const double idf = std::log1p((static_cast<double>(n) - df + 0.5) / (df + 0.5));
      const double weight = times * idf;
      for (const auto& [row, tf] : found->second) {
        if (!seen[row]) continue;
        const double norm = 1 - 0.75 + 0.75 * rows_[row].length / average;
        out[row] += weight * tf * (1.2 + 1) / (tf + 1.2 * norm);
      }
    }
    return out;
  }

  // The best `n` above 0 of those that `keep` lets pass; ties by row, falling if `falling`.
  template <typename Keep>
  std::vector<Scored> Best(const std::vector<double>& scores, size_t n, bool falling,
                           Keep keep) const {
    std::vector<Scored> out;
    for (uint32_t i = 0; i < scores.size(); ++i) {
      if (scores[i] > 0 && keep(rows_[i])) out.push_back({i, scores[i]});
    }
    std::sort(out.begin(), out.end(), [falling](const Scored& a, const Scored& b) {
      if (a.score != b.score) return a.score > b.score;
      return falling ? a.row > b.row : a.row < b.row;
    });
    if (out.size() > n) out.resize(n);
    return out;
  }

 private:
  struct Written {
    std::map<std::string, PostingRecord> postings;
    std::vector<uint32_t> rows;
  };

  void Add(CollectionState* state, size_t vocabulary, LexicalBatch* words) {
    const uint64_t number = next_++;
    Written& written = written_[number];
    DocumentFacts facts;
    facts.number = number;
    facts.id = absl::StrCat("doc", number);
    const int year = static_cast<int>(2000 + Roll(100));
    facts.metadata["year"] = absl::StrCat(year);
    if (Roll(2) == 0) facts.access.allow = {Roll(4) == 0 ? "rare" : "ann"};
    std::vector<uint32_t> lengths;
    std::vector<float> vectors;
    for (uint32_t chunk = 0, n = static_cast<uint32_t>(Roll(5)); chunk < n; ++chunk) {
      Row row;
      row.allowed = facts.access.allow;
      row.year = year;
      // Some passages are empty, some repeat a word often, some are very long.
      const size_t most = Roll(50) == 0 ? 1500 : 40;
      row.length = static_cast<uint32_t>(Roll(most));
      const bool repeats = Roll(10) == 0;
      std::map<std::string, std::vector<uint32_t>> places;
      for (uint32_t i = 0; i < row.length; ++i) {
        row.text.push_back(repeats && Roll(2) == 0 ? "w3" : Word(vocabulary));
        places[row.text.back()].push_back(i);
      }
      for (const auto& [word, at] : places) {
        row.words[word] = static_cast<uint32_t>(at.size());
        PostingRecord& posting = written.postings[word];
        posting.chunks.push_back({chunk, row.words[word]});
        posting.positions.insert(posting.positions.end(), at.begin(), at.end());
      }
      lengths.push_back(row.length);
      vectors.push_back(1);
      written.rows.push_back(static_cast<uint32_t>(rows_.size()));
      rows_.push_back(std::move(row));
      List(static_cast<uint32_t>(rows_.size()) - 1);
    }
    words->Add(static_cast<uint32_t>(state->rows()), written.postings);
    state->Add(std::move(facts), lengths, vectors.data());
    living_.insert(number);
  }

  void List(uint32_t row) {
    for (const auto& [word, times] : rows_[row].words) rows_of_[word].emplace_back(row, times);
  }

  std::mt19937_64 random_;
  std::shared_ptr<CollectionState> state_;
  std::vector<Row> rows_;
  std::map<std::string, std::vector<std::pair<uint32_t, uint32_t>>> rows_of_;  // and how often
  std::map<uint64_t, Written> written_;
  std::set<uint64_t> living_;
  uint64_t next_ = 1;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_TESTS_RETRIEVAL_SEARCH_LEXICAL_CORPUS_H_
