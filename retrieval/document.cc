#include "retrieval/document.h"

#include "absl/strings/str_cat.h"

namespace footnote::retrieval {

std::string IndexedText(const Document& document, const Chunk& chunk) {
  return IndexedText(chunk.heading_path,
                     absl::string_view(document.text).substr(chunk.begin, chunk.end - chunk.begin));
}

std::string IndexedText(absl::string_view heading_path, absl::string_view passage) {
  return absl::StrCat(heading_path, "\n", passage);
}

const transformer::Language& LanguageOf(const std::map<std::string, std::string>& metadata) {
  const auto found = metadata.find(kLanguageKey);
  return transformer::LanguageOf(found == metadata.end() ? "" : found->second);
}

}  // namespace footnote::retrieval
