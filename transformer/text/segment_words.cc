#include "transformer/text/segment_words.h"

#include <unicode/brkiter.h>
#include <unicode/utext.h>

#include <memory>

namespace footnote::transformer {
namespace {

// An iterator belongs to one thread. Null, and a text stays one word, if ICU has no
// rules: they are data inside its library.
icu::BreakIterator* WordBreaks() {
  thread_local const std::unique_ptr<icu::BreakIterator> breaks = [] {
    UErrorCode error = U_ZERO_ERROR;
    std::unique_ptr<icu::BreakIterator> out(
        icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), error));
    return U_SUCCESS(error) ? std::move(out) : nullptr;
  }();
  return breaks.get();
}

}  // namespace

std::vector<ByteSpan> SegmentWords(absl::string_view text) {
  if (text.empty()) return {};
  icu::BreakIterator* breaks = WordBreaks();
  UErrorCode error = U_ZERO_ERROR;
  UText utext = UTEXT_INITIALIZER;
  utext_openUTF8(&utext, text.data(), static_cast<int64_t>(text.size()), &error);
  if (U_SUCCESS(error) && breaks != nullptr) breaks->setText(&utext, error);
  std::vector<ByteSpan> out;
  if (breaks == nullptr || U_FAILURE(error)) {
    out.push_back({0, text.size()});
  } else {
    size_t begin = 0;
    for (int32_t end = breaks->first(); (end = breaks->next()) != icu::BreakIterator::DONE;) {
      out.push_back({begin, static_cast<size_t>(end)});
      begin = static_cast<size_t>(end);
    }
  }
  utext_close(&utext);
  return out;
}

}  // namespace footnote::transformer
