#include "ingest/readers/text_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "ingest/readers/content_builder.h"
#include "ingest/readers/decode.h"
#include "kernels/base/status_macros.h"

namespace footnote::ingest {
namespace {

using retrieval::BlockKind;

constexpr size_t kLongestHeading = 200;

// The line at `*pos` without its line end and trailing white space; moves *pos
// behind it. Ends at LF, CRLF, CR or FF.
absl::string_view NextLine(absl::string_view text, size_t* pos) {
  const size_t end = std::min(text.find_first_of("\n\r\f", *pos), text.size());
  const absl::string_view line = text.substr(*pos, end - *pos);
  *pos = end;
  if (*pos < text.size()) *pos += text.substr(*pos, 2) == "\r\n" ? 2 : 1;
  return absl::StripTrailingAsciiWhitespace(line);
}

// 1 or 2 if `line` underlines `above` as a heading, else 0.
int UnderlineLevel(absl::string_view above, absl::string_view line) {
  if (line.size() < 3 || above.empty() || above.size() > kLongestHeading) return 0;
  if (line.size() + 3 < above.size()) return 0;
  if (line.find_first_not_of('=') == absl::string_view::npos) return 1;
  if (line.find_first_not_of('-') == absl::string_view::npos) return 2;
  return 0;
}

}  // namespace

absl::StatusOr<Content> ReadText(absl::string_view bytes) {
  FN_ASSIGN_OR_RETURN(DecodedText decoded, DecodeText(bytes, ""));
  const absl::string_view text = decoded.text;
  ContentBuilder builder;
  builder.content().metadata = std::move(decoded.metadata);
  size_t pos = 0;
  while (pos < text.size()) {
    const absl::string_view line = NextLine(text, &pos);
    if (absl::StripAsciiWhitespace(line).empty()) {
      builder.End();
      continue;
    }
    if (!builder.open()) {
      size_t next = pos;
      const absl::string_view below = NextLine(text, &next);
      if (const int level = UnderlineLevel(line, below); level > 0) {
        builder.Begin(BlockKind::kHeading, level);
        builder.Text(line);
        builder.End();
        if (builder.blocks() == 1) builder.content().title = CollapseWhiteSpace(line);
        pos = next;
        continue;
      }
      builder.Begin(BlockKind::kParagraph);
    } else {
      builder.Verbatim("\n");
    }
    builder.Verbatim(line);
  }
  return std::move(builder).Finish();
}

}  // namespace footnote::ingest
