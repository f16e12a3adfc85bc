#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "kernels/base/status_macros.h"
#include "transformer/text/utf8.h"
#include "transformer/tokenizer/bpe_merger.h"
#include "transformer/tokenizer/byte_level.h"
#include "transformer/tokenizer/token_model.h"
#include "transformer/tokenizer/word_cache.h"

namespace footnote::transformer {
namespace {

constexpr absl::string_view kSpaceMark = "\xE2\x96\x81";  // U+2581, SentencePiece's space

// What one caller needs while it tokenizes.
struct Scratch {
  WordCache cache;
  BpeMerger merger;
  std::vector<int32_t> ids;
};

// Whether no token has a space mark after anything but space marks. Then nothing
// joins across the beginning of a word, and a long text may be taken word by
// word.
bool WordsAreSeparate(const Vocabulary& vocabulary) {
  for (int32_t id = 0; id < vocabulary.size(); ++id) {
    const absl::string_view text = vocabulary.Text(id);
    size_t marks = 0;
    while (absl::StartsWith(text.substr(marks), kSpaceMark)) marks += kSpaceMark.size();
    if (absl::StrContains(text.substr(marks), kSpaceMark)) return false;
  }
  return vocabulary.Find(kSpaceMark) >= 0;
}

class Bpe final : public TokenModel {
 public:
  Bpe(BpeSpec spec, Vocabulary vocabulary, MergeTable merges)
      : spec_(std::move(spec)),
        vocabulary_(std::move(vocabulary)),
        merges_(std::move(merges)),
        unk_id_(spec_.unk_token.empty() ? -1 : vocabulary_.Find(spec_.unk_token)),
        byte_tokens_(ByteTokens(vocabulary_)),
        affixes_(!spec_.continuing_prefix.empty() || !spec_.end_of_word_suffix.empty()),
        split_words_(!spec_.raw_bytes && !affixes_ && WordsAreSeparate(vocabulary_)) {
    for (int b = 0; b < 256; ++b) {
      const char byte = static_cast<char>(b);
      std::string text;
      if (spec_.raw_bytes) {
        AppendByteLevel(absl::string_view(&byte, 1), &text);
      } else {
        text.push_back(byte);
      }
      byte_ids_[b] = vocabulary_.Find(text);
    }
    if (spec_.raw_bytes && spec_.ignore_merges) {
      for (int32_t id = 0; id < vocabulary_.size(); ++id) {
        std::string bytes;
        if (AppendBytesOf(vocabulary_.Text(id), &bytes) && !bytes.empty()) {
          raw_words_.emplace(std::move(bytes), id);
        }
      }
    }
  }

  void Tokenize(const Pieces& pieces, std::vector<int32_t>* ids) const override {
    Pool<Scratch>::Lease scratch(&pool_);
    for (const Pieces::Piece& piece : pieces.pieces) {
      const absl::string_view text = pieces.Text(piece);
      if (spec_.ignore_merges) {
        const int32_t whole = WholeWord(text);
        if (whole >= 0) {
          ids->push_back(whole);
          continue;
        }
      }
      if (!split_words_) {
        TokenizeWord(text, &*scratch, ids);
        continue;
      }
      for (size_t begin = 0; begin < text.size();) {
        const size_t end = EndOfWord(text, begin);
        TokenizeWord(text.substr(begin, end - begin), &*scratch, ids);
        begin = end;
      }
    }
  }

  const Vocabulary& vocabulary() const override { return vocabulary_; }
  absl::string_view kind() const override {
    if (spec_.raw_bytes) return "byte-level BPE";
    return spec_.byte_fallback ? "BPE with byte fallback" : "BPE";
  }

 private:
  int32_t WholeWord(absl::string_view text) const {
    if (!spec_.raw_bytes) return vocabulary_.Find(text);
    const auto it = raw_words_.find(text);
    return it == raw_words_.end() ? -1 : it->second;
  }

  // Where the word at `begin` ends: before the space mark that follows something
  // else.
  static size_t EndOfWord(absl::string_view text, size_t begin) {
    size_t at = begin;
    while (absl::StartsWith(text.substr(at), kSpaceMark)) at += kSpaceMark.size();
    const size_t end = text.find(kSpaceMark, at);
    return end == absl::string_view::npos ? text.size() : end;
  }

  void TokenizeWord(absl::string_view word, Scratch* scratch, std::vector<int32_t>* ids) const {
    if (scratch->cache.Find(word, ids)) return;
    std::vector<int32_t>& parts = scratch->ids;
    parts.clear();
    if (spec_.raw_bytes) {
      for (const char b : word) parts.push_back(byte_ids_[static_cast<unsigned char>(b)]);
    } else {
      AppendCharacters(word, &parts);
    }
    scratch->merger.Merge(merges_, &parts);
    scratch->cache.Keep(word, parts.data(), parts.size());
    ids->insert(ids->end(), parts.begin(), parts.end());
  }

  // The ids of single characters, before anything is joined. The order of unknown
  // ones and of bytes is that of `tokenizers`.
  void AppendCharacters(absl::string_view word, std::vector<int32_t>* parts) const {
    bool unknown = false;  // an unknown character that is not written yet
    std::string with_affixes;
    for (size_t pos = 0; pos < word.size();) {
      const size_t begin = pos;
      int32_t id;
      absl::string_view c;
      if (static_cast<unsigned char>(word[pos]) < 0x80 && !affixes_) {
        id = byte_ids_[static_cast<unsigned char>(word[pos])];
        c = word.substr(pos++, 1);
      } else {
        DecodeUtf8(word, &pos);
        c = word.substr(begin, pos - begin);
        if (affixes_) {
          with_affixes = absl::StrCat(begin > 0 ? spec_.continuing_prefix : "", c,
                                      pos == word.size() ? spec_.end_of_word_suffix : "");
          c = with_affixes;
        }
        id = vocabulary_.Find(c);
      }
      if (id >= 0) {
        if (unknown) parts->push_back(unk_id_);
        unknown = false;
        parts->push_back(id);
      } else if (!spec_.byte_fallback || !AppendBytes(c, parts)) {
        if (unk_id_ < 0) continue;
        if (unknown && !spec_.fuse_unk) parts->push_back(unk_id_);
        unknown = true;
      }
    }
    if (unknown) parts->push_back(unk_id_);
  }

  // False, and nothing is appended, if a byte has no token.
  bool AppendBytes(absl::string_view text, std::vector<int32_t>* parts) const {
    for (const char b : text) {
      if (byte_tokens_[static_cast<unsigned char>(b)] < 0) return false;
    }
    for (const char b : text) parts->push_back(byte_tokens_[static_cast<unsigned char>(b)]);
    return true;
  }

  const BpeSpec spec_;  // without vocab and merges
  const Vocabulary vocabulary_;
  const MergeTable merges_;
  const int32_t unk_id_;
  const std::array<int32_t, 256> byte_tokens_;
  const bool affixes_;
  const bool split_words_;
  std::array<int32_t, 256> byte_ids_ = {};  // of single bytes: ASCII, or all if raw_bytes
  absl::flat_hash_map<std::string, int32_t> raw_words_;
  mutable Pool<Scratch> pool_;
};

absl::StatusOr<MergeTable> ReadMerges(absl::string_view name, const BpeSpec& spec,
                                      const Vocabulary& vocabulary) {
  MergeTable table(spec.merges.size());
  uint32_t rank = 0;
  for (const BpeSpec::Merge& merge : spec.merges) {
    absl::string_view right = merge.right;
    if (right.size() < spec.continuing_prefix.size()) right = {};
    right.remove_prefix(right.empty() ? 0 : spec.continuing_prefix.size());
    const int32_t left_id = vocabulary.Find(merge.left);
    const int32_t right_id = vocabulary.Find(merge.right);
    const int32_t id = vocabulary.Find(absl::StrCat(merge.left, right));
    if (left_id < 0 || right_id < 0 || id < 0) {
      return absl::DataLossError(
          absl::StrCat(name, ": merge ", rank, " joins \"", merge.left, "\" and \"", merge.right,
                       "\", but the vocabulary lacks one of them or what they make together"));
    }
    table.Add(left_id, right_id, {spec.ranks.empty() ? rank : spec.ranks[rank], id});
    ++rank;
  }
  return table;
}

}  // namespace

std::array<int32_t, 256> ByteTokens(const Vocabulary& vocabulary) {
  std::array<int32_t, 256> out;
  for (int b = 0; b < 256; ++b) out[b] = vocabulary.Find(absl::StrFormat("<0x%02X>", b));
  return out;
}

bool HasByteAlphabet(const Vocabulary::Entries& vocab) {
  std::array<bool, 256> seen = {};
  for (const auto& entry : vocab) {
    std::string byte;
    if (entry.first.size() <= 2 && AppendBytesOf(entry.first, &byte) && byte.size() == 1) {
      seen[static_cast<unsigned char>(byte[0])] = true;
    }
  }
  for (const bool one : seen) {
    if (!one) return false;
  }
  return true;
}

absl::StatusOr<TokenModelPtr> MakeBpe(absl::string_view name, BpeSpec spec) {
  FN_ASSIGN_OR_RETURN(Vocabulary vocabulary, Vocabulary::Make(name, spec.vocab));
  FN_ASSIGN_OR_RETURN(MergeTable merges, ReadMerges(name, spec, vocabulary));
  if (!spec.raw_bytes && !spec.unk_token.empty() && vocabulary.Find(spec.unk_token) < 0) {
    return absl::DataLossError(
        absl::StrCat(name, ": the vocabulary lacks the unknown token \"", spec.unk_token, "\""));
  }
  spec.vocab.clear();
  spec.merges.clear();
  spec.ranks.clear();
  return std::make_unique<const Bpe>(std::move(spec), std::move(vocabulary), std::move(merges));
}

}  // namespace footnote::transformer
