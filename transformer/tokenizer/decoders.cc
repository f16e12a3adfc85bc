// Decoders that turn single tokens into text or bytes, and the sequence of
// several.
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "transformer/text/utf8.h"
#include "transformer/tokenizer/byte_level.h"
#include "transformer/tokenizer/decoder.h"

namespace footnote::transformer {
namespace {

class ByteLevelDecoder final : public Decoder {
 public:
  void Decode(std::vector<std::string>* tokens) const override {
    std::string bytes;
    for (std::string& token : *tokens) bytes.append(Middle(std::move(token)));
    *tokens = {ReplaceInvalidUtf8(bytes)};
  }
  std::string Middle(std::string token) const override {
    std::string bytes;
    return AppendBytesOf(token, &bytes) ? bytes : token;
  }
  bool joins() const override { return true; }
};

class MetaspaceDecoder final : public Decoder {
 public:
  MetaspaceDecoder(char32_t replacement, bool prepends) : prepends_(prepends) {
    AppendUtf8(replacement, &replacement_);
  }
  void Decode(std::vector<std::string>* tokens) const override {
    bool first = prepends_;
    for (std::string& token : *tokens) {
      absl::StrReplaceAll({{replacement_, first ? "" : " "}}, &token);
      first = false;
    }
  }
  std::string Middle(std::string token) const override {
    absl::StrReplaceAll({{replacement_, " "}}, &token);
    return token;
  }

 private:
  const bool prepends_;
  std::string replacement_;
};

class ByteFallbackDecoder final : public Decoder {
 public:
  void Decode(std::vector<std::string>* tokens) const override {
    std::vector<std::string> out;
    std::string bytes;
    const auto flush = [&] {
      if (bytes.empty()) return;
      if (IsValidUtf8(bytes)) {
        out.push_back(bytes);
      } else {
        out.insert(out.end(), bytes.size(), "\xEF\xBF\xBD");
      }
      bytes.clear();
    };
    for (std::string& token : *tokens) {
      const int byte = ByteOfToken(token);
      if (byte >= 0) {
        bytes.push_back(static_cast<char>(byte));
      } else {
        flush();
        out.push_back(std::move(token));
      }
    }
    flush();
    *tokens = std::move(out);
  }
  std::string Middle(std::string token) const override {
    const int byte = ByteOfToken(token);
    return byte < 0 ? token : std::string(1, static_cast<char>(byte));
  }
  bool is_byte(absl::string_view token) const override { return ByteOfToken(token) >= 0; }
};

class FuseDecoder final : public Decoder {
 public:
  void Decode(std::vector<std::string>* tokens) const override {
    *tokens = {absl::StrJoin(*tokens, "")};
  }
  std::string Middle(std::string token) const override { return token; }
  bool joins() const override { return true; }
};

class StripDecoder final : public Decoder {
 public:
  StripDecoder(char32_t content, size_t start, size_t stop) : start_(start), stop_(stop) {
    AppendUtf8(content, &content_);
  }
  void Decode(std::vector<std::string>* tokens) const override {
    for (std::string& token : *tokens) token = Middle(std::move(token));
  }
  std::string Middle(std::string token) const override {
    absl::string_view rest = token;
    for (size_t i = 0; i < start_ && absl::StartsWith(rest, content_); ++i) {
      rest.remove_prefix(content_.size());
    }
    for (size_t i = 0; i < stop_ && absl::EndsWith(rest, content_); ++i) {
      rest.remove_suffix(content_.size());
    }
    return std::string(rest);
  }
  bool trims() const override { return true; }

 private:
  std::string content_;
  const size_t start_, stop_;
};

class ReplaceDecoder final : public Decoder {
 public:
  ReplaceDecoder(std::unique_ptr<const Pattern> pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}
  void Decode(std::vector<std::string>* tokens) const override {
    for (std::string& token : *tokens) token = Middle(std::move(token));
  }
  std::string Middle(std::string token) const override {
    if (!IsValidUtf8(token)) return token;  // a byte of a character
    std::vector<PatternSpan> spans;
    pattern_->Find(token, &spans);
    std::string out;
    for (const PatternSpan& span : spans) {
      if (span.match) {
        out.append(content_);
      } else {
        out.append(token, span.begin, span.end - span.begin);
      }
    }
    return out;
  }

 private:
  const std::unique_ptr<const Pattern> pattern_;
  const std::string content_;
};

class BpeDecoder final : public Decoder {
 public:
  explicit BpeDecoder(std::string suffix) : suffix_(std::move(suffix)) {}
  void Decode(std::vector<std::string>* tokens) const override {
    if (suffix_.empty()) return;
    for (std::string& token : *tokens) {
      const bool last = &token == &tokens->back();
      absl::StrReplaceAll({{suffix_, last ? "" : " "}}, &token);
    }
  }
  std::string Middle(std::string token) const override {
    if (!suffix_.empty()) absl::StrReplaceAll({{suffix_, " "}}, &token);
    return token;
  }

 private:
  const std::string suffix_;
};

class DecoderSequence final : public Decoder {
 public:
  explicit DecoderSequence(std::vector<DecoderPtr> steps) : steps_(std::move(steps)) {}

  void Decode(std::vector<std::string>* tokens) const override {
    for (const DecoderPtr& step : steps_) step->Decode(tokens);
  }
  std::string Middle(std::string token) const override {
    bool joined = false;
    for (const DecoderPtr& step : steps_) {
      // What trims after the tokens were joined trims the ends of the text.
      if (!(joined && step->trims())) token = step->Middle(std::move(token));
      joined = joined || step->joins();
    }
    return token;
  }
  bool joins() const override {
    for (const DecoderPtr& step : steps_) {
      if (step->joins()) return true;
    }
    return false;
  }
  bool is_byte(absl::string_view token) const override {
    for (const DecoderPtr& step : steps_) {
      if (step->is_byte(token)) return true;
    }
    return false;
  }

 private:
  const std::vector<DecoderPtr> steps_;
};

}  // namespace

int ByteOfToken(absl::string_view token) {
  if (token.size() != 6 || token.substr(0, 3) != "<0x" || token[5] != '>') return -1;
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c = absl::ascii_tolower(static_cast<unsigned char>(c));
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  const int high = digit(token[3]), low = digit(token[4]);
  // Rust's from_str_radix, which `tokenizers` reads with, takes "+A" for 10.
  if (token[3] == '+') return low;
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

DecoderPtr MakeByteLevelDecoder() { return std::make_unique<ByteLevelDecoder>(); }
DecoderPtr MakeMetaspaceDecoder(char32_t replacement, bool prepends) {
  return std::make_unique<MetaspaceDecoder>(replacement, prepends);
}
DecoderPtr MakeByteFallbackDecoder() { return std::make_unique<ByteFallbackDecoder>(); }
DecoderPtr MakeFuseDecoder() { return std::make_unique<FuseDecoder>(); }
DecoderPtr MakeStripDecoder(char32_t content, size_t start, size_t stop) {
  return std::make_unique<StripDecoder>(content, start, stop);
}
DecoderPtr MakeReplaceDecoder(std::unique_ptr<const Pattern> pattern, std::string content) {
  return std::make_unique<ReplaceDecoder>(std::move(pattern), std::move(content));
}
DecoderPtr MakeBpeDecoder(std::string suffix) {
  return std::make_unique<BpeDecoder>(std::move(suffix));
}
DecoderPtr MakeDecoderSequence(std::vector<DecoderPtr> steps) {
  return std::make_unique<DecoderSequence>(std::move(steps));
}

}  // namespace footnote::transformer
