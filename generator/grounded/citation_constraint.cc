#include "generator/grounded/citation_constraint.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "transformer/tokenizer/stream_decoder.h"

namespace footnote::generator {
namespace {

constexpr float kForbidden = -std::numeric_limits<float>::infinity();

// Whether some mark's digits begin with those of `prefix`.
bool BeginsAMark(int64_t prefix, int marks) {
  return prefix >= 1 && prefix <= marks;  // it is one itself
}

class CitationConstraint : public TokenConstraint {
 public:
  CitationConstraint(const CitationVocabulary* vocabulary, int marks)
      : vocabulary_(vocabulary), rules_(vocabulary->RulesFor(marks)) {}

  void Apply(absl::Span<float> logits) override {
    if (state_ == CitationState::kText) {
      for (const int32_t id : rules_.forbidden) {
        if (static_cast<size_t>(id) < logits.size()) logits[id] = kForbidden;
      }
      return;
    }
    const std::vector<int32_t>& allowed = rules_.allowed[state_];
    auto next = allowed.begin();  // ascending
    for (size_t i = 0; i < logits.size(); ++i) {
      if (next != allowed.end() && static_cast<size_t>(*next) == i) {
        ++next;
      } else {
        logits[i] = kForbidden;
      }
    }
  }

  void Accept(int32_t token) override {
    state_ = CitationState::Advance(state_, vocabulary_->BytesOf(token), rules_.marks);
  }

 private:
  const CitationVocabulary* vocabulary_;
  const CitationVocabulary::Rules& rules_;
  int state_ = CitationState::kText;
};

}  // namespace

int CitationState::Advance(int state, absl::string_view bytes, int marks) {
  for (const char c : bytes) {
    if (state == kText) {
      if (c == '[') state = 0;
    } else if (c == ']' && state >= 1) {
      state = kText;
    } else if (absl::ascii_isdigit(c)) {
      const int64_t prefix = int64_t{10} * state + (c - '0');
      if (!BeginsAMark(prefix, marks)) return kDead;
      state = static_cast<int>(prefix);
    } else {
      return kDead;
    }
  }
  return state;
}

CitationVocabulary::CitationVocabulary(const transformer::Tokenizer* tokenizer,
                                       absl::Span<const int32_t> end_tokens) {
  for (int32_t id = 0; id < tokenizer->vocab_size(); ++id) {
    if (std::find(end_tokens.begin(), end_tokens.end(), id) != end_tokens.end()) continue;
    std::string bytes = tokenizer->TokenBytes(id);
    if (bytes.empty()) continue;
    const bool bracket = bytes.find('[') != std::string::npos;
    // A special token's text isn't text that is generated.
    const bool within =
        (absl::ascii_isdigit(bytes[0]) || bytes[0] == ']') && !tokenizer->IsSpecial(id);
    if (transformer::IsByteToken(*tokenizer, id)) {
      if (bracket) never_.push_back(id);
      continue;
    }
    if (bracket) with_bracket_.push_back({id, bytes});
    if (within) within_mark_.push_back({id, bytes});
    if (bracket || within) bytes_.emplace(id, std::move(bytes));
  }
}

const std::string& CitationVocabulary::BytesOf(int32_t id) const {
  static const std::string* const kNone = new std::string();
  const auto found = bytes_.find(id);
  return found == bytes_.end() ? *kNone : found->second;
}

CitationVocabulary::Rules CitationVocabulary::MakeRules(int marks) const {
  Rules rules;
  rules.marks = marks;
  // Whether a mark begun so far can be finished, from the longest prefixes to the
  // shortest: a token either closes the mark or adds digits. A token that closes
  // it may open others, so this goes on until nothing changes.
  std::vector<bool> closes(static_cast<size_t>(marks) + 1, false);
  const auto leads_on = [&](int state, const Token& token) {
    const int after = CitationState::Advance(state, token.bytes, marks);
    return after == CitationState::kText || (after >= 0 && closes[after]);
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (int p = marks; p >= 0; --p) {
      if (closes[p]) continue;
      closes[p] = std::any_of(within_mark_.begin(), within_mark_.end(),
                              [&](const Token& token) { return leads_on(p, token); });
      changed = changed || closes[p];
    }
  }
  rules.allowed.resize(static_cast<size_t>(marks) + 1);
  for (int p = 0; p <= marks; ++p) {
    for (const Token& token : within_mark_) {
      if (leads_on(p, token)) rules.allowed[p].push_back(token.id);
    }
  }
  rules.forbidden = never_;
  for (const Token& token : with_bracket_) {
    if (!leads_on(CitationState::kText, token)) rules.forbidden.push_back(token.id);
  }
  return rules;
}

const CitationVocabulary::Rules& CitationVocabulary::RulesFor(int marks) const {
  const std::lock_guard<std::mutex> lock(mu_);
  std::unique_ptr<const Rules>& rules = rules_[marks];
  if (rules == nullptr) rules = std::make_unique<const Rules>(MakeRules(marks));
  return *rules;
}

std::unique_ptr<TokenConstraint> MakeCitationConstraint(const CitationVocabulary* vocabulary,
                                                        int marks) {
  return std::make_unique<CitationConstraint>(vocabulary, marks);
}

}  // namespace footnote::generator
