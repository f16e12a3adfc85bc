#include "ingest/chunker.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "transformer/text/sentences.h"
#include "transformer/text/utf8.h"

namespace footnote::ingest {
namespace {

using retrieval::Block;
using retrieval::BlockKind;
using retrieval::Chunk;

constexpr absl::string_view kPathSeparator = " > ";
// What is left over at a section's end joins the last chunk if it is no more.
constexpr int kTinyTokens = 30;
// Of a path, for each token that it may have. A word of no language is one token
// however long it is, and a path is repeated in every chunk below it.
constexpr size_t kPathBytesPerToken = 32;

// A piece that is kept whole: a sentence, a row, a line, or a part of one that
// is too long.
struct Atom {
  uint32_t begin = 0;
  uint32_t end = 0;
  int tokens = 0;
  int block = 0;
  bool starts_block = false;
};

struct Path {
  std::string text;
  int tokens = 0;
};

bool IsSpace(char c) { return absl::ascii_isspace(c); }

bool IsContinuationByte(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

class Chunker {
 public:
  Chunker(const Content& content, absl::string_view title, const transformer::Embedder& embedder,
          const ChunkerOptions& options)
      : content_(content), text_(content.text), title_(title), embedder_(embedder) {
    limit_ = std::max(embedder.max_tokens() - 2, 16);
    path_tokens_ = std::min(options.max_path_tokens, limit_ / 4);
    context_tokens_ = std::min(options.max_context_tokens, limit_ / 8);
    // So that an atom fits behind any path.
    atom_tokens_ = std::min(options.target_tokens, limit_ - path_tokens_ - context_tokens_);
    target_tokens_ = options.target_tokens;
    max_bytes_ = std::max(options.max_chunk_bytes, 64u);
  }

  std::vector<Chunk> Run() {
    for (size_t i = 0; i < content_.blocks.size(); ++i) {
      const Block& block = content_.blocks[i];
      if (block.kind != BlockKind::kHeading) {
        AddBlock(static_cast<int>(i));
        continue;
      }
      FinishSection();
      while (!headings_.empty() && headings_.back().level >= block.level) headings_.pop_back();
      headings_.push_back({block.level, absl::StrReplaceAll(TextOf(block), {{"\n", " "}})});
      has_base_path_ = false;
    }
    FinishSection();
    if (chunks_.empty()) {
      headings_.clear();
      has_base_path_ = false;
      for (size_t i = 0; i < content_.blocks.size(); ++i) AddBlock(static_cast<int>(i));
      FinishSection();
    }
    return std::move(chunks_);
  }

 private:
  struct Heading {
    int level;
    std::string text;
  };

  absl::string_view TextOf(const Block& block) const {
    return text_.substr(block.begin, block.end - block.begin);
  }

  int Count(size_t begin, size_t end) const {
    return embedder_.CountTokens(text_.substr(begin, end - begin));
  }

  // --- Atoms ---

  void AddBlock(int index) {
    const Block& block = content_.blocks[index];
    const size_t first = atoms_.size();
    current_block_ = index;
    if (block.kind == BlockKind::kTable || block.kind == BlockKind::kCode) {
      AddLines(block.begin, block.end);
    } else {
      for (const transformer::ByteSpan& s : transformer::SplitSentences(TextOf(block))) {
        AddPiece(block.begin + s.begin, block.begin + s.end);
      }
    }
    if (first < atoms_.size()) atoms_[first].starts_block = true;
  }

  void AddAtom(size_t begin, size_t end, int tokens) {
    atoms_.push_back(
        {static_cast<uint32_t>(begin), static_cast<uint32_t>(end), tokens, current_block_, false});
  }

  bool Fits(size_t begin, size_t end, int tokens) const {
    return tokens <= atom_tokens_ && end - begin <= max_bytes_ / 2;
  }

  void AddPiece(size_t begin, size_t end) {
    if (end - begin <= max_bytes_ / 2) {
      const int tokens = Count(begin, end);
      if (tokens <= atom_tokens_) return AddAtom(begin, end, tokens);
    }
    if (text_.substr(begin, end - begin).find('\n') != absl::string_view::npos) {
      AddLines(begin, end);
    } else {
      AddWords(begin, end);
    }
  }

  void AddLines(size_t begin, size_t end) {
    while (begin < end) {
      const size_t line_end = std::min(text_.find('\n', begin), end);
      size_t trimmed = line_end;
      while (trimmed > begin && IsSpace(text_[trimmed - 1])) --trimmed;
      if (trimmed > begin) {
        const int tokens = trimmed - begin <= max_bytes_ / 2 ? Count(begin, trimmed) : limit_ + 1;
        if (Fits(begin, trimmed, tokens)) {
          AddAtom(begin, trimmed, tokens);
        } else {
          AddWords(begin, trimmed);
        }
      }
      begin = line_end + 1;
    }
  }

  // As many words at a time as fit.
  void AddWords(size_t begin, size_t end) {
    size_t piece = begin, piece_end = begin;
    int tokens = 0;
    size_t pos = begin;
    while (pos < end) {
      while (pos < end && IsSpace(text_[pos])) ++pos;
      size_t word_end = pos;
      while (word_end < end && !IsSpace(text_[word_end]) && word_end - pos < max_bytes_) {
        ++word_end;
      }
      if (word_end == pos) break;
      while (word_end < end && IsContinuationByte(text_[word_end])) ++word_end;
      const int word_tokens = Count(pos, word_end);
      if (!Fits(pos, word_end, word_tokens)) {
        if (piece_end > piece) AddAtom(piece, piece_end, tokens);
        AddCharacters(pos, word_end, word_tokens);
        piece = piece_end = pos = word_end;
        tokens = 0;
        continue;
      }
      if (piece_end == piece) {
        piece = pos;
      } else if (!Fits(piece, word_end, tokens + word_tokens)) {
        AddAtom(piece, piece_end, tokens);
        piece = pos;
        tokens = 0;
      }
      tokens += word_tokens;
      piece_end = pos = word_end;
    }
    if (piece_end > piece) AddAtom(piece, piece_end, tokens);
  }

  // Halves of a single word until they fit; a single character always does.
  void AddCharacters(size_t begin, size_t end, int tokens) {
    size_t middle = begin + (end - begin) / 2;
    while (middle > begin && IsContinuationByte(text_[middle])) --middle;
    if (middle == begin) {
      middle = begin + 1;
      while (middle < end && IsContinuationByte(text_[middle])) ++middle;
    }
    if (Fits(begin, end, tokens) || middle >= end) return AddAtom(begin, end, tokens);
    AddCharacters(begin, middle, Count(begin, middle));
    AddCharacters(middle, end, Count(middle, end));
  }

  // --- Paths ---

  // The beginning of `text` that may stand in a path of `tokens` tokens, as far
  // as its bytes go.
  static absl::string_view Beginning(absl::string_view text, int tokens) {
    return transformer::Utf8Prefix(text, static_cast<size_t>(tokens) * kPathBytesPerToken);
  }

  // The beginning of `text` that has at most `tokens` tokens.
  std::string Truncate(absl::string_view text, int tokens) const {
    text = Beginning(text, std::max(tokens, 0));
    if (embedder_.CountTokens(text) <= tokens) return std::string(text);
    size_t pos = 0, fitting = 0;
    int count = 0;
    while (pos < text.size()) {
      size_t end = pos;
      while (end < text.size() && IsSpace(text[end])) ++end;
      while (end < text.size() && !IsSpace(text[end])) ++end;
      count += embedder_.CountTokens(text.substr(pos, end - pos));
      if (count > tokens) break;
      pos = fitting = end;
    }
    text = text.substr(0, fitting);
    // A cell's separator at the end would promise another cell.
    while (!text.empty() && (IsSpace(text.back()) || text.back() == '|')) text.remove_suffix(1);
    return std::string(text);
  }

  // One line each, and together no more than `tokens`: each gets an equal share
  // and what the others leave of theirs.
  void Shorten(int tokens, std::vector<std::string>* parts) const {
    std::vector<int> counts;
    for (std::string& part : *parts) {
      std::replace(part.begin(), part.end(), '\n', ' ');
      counts.push_back(embedder_.CountTokens(part) + 1);  // and the separator
    }
    int left = tokens, longer = static_cast<int>(parts->size());
    for (bool changed = true; changed && longer > 0;) {
      changed = false;
      for (int& count : counts) {
        if (count < 0 || count > left / longer) continue;
        left -= count;
        count = -1;  // stays as it is
        changed = true;
        if (--longer == 0) break;
      }
    }
    for (size_t i = 0; i < parts->size(); ++i) {
      if (counts[i] >= 0) (*parts)[i] = Truncate((*parts)[i], left / longer - 1);
    }
    parts->erase(std::remove(parts->begin(), parts->end(), ""), parts->end());
  }

  // Title and headings.
  const Path& BasePath() {
    if (has_base_path_) return base_path_;
    has_base_path_ = true;
    std::vector<std::string> parts;
    const auto add = [&](absl::string_view part) {
      part = Beginning(absl::StripAsciiWhitespace(part), path_tokens_);
      if (!part.empty() && (parts.empty() || parts.back() != part)) parts.emplace_back(part);
    };
    add(title_);
    for (const Heading& heading : headings_) add(heading.text);
    const auto join = [&] {
      base_path_.text = absl::StrJoin(parts, kPathSeparator);
      base_path_.tokens = embedder_.CountTokens(base_path_.text);
      return base_path_.tokens <= path_tokens_ &&
             Beginning(base_path_.text, path_tokens_).size() == base_path_.text.size();
    };
    bool fits = join();
    if (fits) return base_path_;
    for (std::string& part : parts) part = Truncate(part, path_tokens_ / 2 - 1);
    parts.erase(std::remove(parts.begin(), parts.end(), ""), parts.end());
    fits = join();
    while (!fits && parts.size() > 2) {
      parts.erase(parts.begin() + parts.size() / 2);
      fits = join();
    }
    if (!fits) {
      base_path_.text = Truncate(base_path_.text, path_tokens_);
      base_path_.tokens = embedder_.CountTokens(base_path_.text);
    }
    return base_path_;
  }

  // The path of a chunk that begins with `atom`: behind the headings stand what
  // it belongs to but doesn't contain, the terms that it describes and the
  // header of the table that it continues.
  Path PathFrom(const Atom& atom) {
    const Block& block = content_.blocks[atom.block];
    const BlockDetail& detail = content_.details[atom.block];
    std::vector<std::string> context;
    const auto text = [this](size_t begin, size_t end) {
      return std::string(Beginning(text_.substr(begin, end - begin), context_tokens_));
    };
    const auto text_of = [&](const Block& b) { return text(b.begin, b.end); };
    for (int term = detail.term; term >= 0; term = content_.details[term].term) {
      context.insert(context.begin(), text_of(content_.blocks[term]));
      if (context.size() == 4) break;
    }
    if (block.kind == BlockKind::kTable && atom.begin > block.begin) {
      if (atom.block > 0 && content_.blocks[atom.block - 1].kind == BlockKind::kCaption) {
        context.push_back(text_of(content_.blocks[atom.block - 1]));
      }
      if (detail.header_end > block.begin && atom.begin >= detail.header_end) {
        context.push_back(text(block.begin, detail.header_end));
      }
    }
    const Path& base = BasePath();
    if (context.empty()) return base;
    Shorten(context_tokens_, &context);
    if (!base.text.empty()) context.insert(context.begin(), base.text);
    Path path;
    path.text = absl::StrJoin(context, kPathSeparator);
    path.tokens = embedder_.CountTokens(path.text);
    return path.tokens <= path_tokens_ + context_tokens_ ? path : base;
  }

  // --- Chunks ---

  // Whether the block before atom `k`, which begins one, introduces that.
  bool IsIntroduced(size_t k) const {
    const int index = atoms_[k - 1].block;
    const Block& before = content_.blocks[index];
    if (before.kind == BlockKind::kCaption) {
      // A term without a definition introduces nothing, least of all the next one.
      const int next = atoms_[k].block;
      return content_.blocks[next].kind != BlockKind::kCaption ||
             content_.details[next].term == index;
    }
    return before.kind != BlockKind::kTable && before.kind != BlockKind::kCode &&
           TextOf(before).back() == ':';
  }

  // Where the chunk that begins at atom `i` ends, given that `j` is as far as
  // it may go. `sums` are the token counts of the atoms before each.
  size_t ChooseEnd(size_t i, size_t j, int target, const std::vector<int>& sums) const {
    size_t block_start = 0, caption = 0;
    for (size_t k = j; k > i && sums[k] - sums[i] >= target / 3; --k) {
      if (!atoms_[k].starts_block || IsIntroduced(k)) continue;
      if (block_start == 0) block_start = k;
      if (content_.blocks[atoms_[k].block].kind == BlockKind::kCaption) {
        caption = k;
        break;
      }
    }
    if (caption > 0) return caption;
    if (block_start > 0) return block_start;
    // Within a block then, but not between a caption and what it introduces.
    if (atoms_[j].starts_block) {
      for (size_t k = j; k > i; --k) {
        if (atoms_[k].starts_block && !IsIntroduced(k)) return k;
      }
    }
    return j;
  }

  void FinishSection() {
    std::vector<int> sums(atoms_.size() + 1, 0);
    for (size_t i = 0; i < atoms_.size(); ++i) sums[i + 1] = sums[i] + atoms_[i].tokens;
    for (size_t i = 0; i < atoms_.size();) {
      const Path path = PathFrom(atoms_[i]);
      const int room = limit_ - path.tokens;
      const int target = std::min(target_tokens_, room);
      const size_t end = EndOfTerm(i, sums);
      size_t j = i + 1;
      while (j < end && sums[j + 1] - sums[i] <= target && SmallEnough(i, j)) ++j;
      if (j < end) {
        if (sums[end] - sums[j] <= kTinyTokens && sums[end] - sums[i] <= room &&
            SmallEnough(i, end - 1)) {
          j = end;
        } else {
          j = ChooseEnd(i, j, target, sums);
        }
      }
      i = Emit(i, j, path, sums);
    }
    atoms_.clear();
  }

  // A chunk that begins behind a term, and so has it in its path, ends where the
  // term's description ends: the path would be wrong for what follows.
  // Looks no further than a chunk can reach.
  size_t EndOfTerm(size_t i, const std::vector<int>& sums) const {
    const int term = content_.details[atoms_[i].block].term;
    if (term < 0) return atoms_.size();
    size_t end = i + 1;
    for (; end < atoms_.size() && sums[end] - sums[i] <= limit_ && SmallEnough(i, end - 1); ++end) {
      int above = content_.details[atoms_[end].block].term;
      while (above > term) above = content_.details[above].term;
      if (above != term) break;
    }
    return end;
  }

  bool SmallEnough(size_t first, size_t last) const {
    return atoms_[last].end - atoms_[first].begin <= max_bytes_;
  }

  // Makes a chunk of atoms [i, j), or of fewer if together they have more
  // tokens than one by one. Returns the first atom that is left.
  size_t Emit(size_t i, size_t j, const Path& path, const std::vector<int>& sums) {
    int tokens = 0;
    for (;; --j) {
      tokens = path.tokens + sums[j] - sums[i];
      if (Touch(i, j) || tokens > limit_ - limit_ / 8) {
        tokens = path.tokens + Count(atoms_[i].begin, atoms_[j - 1].end);
      }
      if (tokens <= limit_ || j == i + 1) break;
    }
    chunks_.push_back(
        {atoms_[i].begin, atoms_[j - 1].end, static_cast<uint32_t>(tokens), path.text});
    return j;
  }

  // Whether two of the atoms have no space between them. Their tokens together
  // may be others than their tokens apart.
  bool Touch(size_t i, size_t j) const {
    for (size_t k = i + 1; k < j; ++k) {
      if (atoms_[k].begin == atoms_[k - 1].end) return true;
    }
    return false;
  }

  const Content& content_;
  const absl::string_view text_;
  const absl::string_view title_;
  const transformer::Embedder& embedder_;
  int limit_ = 0, path_tokens_ = 0, context_tokens_ = 0, atom_tokens_ = 0, target_tokens_ = 0;
  uint32_t max_bytes_ = 0;

  std::vector<Heading> headings_;
  Path base_path_;
  bool has_base_path_ = false;
  int current_block_ = 0;
  std::vector<Atom> atoms_;  // of the section at hand
  std::vector<Chunk> chunks_;
};

}  // namespace

std::vector<Chunk> MakeChunks(const Content& content, absl::string_view title,
                              const transformer::Embedder& embedder,
                              const ChunkerOptions& options) {
  return Chunker(content, title, embedder, options).Run();
}

}  // namespace footnote::ingest
