#include "generator/runner/text_output.h"

#include <utility>

namespace footnote::generator {

Piece TextOutput::Release(std::string text) {
  Piece piece;
  released_ += text.size();
  piece.text = std::move(text);
  while (!held_.empty() && held_.front().end <= released_) {
    piece.tokens.push_back(std::move(held_.front().token));
    held_.pop_front();
  }
  return piece;
}

Piece TextOutput::Push(GeneratedToken token) {
  std::string text;
  if (!tokenizer_->IsSpecial(token.id)) {
    text = characters_.Push(tokenizer_->TokenBytes(token.id));
  }
  decoded_ += text.size();
  held_.push_back({std::move(token), decoded_});
  return Release(matcher_.Push(text));
}

Piece TextOutput::Finish() {
  if (matcher_.found() != nullptr) return {};
  const std::string rest = characters_.Finish();
  decoded_ += rest.size();
  if (!held_.empty()) held_.back().end = decoded_;
  std::string text = matcher_.Push(rest);
  if (matcher_.found() == nullptr) text += matcher_.Finish();
  return Release(std::move(text));
}

}  // namespace footnote::generator
