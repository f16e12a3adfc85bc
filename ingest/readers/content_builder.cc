#include "ingest/readers/content_builder.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "transformer/text/utf8.h"

namespace footnote::ingest {
namespace {

constexpr char kBlockSeparator[] = "\n\n";
constexpr size_t kBlockSeparatorSize = 2;
constexpr size_t kLongestAnchor = 256;

// Characters that a browser gives no width, and that only get in the way of
// comparing words: soft hyphen, zero-width space and joiners between letters of
// no script that needs them, byte order mark, word joiner, direction marks.
bool IsInvisible(char32_t c) {
  return c == 0xAD || c == 0x200B || c == 0x200E || c == 0x200F || c == 0x2060 || c == 0xFEFF ||
         (c >= 0x80 && c < 0xA0);
}

bool IsWideSpace(char32_t c) {
  return c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

bool IsAsciiSpace(unsigned char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

void InlineText::Append(absl::string_view text) {
  size_t pos = 0;
  while (pos < text.size()) {
    const size_t at = pos;
    const unsigned char c = text[pos];
    if (c < 0x80) {
      ++pos;
      if (IsAsciiSpace(c)) {
        space_ = true;
        continue;
      }
      if (c < 0x20 || c == 0x7F) continue;
      while (pos < text.size() && text[pos] > 0x20 && text[pos] < 0x7F) ++pos;
    } else {
      const char32_t wide = transformer::DecodeUtf8(text, &pos);
      if (IsInvisible(wide)) continue;
      if (IsWideSpace(wide)) {
        space_ = true;
        continue;
      }
    }
    if (empty()) {
      line_breaks_ = 0;
    } else if (line_breaks_ > 0) {
      out_->push_back('\n');
    } else if (space_) {
      out_->push_back(' ');
    }
    line_breaks_ = 0;
    space_ = false;
    out_->append(text.data() + at, pos - at);
  }
}

void InlineText::LineBreak() {
  ++line_breaks_;
  space_ = false;
}

std::string CollapseWhiteSpace(absl::string_view text) {
  std::string out;
  InlineText(&out).Append(text);
  return out;
}

void ContentBuilder::Begin(BlockKind kind, int level) {
  End();
  const size_t size = content_.text.size();
  if (size > 0) content_.text += kBlockSeparator;
  block_ = {kind, static_cast<uint8_t>(level), static_cast<uint32_t>(content_.text.size()), 0, ""};
  detail_ = {term_, block_.begin};
  block_navigation_ = navigation_;
  inline_ = InlineText(&content_.text);
  open_ = true;
}

void ContentBuilder::End() {
  if (!open_) return;
  open_ = false;
  std::string& text = content_.text;
  const size_t begin = block_.begin;
  size_t end = text.size();
  while (end > begin && IsAsciiSpace(text[end - 1])) --end;
  if (end == begin) {
    text.resize(begin > 0 ? begin - kBlockSeparatorSize : 0);
    return;  // the anchor waits for the next block
  }
  text.resize(end);
  block_.end = static_cast<uint32_t>(end);
  block_.anchor = std::exchange(anchor_, "");
  content_.blocks.push_back(std::move(block_));
  content_.details.push_back(detail_);
  is_navigation_.push_back(block_navigation_);
}

void ContentBuilder::Verbatim(absl::string_view text) {
  std::string& out = content_.text;
  for (size_t pos = 0; pos < text.size();) {
    const size_t at = pos;
    const unsigned char c = text[pos];
    if (c >= 0x80) {
      const char32_t wide = transformer::DecodeUtf8(text, &pos);
      if (IsInvisible(wide)) continue;
      if (wide == 0xA0) {
        out.push_back(' ');
      } else {
        out.append(text.data() + at, pos - at);
      }
      continue;
    }
    ++pos;
    if (c == '\n' || c == '\f' || c == '\v' || (c == '\r' && text.substr(pos, 1) != "\n")) {
      while (out.size() > block_.begin && (out.back() == ' ' || out.back() == '\t')) {
        out.pop_back();
      }
      if (out.size() > block_.begin) out.push_back('\n');
    } else if ((c >= 0x20 && c != 0x7F) || c == '\t') {
      out.push_back(static_cast<char>(c));
    }
  }
}

void ContentBuilder::MarkHeaderEnd() {
  detail_.header_end = static_cast<uint32_t>(content_.text.size());
}

void ContentBuilder::Anchor(absl::string_view id) {
  if (anchor_.empty() && !id.empty() && id.size() <= kLongestAnchor) anchor_ = std::string(id);
}

void ContentBuilder::DropNavigation() {
  uint64_t navigation = 0, other = 0;
  for (size_t i = 0; i < content_.blocks.size(); ++i) {
    const retrieval::Block& block = content_.blocks[i];
    if (is_navigation_[i]) {
      navigation += block.end - block.begin;
    } else if (block.kind != BlockKind::kHeading) {
      other += block.end - block.begin;
    }
  }
  if (navigation == 0 || navigation >= other) return;

  Content kept;
  std::vector<int32_t> new_index(content_.blocks.size(), -1);
  for (size_t i = 0; i < content_.blocks.size(); ++i) {
    if (is_navigation_[i]) continue;
    retrieval::Block block = std::move(content_.blocks[i]);
    BlockDetail detail = content_.details[i];
    if (!kept.text.empty()) kept.text += kBlockSeparator;
    const uint32_t header = detail.header_end - block.begin;
    const uint32_t begin = static_cast<uint32_t>(kept.text.size());
    kept.text.append(content_.text, block.begin, block.end - block.begin);
    block.begin = begin;
    block.end = static_cast<uint32_t>(kept.text.size());
    detail.header_end = begin + header;
    if (detail.term >= 0) detail.term = new_index[detail.term];
    new_index[i] = static_cast<int32_t>(kept.blocks.size());
    kept.blocks.push_back(std::move(block));
    kept.details.push_back(detail);
  }
  content_.text = std::move(kept.text);
  content_.blocks = std::move(kept.blocks);
  content_.details = std::move(kept.details);
}

Content ContentBuilder::Finish() && {
  End();
  DropNavigation();
  return std::move(content_);
}

}  // namespace footnote::ingest
