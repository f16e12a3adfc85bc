#include "ingest/readers/registry.h"

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ingest/readers/html_reader.h"
#include "ingest/readers/markdown_reader.h"
#include "ingest/readers/text_reader.h"

namespace footnote::ingest {
namespace {

constexpr absl::string_view kHtmlExtensions[] = {"html", "htm", "xhtml"};
constexpr absl::string_view kMarkdownExtensions[] = {"md", "markdown"};
constexpr absl::string_view kTextExtensions[] = {"txt", "text"};

constexpr Reader kReaders[] = {
    {"HTML", "text/html", kHtmlExtensions, 1, &ReadHtml},
    {"Markdown", "text/markdown", kMarkdownExtensions, 1, &ReadMarkdown},
    {"plain text", "text/plain", kTextExtensions, 1, &ReadText},
};

}  // namespace

absl::Span<const Reader> Readers() { return kReaders; }

const Reader* FindReaderByPath(absl::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash != absl::string_view::npos) path.remove_prefix(slash + 1);
  const size_t dot = path.rfind('.');
  if (dot == absl::string_view::npos) return nullptr;
  const std::string extension = absl::AsciiStrToLower(path.substr(dot + 1));
  for (const Reader& reader : kReaders) {
    if (absl::c_linear_search(reader.extensions, extension)) return &reader;
  }
  return nullptr;
}

const Reader* FindReaderByContentType(absl::string_view content_type) {
  content_type = absl::StripAsciiWhitespace(content_type.substr(0, content_type.find(';')));
  for (const Reader& reader : kReaders) {
    if (absl::EqualsIgnoreCase(reader.content_type, content_type)) return &reader;
  }
  return nullptr;
}

std::string KnownExtensions() {
  std::string out;
  for (const Reader& reader : kReaders) {
    for (absl::string_view extension : reader.extensions) {
      absl::StrAppend(&out, out.empty() ? "." : ", .", extension);
    }
  }
  return out;
}

std::string KnownContentTypes() {
  return absl::StrJoin(kReaders, ", ", [](std::string* out, const Reader& reader) {
    absl::StrAppend(out, reader.content_type);
  });
}

}  // namespace footnote::ingest
