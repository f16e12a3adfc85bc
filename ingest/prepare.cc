#include "ingest/prepare.h"

#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "ingest/chunker.h"
#include "kernels/base/hash.h"
#include "kernels/base/status_macros.h"
#include "transformer/text/detect_language.h"
#include "transformer/text/utf8.h"

namespace footnote::ingest {
namespace {

// Of a title that a reader found; every hit repeats it.
constexpr size_t kLongestTitle = 1024;

// The file's name without folders and extension, for want of a title.
std::string NameOf(absl::string_view id) {
  const size_t slash = id.rfind('/');
  if (slash != absl::string_view::npos && slash + 1 < id.size()) id.remove_prefix(slash + 1);
  const size_t dot = id.rfind('.');
  return std::string(dot == absl::string_view::npos || dot == 0 ? id : id.substr(0, dot));
}

// Appends so that no two lists of parts give the same string.
void AppendPart(absl::string_view part, std::string* out) {
  absl::StrAppend(out, part.size(), ":", part);
}

}  // namespace

absl::StatusOr<PreparedDocument> PrepareDocument(const Reader& reader, absl::string_view bytes,
                                                 retrieval::Document document,
                                                 const transformer::Embedder& embedder) {
  FN_ASSIGN_OR_RETURN(Content content, reader.read(bytes));
  if (content.blocks.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("no text was found in it as ", reader.name));
  }
  if (content.text.size() > std::numeric_limits<uint32_t>::max()) {
    return absl::InvalidArgumentError("its text is over 4 GiB; split it");
  }
  if (document.title.empty()) {
    document.title = std::string(transformer::Utf8Prefix(content.title, kLongestTitle));
  }
  if (document.title.empty()) document.title = NameOf(document.id);
  PreparedDocument out;
  out.chunks = MakeChunks(content, document.title, embedder);
  document.blocks = std::move(content.blocks);
  document.metadata.merge(content.metadata);
  if (!document.metadata.contains(retrieval::kLanguageKey)) {
    std::string language = transformer::DetectLanguage(content.text);
    if (!language.empty()) document.metadata.emplace(retrieval::kLanguageKey, std::move(language));
  }
  document.text = std::move(content.text);
  out.document = std::move(document);
  return out;
}

std::string SettingsHash(const Reader& reader, const retrieval::Document& document,
                         const transformer::Embedder& embedder) {
  std::string key;
  AppendPart(reader.name, &key);
  AppendPart(absl::StrCat(reader.version, " ", kChunkerVersion, " ", embedder.max_tokens()), &key);
  AppendPart(embedder.fingerprint(), &key);
  AppendPart(document.title, &key);
  AppendPart(document.source, &key);
  const retrieval::AccessList& access = document.access;
  AppendPart(absl::StrCat(access.allow.size()), &key);
  for (const std::string& principal : access.allow) AppendPart(principal, &key);
  for (const auto& [name, value] : document.metadata) {
    AppendPart(name, &key);
    AppendPart(value, &key);
  }
  // A part begins with a digit. Without a deny list the hash is as it was before there were any.
  if (!access.deny.empty()) key += '!';
  for (const std::string& principal : access.deny) AppendPart(principal, &key);
  return absl::StrFormat("%016x", kernels::Hash64(key));
}

std::string ContentHash(absl::string_view bytes, absl::string_view settings_hash) {
  return absl::StrCat(kernels::HexHash128(bytes), "-", settings_hash);
}

bool HasSettings(absl::string_view content_hash, absl::string_view settings_hash) {
  return absl::ConsumeSuffix(&content_hash, settings_hash) && absl::EndsWith(content_hash, "-");
}

}  // namespace footnote::ingest
