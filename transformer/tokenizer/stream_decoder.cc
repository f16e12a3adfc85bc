#include "transformer/tokenizer/stream_decoder.h"

#include <utility>

#include "absl/strings/match.h"
#include "transformer/text/utf8.h"
#include "transformer/tokenizer/decoder.h"

namespace footnote::transformer {
namespace {

// Whether `bytes` ends in the beginning of a character that more bytes would
// complete.
bool EndsWithinCharacter(absl::string_view bytes) {
  for (size_t back = 1; back <= 3 && back <= bytes.size(); ++back) {
    const unsigned char lead = static_cast<unsigned char>(bytes[bytes.size() - back]);
    if ((lead & 0xC0) == 0x80) continue;
    const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (length <= back) return false;
    // A valid beginning is one that some continuation makes valid.
    std::string whole(bytes.substr(bytes.size() - back));
    for (const char second : {'\x80', '\x90', '\xA0'}) {
      std::string tried = whole;
      if (tried.size() == 1) tried.push_back(second);
      tried.resize(length, '\x80');
      if (IsValidUtf8(tried)) return true;
    }
    return false;
  }
  return false;
}

}  // namespace

bool IsByteToken(const Tokenizer& tokenizer, int32_t id) {
  return ByteOfToken(tokenizer.TokenText(id)) >= 0 && tokenizer.TokenBytes(id).size() == 1;
}

StreamDecoder::StreamDecoder(const Tokenizer& tokenizer, bool skip_special,
                             absl::Span<const int32_t> before)
    : tokenizer_(tokenizer), skip_special_(skip_special) {
  // The last token that is whole text by itself stands for all of them: what comes
  // next can't change it.
  for (; !before.empty() && context_.empty(); before.remove_suffix(1)) {
    const int32_t id = before.back();
    if (tokenizer.IsSpecial(id) || IsByteToken(tokenizer, id)) continue;
    if (tokenizer.TokenText(id).empty() || !IsValidUtf8(tokenizer.TokenBytes(id))) continue;
    context_.push_back(id);
  }
}

bool StreamDecoder::MayChange() const {
  if (IsByteToken(tokenizer_, pending_.back())) return true;
  std::string bytes;
  for (const int32_t id : pending_) bytes.append(tokenizer_.TokenBytes(id));
  return EndsWithinCharacter(bytes);
}

bool StreamDecoder::Added(std::string* text) const {
  std::vector<int32_t> all = context_;
  all.insert(all.end(), pending_.begin(), pending_.end());
  const std::string before = tokenizer_.Decode(context_, skip_special_);
  std::string after = tokenizer_.Decode(all, skip_special_);
  if (!absl::StartsWith(after, before)) return false;
  *text = after.substr(before.size());
  return true;
}

std::string StreamDecoder::Push(int32_t id) {
  if (skip_special_ && tokenizer_.IsSpecial(id)) return "";  // as if it were not there
  if (tokenizer_.TokenText(id).empty()) return "";           // no token
  pending_.push_back(id);
  std::string text;
  if (MayChange() || !Added(&text)) return "";
  // A first token may stand for nothing; then it still is what comes before.
  context_ = std::exchange(pending_, {});
  return text;
}

std::string StreamDecoder::Flush() {
  std::string text;
  if (!pending_.empty()) Added(&text);
  context_.clear();
  pending_.clear();
  return text;
}

}  // namespace footnote::transformer
