#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/text/utf8.h"
#include "transformer/tokenizer/token_model.h"
#include "transformer/tokenizer/trie.h"
#include "transformer/tokenizer/word_cache.h"

namespace footnote::transformer {
namespace {

// How much worse than the worst token an unknown character is.
constexpr double kUnkPenalty = 10.0;

// The best way to some position of a word.
struct Node {
  int32_t id = -1;
  int32_t begin = -1;  // of its last token; -1: no way found yet
  double score = 0;
};

struct Scratch {
  WordCache cache;
  std::vector<Node> nodes;
  std::vector<std::pair<size_t, size_t>> tokens;
};

class Unigram final : public TokenModel {
 public:
  Unigram(Vocabulary vocabulary, const Vocabulary::Entries& entries, std::vector<double> scores,
          int32_t unk_id, bool byte_fallback)
      : vocabulary_(std::move(vocabulary)),
        trie_(entries),
        scores_(std::move(scores)),
        unk_score_(*std::min_element(scores_.begin(), scores_.end()) - kUnkPenalty),
        unk_id_(unk_id),
        byte_fallback_(byte_fallback),
        byte_tokens_(ByteTokens(vocabulary_)) {}

  void Tokenize(const Pieces& pieces, std::vector<int32_t>* ids) const override {
    Pool<Scratch>::Lease scratch(&pool_);
    for (const Pieces::Piece& piece : pieces.pieces) {
      const absl::string_view word = pieces.Text(piece);
      if (scratch->cache.Find(word, ids)) continue;
      const size_t before = ids->size();
      TokenizeWord(word, &*scratch, ids);
      scratch->cache.Keep(word, ids->data() + before, ids->size() - before);
    }
  }

  const Vocabulary& vocabulary() const override { return vocabulary_; }
  absl::string_view kind() const override {
    return byte_fallback_ ? "Unigram with byte fallback" : "Unigram";
  }

 private:
  void TokenizeWord(absl::string_view word, Scratch* scratch, std::vector<int32_t>* ids) const {
    FindBestPath(word, &scratch->nodes);
    // From the end, with neighbouring unknown characters as one token.
    auto& tokens = scratch->tokens;
    tokens.clear();
    bool unknown = false;
    for (size_t end = word.size(); end > 0;) {
      const Node& node = scratch->nodes[end];
      const size_t begin = static_cast<size_t>(node.begin);
      if (node.id == unk_id_ && unknown) {
        tokens.back().first = begin;
      } else {
        tokens.emplace_back(begin, end);
      }
      unknown = node.id == unk_id_;
      end = begin;
    }
    for (auto token = tokens.rbegin(); token != tokens.rend(); ++token) {
      AppendToken(word.substr(token->first, token->second - token->first), ids);
    }
  }

  // Viterbi, with the same order of additions and comparisons as `tokenizers`.
  void FindBestPath(absl::string_view word, std::vector<Node>* nodes) const {
    nodes->assign(word.size() + 1, Node());
    Node* const at = nodes->data();
    const auto offer = [at](size_t begin, size_t end, int32_t id, double score) {
      if (at[end].begin >= 0 && !(score > at[end].score)) return;
      at[end] = {id, static_cast<int32_t>(begin), score};
    };
    for (size_t begin = 0; begin < word.size();) {
      size_t next = begin;
      DecodeUtf8(word, &next);
      const double here = at[begin].score;
      bool has_single = false;
      trie_.ForEachPrefix(word.substr(begin), [&](int32_t id, size_t length) {
        offer(begin, begin + length, id, scores_[static_cast<size_t>(id)] + here);
        has_single = has_single || begin + length == next;
      });
      if (!has_single) offer(begin, next, unk_id_, unk_score_ + here);
      begin = next;
    }
  }

  void AppendToken(absl::string_view text, std::vector<int32_t>* ids) const {
    const int32_t id = vocabulary_.Find(text);
    if (id >= 0) {
      ids->push_back(id);
      return;
    }
    if (byte_fallback_) {
      const size_t before = ids->size();
      for (const char b : text) ids->push_back(byte_tokens_[static_cast<unsigned char>(b)]);
      if (std::find(ids->begin() + static_cast<int64_t>(before), ids->end(), -1) == ids->end()) {
        return;
      }
      ids->resize(before);
    }
    ids->push_back(unk_id_);
  }

  const Vocabulary vocabulary_;
  const Trie trie_;
  const std::vector<double> scores_;  // by id
  const double unk_score_;
  const int32_t unk_id_;
  const bool byte_fallback_;
  const std::array<int32_t, 256> byte_tokens_;
  mutable Pool<Scratch> pool_;
};

}  // namespace

absl::StatusOr<TokenModelPtr> MakeUnigram(absl::string_view name, const UnigramSpec& spec) {
  if (spec.unk_id < 0 || static_cast<size_t>(spec.unk_id) >= spec.vocab.size()) {
    return absl::DataLossError(absl::StrCat(name, ": the Unigram model of ", spec.vocab.size(),
                                            " tokens has the unk_id ", spec.unk_id));
  }
  Vocabulary::Entries entries;
  std::vector<double> scores;
  for (const auto& [text, score] : spec.vocab) {
    if (!std::isfinite(score)) {
      return absl::DataLossError(
          absl::StrCat(name, ": the score of token \"", text, "\" is not a number"));
    }
    entries.emplace_back(text, static_cast<int32_t>(entries.size()));
    scores.push_back(score);
  }
  FN_ASSIGN_OR_RETURN(Vocabulary vocabulary, Vocabulary::Make(name, entries));
  return std::make_unique<const Unigram>(std::move(vocabulary), entries, std::move(scores),
                                         spec.unk_id, spec.byte_fallback);
}

}  // namespace footnote::transformer
