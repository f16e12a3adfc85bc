#include "retrieval/search/word_constraints.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "kernels/base/status_macros.h"
#include "retrieval/index/position_cursor.h"
#include "transformer/text/analyzer.h"

namespace footnote::retrieval {
namespace {

// A phrase in one segment.
class PhraseMatcher {
 public:
  // Null where the segment lacks one of the terms.
  static std::optional<PhraseMatcher> Make(const LexicalSegment& segment,
                                           absl::Span<const PhraseTerm> phrase) {
    PhraseMatcher out;
    for (const PhraseTerm& term : phrase) {
      const auto number = segment.Find(term.text);
      if (!number.has_value() || segment.chunks(*number) == 0) return std::nullopt;
      out.terms_.push_back({PositionCursor(segment, *number), term.offset, {}});
    }
    // The rarest leads.
    std::sort(out.terms_.begin(), out.terms_.end(), [](Term& a, Term& b) {
      return a.cursor.postings().list().size() < b.cursor.postings().list().size();
    });
    return out;
  }

  // Adds to *found the rows of `selected` that have the phrase.
  void Run(const LexicalSegment& segment, const Bitmap& selected, Bitmap* found) {
    PostingCursor lead(terms_[0].cursor.postings());
    for (; lead.Valid(); lead.NextBlock()) {
      for (const uint32_t row : lead.rows()) {
        const size_t at = segment.first_row() + size_t{row};
        if (selected.Test(at) && Matches(row)) found->SetRange(at, 1, true);
      }
    }
  }

 private:
  struct Term {
    PositionCursor cursor;
    uint32_t offset;
    absl::Span<const uint32_t> positions;  // in the row at hand
  };

  bool Matches(uint32_t row) {
    if (terms_.size() == 1) return true;
    // Whether all are there is asked before any positions are read.
    for (Term& t : terms_) {
      if (!t.cursor.postings().IndexOf(row).has_value()) return false;
    }
    for (Term& t : terms_) t.positions = t.cursor.Find(row);
    const Term& first = terms_[0];
    return std::any_of(first.positions.begin(), first.positions.end(), [&](uint32_t position) {
      return position >= first.offset && StandsAt(position - first.offset);
    });
  }

  // Whether the phrase begins at `begin` of the row.
  bool StandsAt(uint32_t begin) const {
    return std::all_of(terms_.begin() + 1, terms_.end(), [begin](const Term& t) {
      return std::binary_search(t.positions.begin(), t.positions.end(), uint64_t{begin} + t.offset);
    });
  }

  std::vector<Term> terms_;
};

}  // namespace

std::vector<PhraseTerm> PhraseTerms(absl::string_view text, const transformer::Language& language) {
  std::vector<PhraseTerm> out;
  uint32_t first = 0;
  for (transformer::Term& term : transformer::Analyze(text, language)) {
    if (out.empty()) first = term.position;
    out.push_back({std::move(term.text), term.position - first});
  }
  return out;
}

Bitmap PhraseRows(const LexicalIndex& index, absl::Span<const PhraseTerm> phrase,
                  const Bitmap& selected) {
  Bitmap found;
  found.Append(selected.size(), false);
  for (const auto& segment : index.segments()) {
    std::optional<PhraseMatcher> matcher = PhraseMatcher::Make(*segment, phrase);
    if (matcher.has_value()) matcher->Run(*segment, selected, &found);
  }
  return found;
}

WordConstraints::WordConstraints(absl::Span<const QueryClause> clauses,
                                 const QueryLanguages& languages) {
  for (const QueryClause& clause : clauses) {
    std::vector<std::vector<PhraseTerm>> phrases;
    for (const transformer::Language* language : languages) {
      std::vector<PhraseTerm> phrase = PhraseTerms(clause.text, *language);
      if (!phrase.empty() && std::find(phrases.begin(), phrases.end(), phrase) == phrases.end()) {
        phrases.push_back(std::move(phrase));
      }
    }
    if (!phrases.empty()) clauses_.push_back({clause, std::move(phrases)});
  }
}

std::vector<std::string> WordConstraints::Texts(bool excluded) const {
  std::vector<std::string> out;
  for (const Clause& c : clauses_) {
    if (c.clause.excluded == excluded) out.push_back(c.clause.text);
  }
  return out;
}

bool WordConstraints::Requires(absl::string_view term) const {
  return std::any_of(clauses_.begin(), clauses_.end(), [term](const Clause& c) {
    return !c.clause.excluded &&
           std::any_of(c.phrases.begin(), c.phrases.end(), [term](const auto& phrase) {
             return std::any_of(phrase.begin(), phrase.end(),
                                [term](const PhraseTerm& t) { return t.text == term; });
           });
  });
}

absl::Status WordConstraints::Apply(const LexicalIndex& index, const Bitmap& visible,
                                    const std::function<bool()>& cancelled,
                                    Bitmap* selected) const {
  for (const Clause& c : clauses_) {
    if (cancelled && cancelled()) return absl::CancelledError("the search was cancelled");
    Bitmap left;
    left.Append(selected->size(), false);
    for (const std::vector<PhraseTerm>& phrase : c.phrases) {
      for (const PhraseTerm& term : phrase) {
        FN_RETURN_IF_ERROR(index.CheckTerm(term.text, visible));
      }
      const Bitmap found = PhraseRows(index, phrase, *selected);
      Bitmap* changed = c.clause.excluded ? selected : &left;
      for (size_t row = found.NextSet(0); row < found.size(); row = found.NextSet(row + 1)) {
        changed->SetRange(row, 1, !c.clause.excluded);
      }
    }
    if (!c.clause.excluded) *selected = std::move(left);
  }
  return absl::OkStatus();
}

}  // namespace footnote::retrieval
