#include "transformer/text/stemmer.h"

#include <libstemmer.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "transformer/text/fold.h"

namespace footnote::transformer {
namespace {

constexpr size_t kMaxEntries = 1 << 14;
// Longer words are cut here, so that a blob of base64 can't bloat an index.
constexpr size_t kMaxTermBytes = 64;

void CutAtCharacter(size_t max, std::string* s) {
  if (s->size() <= max) return;
  while (max > 0 && (static_cast<unsigned char>((*s)[max]) & 0xC0) == 0x80) --max;
  s->resize(max);
}

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

// "eau" of "l'eau".
absl::string_view WithoutElision(absl::string_view word, absl::string_view elisions) {
  const size_t at = word.find('\'');
  if (at == absl::string_view::npos || at + 1 == word.size()) return word;
  for (const absl::string_view front : absl::StrSplit(elisions, ' ', absl::SkipEmpty())) {
    if (word.substr(0, at) == front) return word.substr(at + 1);
  }
  return word;
}

}  // namespace

void Stemmer::Delete::operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }

Stemmer::Stemmer(const Language& language)
    : language_(language),
      stemmer_(language.stemmer == nullptr ? nullptr : sb_stemmer_new(language.stemmer, "UTF_8")) {}

Stemmer::~Stemmer() = default;

Stemmer& Stemmer::Of(const Language& language) {
  thread_local absl::flat_hash_map<const Language*, std::unique_ptr<Stemmer>> stemmers;
  std::unique_ptr<Stemmer>& stemmer = stemmers[&language];
  if (stemmer == nullptr) stemmer = std::make_unique<Stemmer>(language);
  return *stemmer;
}

const std::string& Stemmer::Term(absl::string_view word) {
  const auto found = terms_.find(word);
  if (found != terms_.end()) return found->second;
  if (terms_.size() >= kMaxEntries) terms_.clear();
  return terms_.emplace(std::string(word), Compute(word)).first->second;
}

// English has loan words' accents alone and is stemmed without them; elsewhere they
// belong to the word as the algorithm and the stop words know it.
std::string Stemmer::Compute(absl::string_view word) const {
  const bool english = &language_ == &English();
  std::string out = english ? FoldWord(word) : FoldCase(word);
  if (!language_.elisions.empty()) out = std::string(WithoutElision(out, language_.elisions));
  if (!out.empty() && IsDigit(out[0]))
    out.erase(std::remove(out.begin(), out.end(), ','), out.end());
  CutAtCharacter(kMaxTermBytes, &out);
  if (IsStopWord(out, language_)) return "";
  if (stemmer_ != nullptr && std::none_of(out.begin(), out.end(), IsDigit)) out = Stem(out);
  return english ? out : FoldWord(out);
}

std::string Stemmer::Stem(const std::string& word) const {
  const sb_symbol* stem =
      sb_stemmer_stem(stemmer_.get(), reinterpret_cast<const sb_symbol*>(word.data()),
                      static_cast<int>(word.size()));
  if (stem == nullptr) return word;
  return std::string(reinterpret_cast<const char*>(stem), sb_stemmer_length(stemmer_.get()));
}

}  // namespace footnote::transformer
