// BM25's best ten over passages of a file, one a line, words parted by blanks, on one
// thread. Prints one JSON object a line: first of the index, then one for each line of
// standard input:
//   time FILE          milliseconds of each query of FILE (one a line), in order
//   check FILE         compares each with scoring every passage from a plain table
//   phrases FILE       milliseconds that each line's phrase takes to be found everywhere
//   similar FILE       milliseconds that the words at most two letters away take
//
//   lexical_bench PASSAGES [DOCUMENTS_PER_WRITE] < commands

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_split.h"
#include "retrieval/index/collection_state.h"
#include "retrieval/search/access.h"
#include "retrieval/search/lexical_query.h"
#include "retrieval/search/max_score.h"
#include "retrieval/search/similar_terms.h"
#include "retrieval/search/word_constraints.h"

namespace footnote::retrieval {
namespace {

using Clock = std::chrono::steady_clock;
using Terms = std::map<std::string, uint32_t>;
constexpr size_t kBest = 10;

double Milliseconds(Clock::time_point since) {
  return std::chrono::duration<double, std::milli>(Clock::now() - since).count();
}

void AppendNumber(double value, std::string* list) {
  char number[32];
  std::snprintf(number, sizeof(number), "%s%.5f", list->empty() ? "" : ",", value);
  *list += number;
}

std::vector<Terms> ReadQueries(const std::string& path) {
  std::ifstream in(path);
  std::vector<Terms> out;
  for (std::string line; std::getline(in, line);) {
    Terms& terms = out.emplace_back();
    for (const absl::string_view word : absl::StrSplit(line, ' ', absl::SkipEmpty())) {
      ++terms[std::string(word)];
    }
  }
  return out;
}

class Bench {
 public:
  Bench(const std::string& path, size_t documents_per_write) {
    CollectionRecord record;
    record.number = 1;
    record.dim = 1;
    state_ = std::make_shared<CollectionState>("bench", record);
    std::ifstream in(path);
    std::string line;
    for (bool more = true; more;) {
      auto next = std::make_shared<CollectionState>(*state_);
      LexicalBatch words;
      size_t n = 0;
      Clock::duration took{};
      while (n < documents_per_write && (more = static_cast<bool>(std::getline(in, line)))) {
        took += AddPassage(line, next.get(), &words);
        ++n;
      }
      const Clock::time_point start = Clock::now();
      next->AddWords(std::move(words));
      longest_write_ms_ = std::max(longest_write_ms_, Milliseconds(start));
      index_ms_ += Milliseconds(start) + std::chrono::duration<double, std::milli>(took).count();
      state_ = std::move(next);
    }
    visible_ = std::make_unique<Visibility>(*state_, std::nullopt);
  }

  void PrintIndex() const {
    const LexicalIndex& index = state_->words();
    std::printf(
        "{\"passages\": %zu, \"postings\": %llu, \"segments\": %zu, \"bytes\": %zu, "
        "\"seconds\": %.2f, \"longest_write_ms\": %.1f}\n",
        state_->rows(), static_cast<unsigned long long>(index.LivingPostings()),
        index.segments().size(), index.MemoryBytes(), index_ms_ / 1000, longest_write_ms_);
    std::fflush(stdout);
  }

  void Time(const std::string& path) const {
    std::string out;
    for (const Terms& terms : ReadQueries(path)) {
      const Clock::time_point start = Clock::now();
      const std::vector<LexicalMatch> best = Search(terms);
      AppendNumber(Milliseconds(start), &out);
    }
    std::printf("{\"ms\": [%s]}\n", out.c_str());
    std::fflush(stdout);
  }

  void TimePhrases(const std::string& path) const {
    std::ifstream in(path);
    std::string out, found;
    for (std::string line; std::getline(in, line);) {
      std::vector<PhraseTerm> phrase;
      for (const absl::string_view word : absl::StrSplit(line, ' ', absl::SkipEmpty())) {
        phrase.push_back({std::string(word), static_cast<uint32_t>(phrase.size())});
      }
      const Clock::time_point start = Clock::now();
      const Bitmap rows = PhraseRows(state_->words(), phrase, visible_->selected());
      AppendNumber(Milliseconds(start), &out);
      AppendNumber(static_cast<double>(rows.Count()), &found);
    }
    std::printf("{\"ms\": [%s], \"passages\": [%s]}\n", out.c_str(), found.c_str());
    std::fflush(stdout);
  }

  void TimeSimilar(const std::string& path) const {
    std::ifstream in(path);
    std::string out, found;
    for (std::string word; std::getline(in, word);) {
      const Clock::time_point start = Clock::now();
      const std::vector<SimilarTerm> terms = SimilarTerms(state_->words(), word, 2);
      AppendNumber(Milliseconds(start), &out);
      AppendNumber(static_cast<double>(terms.size()), &found);
    }
    std::printf("{\"ms\": [%s], \"words\": [%s]}\n", out.c_str(), found.c_str());
    std::fflush(stdout);
  }

  void Check(const std::string& path) const {
    size_t queries = 0, different = 0;
    std::vector<double> scores(state_->rows());
    const double average = std::max(
        1.0, static_cast<double>(visible_->terms()) / static_cast<double>(visible_->chunks()));
    for (const Terms& terms : ReadQueries(path)) {
      std::fill(scores.begin(), scores.end(), 0.0);
      std::vector<uint32_t> rows;
      for (const auto& [term, times] : terms) {
        const auto found = table_.find(term);
        if (found == table_.end()) continue;
        const double idf = Bm25Idf(state_->rows(), found->second.size());
        for (const LexicalPosting& p : found->second) {
          const double norm = 1 - 0.75 + 0.75 * state_->terms_of_row(p.row) / average;
          if (scores[p.row] == 0) rows.push_back(p.row);
          scores[p.row] += times * idf * p.frequency * (1.2 + 1) / (p.frequency + 1.2 * norm);
        }
      }
      const size_t n = std::min(kBest, rows.size());
      std::partial_sort(rows.begin(), rows.begin() + static_cast<ptrdiff_t>(n), rows.end(),
                        [&](uint32_t a, uint32_t b) {
                          return scores[a] != scores[b] ? scores[a] > scores[b] : Before(a, b);
                        });
      const std::vector<LexicalMatch> best = Search(terms);
      bool same = best.size() == n;
      for (size_t i = 0; same && i < n; ++i) {
        same = best[i].row == rows[i] && best[i].score == scores[rows[i]];
      }
      ++queries;
      different += same ? 0 : 1;
    }
    std::printf("{\"queries\": %zu, \"different\": %zu}\n", queries, different);
    std::fflush(stdout);
  }

 private:
  // Returns the time that the index took; the bench's own table is no part of it.
  Clock::duration AddPassage(const std::string& line, CollectionState* state, LexicalBatch* words) {
    uint32_t length = 0;
    std::map<std::string, PostingRecord> postings;
    for (const absl::string_view word : absl::StrSplit(line, ' ', absl::SkipEmpty())) {
      PostingRecord& posting = postings[std::string(word)];
      if (posting.chunks.empty()) posting.chunks.push_back({0, 0});
      ++posting.chunks[0].frequency;
      posting.positions.push_back(length++);
    }
    const auto row = static_cast<uint32_t>(state->rows());
    for (const auto& [word, posting] : postings) {
      table_[word].push_back({row, posting.chunks[0].frequency});
    }
    const Clock::time_point start = Clock::now();
    DocumentFacts facts;
    facts.number = row + 1;
    facts.id = std::to_string(row);
    words->Add(row, postings);
    const float vector = 1;
    state->Add(std::move(facts), {&length, 1}, &vector);
    return Clock::now() - start;
  }

  // As in search: by the document's id.
  bool Before(uint32_t a, uint32_t b) const {
    return state_->document(state_->slot_of_row(a)).id <
           state_->document(state_->slot_of_row(b)).id;
  }

  std::vector<LexicalMatch> Search(const Terms& terms) const {
    const auto query = LexicalQuery::Make(*state_, *visible_, terms, Bm25Options(), nullptr);
    const size_t count = visible_->selected_chunks();
    return *SearchLexical(
        *query, visible_->selected(), count, kBest, PlanLexical(*query, count),
        [this](uint32_t a, uint32_t b) { return Before(a, b); }, nullptr);
  }

  std::shared_ptr<const CollectionState> state_;
  std::unique_ptr<const Visibility> visible_;
  absl::flat_hash_map<std::string, std::vector<LexicalPosting>> table_;
  double index_ms_ = 0, longest_write_ms_ = 0;
};

}  // namespace
}  // namespace footnote::retrieval

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::cerr << "lexical_bench: usage: see the source\n";
    return 2;
  }
  const footnote::retrieval::Bench bench(argv[1],
                                         argc > 2 ? std::max(1, std::atoi(argv[2])) : 1000);
  bench.PrintIndex();
  for (std::string line; std::getline(std::cin, line);) {
    const std::pair<std::string, std::string> command =
        absl::StrSplit(line, absl::MaxSplits(' ', 1));
    if (command.first == "time") {
      bench.Time(command.second);
    } else if (command.first == "check") {
      bench.Check(command.second);
    } else if (command.first == "phrases") {
      bench.TimePhrases(command.second);
    } else if (command.first == "similar") {
      bench.TimeSimilar(command.second);
    } else {
      std::cerr << "lexical_bench: no command " << command.first << "\n";
      return 2;
    }
  }
  return 0;
}
