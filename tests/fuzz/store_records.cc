// Any bytes given to every decoder of the store: an error or a value, never a
// crash; and what was decoded is encoded and decoded again to the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"
#include "retrieval/codec/coding.h"
#include "retrieval/codec/keys.h"
#include "retrieval/codec/records.h"

namespace footnote::retrieval {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

// A random checksum is never right, so the payload is sealed anew.
std::string Sealed(RecordKind kind, uint8_t version, absl::string_view payload) {
  RecordWriter w(kind, version);
  for (const char c : payload) w.Byte(static_cast<uint8_t>(c));
  return std::move(w).Finish();
}

void DecodeAll(absl::string_view value) {
  if (const auto r = DecodeId(value); r.ok()) Require(*DecodeId(Encode(*r)) == *r);
  if (const auto r = DecodeDocument(value); r.ok()) Require(*DecodeDocument(Encode(*r)) == *r);
  if (const auto r = DecodeChunk(value); r.ok()) Require(*DecodeChunk(Encode(*r)) == *r);
  if (const auto r = DecodeCollection(value); r.ok()) {
    Require(*DecodeCollection(Encode(*r)) == *r);
  }
  if (const auto r = DecodeBlocks(value); r.ok()) Require(*DecodeBlocks(EncodeBlocks(*r)) == *r);
  if (const auto r = DecodeAccess(value); r.ok()) Require(*DecodeAccess(EncodeAccess(*r)) == *r);
  if (const auto r = DecodeText(value); r.ok()) Require(*DecodeText(EncodeText(*r)) == *r);
  if (const auto r = DecodeCounter(value); r.ok()) Require(*DecodeCounter(EncodeCounter(*r)) == *r);
  PostingRecord posting, again;
  if (DecodePosting(value, &posting).ok()) {
    Require(DecodePosting(EncodePosting(posting), &again).ok() && again == posting);
  }
  VectorsRecord vectors;
  if (DecodeVectors(value, &vectors).ok()) {
    Require(vectors.values.size() == static_cast<size_t>(vectors.rows) * vectors.dim);
  }
}

}  // namespace
}  // namespace footnote::retrieval

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace footnote::retrieval;  // NOLINT(build/namespaces)
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  DecodeAll(bytes);
  for (int kind = 1; kind <= 10; ++kind) {
    for (const uint8_t version : {1, 2}) {
      DecodeAll(Sealed(static_cast<RecordKind>(kind), version, bytes));
    }
  }
  (void)ParseOrdinalKey(bytes);
  (void)ParseAccessKey(bytes);
  (void)ParseDocumentsKey(bytes);
  (void)ParseIdKey(bytes);
  (void)ParsePostingKey(bytes);
  return 0;
}
