#include "generator/runner/text_output.h"

#include <utility>

namespace footnote::generator {

Piece TextOutput::Release(std::string text) {
  Piece piece;
  released_ += text.size();
  piece.text = std::move(text);
  while (!held_.empty() && held_.front().whole && held_.front().end <= released_) {
    piece.tokens.push_back(std::move(held_.front().token));
    held_.pop_front();
  }
  return piece;
}

void TextOutput::SetEnds() {
  for (auto held = held_.rbegin(); held != held_.rend() && !held->whole; ++held) {
    held->end = decoded_;
    held->whole = true;
  }
}

Piece TextOutput::Push(GeneratedToken token) {
  const std::string text = decoder_.Push(token.id);
  decoded_ += text.size();
  held_.push_back({std::move(token)});
  if (!decoder_.pending()) SetEnds();
  return Release(matcher_.Push(text));
}

Piece TextOutput::Finish() {
  if (matcher_.found() != nullptr) return {};
  const std::string rest = decoder_.Flush();
  decoded_ += rest.size();
  SetEnds();
  std::string text = matcher_.Push(rest);
  if (matcher_.found() == nullptr) text += matcher_.Finish();
  return Release(std::move(text));
}

}  // namespace footnote::generator
