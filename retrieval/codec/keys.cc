#include "retrieval/codec/keys.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace footnote::retrieval {
namespace {

void Append32(uint32_t value, std::string* out) {
  for (int shift = 24; shift >= 0; shift -= 8) out->push_back(static_cast<char>(value >> shift));
}

void Append64(uint64_t value, std::string* out) {
  Append32(static_cast<uint32_t>(value >> 32), out);
  Append32(static_cast<uint32_t>(value), out);
}

uint64_t ReadBigEndian(absl::string_view bytes) {
  uint64_t value = 0;
  for (const char c : bytes) value = (value << 8) | static_cast<unsigned char>(c);
  return value;
}

uint32_t Read32(absl::string_view key, size_t pos) {
  return static_cast<uint32_t>(ReadBigEndian(key.substr(pos, 4)));
}

std::string Numbered(absl::string_view tag, uint32_t collection, uint64_t number) {
  std::string key(tag);
  Append32(collection, &key);
  Append64(number, &key);
  return key;
}

std::string Ordinal(absl::string_view tag, uint32_t collection, uint64_t number, uint32_t ordinal) {
  std::string key = Numbered(tag, collection, number);
  Append32(ordinal, &key);
  return key;
}

absl::Status BadKey(absl::string_view key) {
  return absl::DataLossError(
      absl::StrCat("a key of the store is damaged: \"", absl::CHexEscape(key.substr(0, 64)), "\""));
}

absl::StatusOr<NumberedKey> ParseNumbered(absl::string_view key, size_t tag_bytes,
                                          bool has_ordinal) {
  if (key.size() != tag_bytes + 12 + (has_ordinal ? 4 : 0)) return BadKey(key);
  NumberedKey out;
  out.collection = Read32(key, tag_bytes);
  out.number = ReadBigEndian(key.substr(tag_bytes + 4, 8));
  if (has_ordinal) out.ordinal = Read32(key, tag_bytes + 12);
  return out;
}

}  // namespace

std::string IdPrefix(uint32_t collection) {
  std::string key = "i";
  Append32(collection, &key);
  return key;
}

std::string IdKey(uint32_t collection, absl::string_view id) {
  return absl::StrCat(IdPrefix(collection), id);
}

std::string DocumentKey(uint32_t collection, uint64_t number) {
  return Numbered("d", collection, number);
}

std::string TextKey(uint32_t collection, uint64_t number, uint32_t page) {
  return Ordinal("t", collection, number, page);
}

std::string BlocksKey(uint32_t collection, uint64_t number) {
  return Numbered("b", collection, number);
}

std::string ChunkKey(uint32_t collection, uint64_t number, uint32_t ordinal) {
  return Ordinal("", collection, number, ordinal);
}

std::string VectorsKey(uint32_t collection, uint64_t number, uint32_t first_ordinal) {
  return Ordinal("", collection, number, first_ordinal);
}

std::string DocumentsPrefix(uint32_t collection) {
  std::string key = "d";
  Append32(collection, &key);
  return key;
}

std::string CollectionPrefix(uint32_t collection) {
  std::string key;
  Append32(collection, &key);
  return key;
}

std::string TermPrefix(uint32_t collection, absl::string_view term) {
  std::string key;
  key.reserve(4 + term.size() + 1 + 8);
  Append32(collection, &key);
  key.append(term.data(), term.size());
  key.push_back('\0');
  return key;
}

std::string PostingKey(uint32_t collection, absl::string_view term, uint64_t number) {
  std::string key = TermPrefix(collection, term);
  Append64(number, &key);
  return key;
}

std::string AccessKey(uint32_t collection, uint64_t number) {
  return Numbered("", collection, number);
}

std::string FormatKey() { return "f"; }
std::string SequenceKey() { return "s"; }
std::string NextDocumentKey() { return "n"; }
std::string CollectionsPrefix() { return "c"; }
std::string CollectionKey(absl::string_view name) { return absl::StrCat("c", name); }

absl::StatusOr<NumberedKey> ParseOrdinalKey(absl::string_view key) {
  return ParseNumbered(key, 0, true);
}

absl::StatusOr<NumberedKey> ParseAccessKey(absl::string_view key) {
  return ParseNumbered(key, 0, false);
}

absl::StatusOr<NumberedKey> ParseDocumentsKey(absl::string_view key) {
  if (key.empty() || (key[0] != 'd' && key[0] != 'b' && key[0] != 't')) return BadKey(key);
  return ParseNumbered(key, 1, key[0] == 't');
}

absl::StatusOr<ParsedIdKey> ParseIdKey(absl::string_view key) {
  if (key.size() < 6 || key[0] != 'i') return BadKey(key);
  return ParsedIdKey{Read32(key, 1), key.substr(5)};
}

absl::StatusOr<ParsedPostingKey> ParsePostingKey(absl::string_view key) {
  // At least one byte of term; the byte before the number is the term's end.
  if (key.size() < 4 + 1 + 1 + 8) return BadKey(key);
  const absl::string_view term = key.substr(4, key.size() - 13);
  if (key[key.size() - 9] != '\0' || term.find('\0') != absl::string_view::npos) {
    return BadKey(key);
  }
  return ParsedPostingKey{Read32(key, 0), term, ReadBigEndian(key.substr(key.size() - 8))};
}

}  // namespace footnote::retrieval
