#include "retrieval/codec/records.h"

#include <cmath>
#include <utility>

#include "kernels/base/status_macros.h"
#include "retrieval/codec/coding.h"

namespace footnote::retrieval {
namespace {

constexpr uint8_t kV1 = 1;
constexpr uint8_t kV2 = 2;
constexpr uint8_t kV3 = 3;
constexpr double kWeightSteps = 10000;

bool IsBlockKind(uint8_t kind) {
  return kind >= static_cast<uint8_t>(BlockKind::kHeading) &&
         kind <= static_cast<uint8_t>(BlockKind::kCaption);
}

void WriteTexts(absl::Span<const std::string> texts, RecordWriter* w) {
  w->Varint(texts.size());
  for (const std::string& text : texts) w->Bytes(text);
}

std::vector<std::string> ReadTexts(RecordReader* r) {
  std::vector<std::string> out;
  for (size_t n = r->Count(1); n > 0 && r->ok(); --n) out.push_back(r->String());
  return out;
}

}  // namespace

std::string Encode(const IdRecord& record) {
  RecordWriter w(RecordKind::kId, kV1);
  w.Varint(record.number);
  w.Bytes(record.content_hash);
  w.Bytes(record.sync_root);
  w.Signed(record.source_mtime_ns);
  w.Varint(record.source_bytes);
  return std::move(w).Finish();
}

absl::StatusOr<IdRecord> DecodeId(absl::string_view value) {
  RecordReader r(value, RecordKind::kId, kV1);
  IdRecord out;
  out.number = r.Varint();
  out.content_hash = r.String();
  out.sync_root = r.String();
  out.source_mtime_ns = r.Signed();
  out.source_bytes = r.Varint();
  FN_RETURN_IF_ERROR(r.Finish());
  return out;
}

std::string Encode(const DocumentRecord& record) {
  RecordWriter w(RecordKind::kDocument, kV1);
  w.Bytes(record.id);
  w.Bytes(record.title);
  w.Bytes(record.source);
  w.Varint(record.metadata.size());
  for (const auto& [name, value] : record.metadata) {
    w.Bytes(name);
    w.Bytes(value);
  }
  w.Varint(record.text_bytes);
  w.Varint(record.chunks);
  return std::move(w).Finish();
}

absl::StatusOr<DocumentRecord> DecodeDocument(absl::string_view value) {
  RecordReader r(value, RecordKind::kDocument, kV1);
  DocumentRecord out;
  out.id = r.String();
  out.title = r.String();
  out.source = r.String();
  for (size_t n = r.Count(2); n > 0 && r.ok(); --n) {
    std::string name = r.String();
    out.metadata[std::move(name)] = r.String();
  }
  out.text_bytes = r.Varint32();
  out.chunks = r.Varint32();
  FN_RETURN_IF_ERROR(r.Finish());
  return out;
}

std::string EncodeText(absl::string_view page) {
  RecordWriter w(RecordKind::kText, kV1);
  w.Bytes(page);
  return std::move(w).Finish();
}

absl::StatusOr<std::string> DecodeText(absl::string_view value) {
  RecordReader r(value, RecordKind::kText, kV1);
  std::string page = r.String();
  FN_RETURN_IF_ERROR(r.Finish());
  return page;
}

std::string EncodeBlocks(absl::Span<const Block> blocks) {
  RecordWriter w(RecordKind::kBlocks, kV1);
  w.Varint(blocks.size());
  for (const Block& b : blocks) {
    w.Byte(static_cast<uint8_t>(b.kind));
    w.Byte(b.level);
    w.Varint(b.begin);
    w.Varint(b.end);
    w.Bytes(b.anchor);
  }
  return std::move(w).Finish();
}

absl::StatusOr<std::vector<Block>> DecodeBlocks(absl::string_view value) {
  RecordReader r(value, RecordKind::kBlocks, kV1);
  std::vector<Block> out;
  const size_t count = r.Count(5);
  out.reserve(count);
  for (size_t i = 0; i < count && r.ok(); ++i) {
    Block b;
    const uint8_t kind = r.Byte();
    if (!IsBlockKind(kind)) r.Fail("an unknown kind of block");
    b.kind = static_cast<BlockKind>(kind);
    b.level = r.Byte();
    b.begin = r.Varint32();
    b.end = r.Varint32();
    b.anchor = r.String();
    out.push_back(std::move(b));
  }
  FN_RETURN_IF_ERROR(r.Finish());
  return out;
}

std::string Encode(const ChunkRecord& record) {
  RecordWriter w(RecordKind::kChunk, kV1);
  w.Varint(record.chunk.begin);
  w.Varint(record.chunk.end);
  w.Varint(record.chunk.tokens);
  w.Varint(record.terms);
  w.Bytes(record.chunk.heading_path);
  w.Bytes(record.anchor);
  return std::move(w).Finish();
}

absl::StatusOr<ChunkRecord> DecodeChunk(absl::string_view value) {
  RecordReader r(value, RecordKind::kChunk, kV1);
  ChunkRecord out;
  out.chunk.begin = r.Varint32();
  out.chunk.end = r.Varint32();
  out.chunk.tokens = r.Varint32();
  out.terms = r.Varint32();
  out.chunk.heading_path = r.String();
  out.anchor = r.String();
  FN_RETURN_IF_ERROR(r.Finish());
  return out;
}

// Ordinals as differences, the first as it is.
std::string EncodePosting(const PostingRecord& posting) {
  const uint8_t version = posting.positions.empty() ? kV1 : kV2;
  RecordWriter w(RecordKind::kPosting, version);
  w.Varint(posting.chunks.size());
  uint32_t previous = 0;
  const uint32_t* position = posting.positions.data();
  for (const Occurrence& o : posting.chunks) {
    w.Varint(o.ordinal - previous);
    w.Varint(o.frequency);
    previous = o.ordinal;
    uint32_t before = 0;
    for (uint32_t i = 0; version == kV2 && i < o.frequency; ++i, ++position) {
      w.Varint(*position - before);
      before = *position;
    }
  }
  return std::move(w).Finish();
}

absl::Status DecodePosting(absl::string_view value, PostingRecord* posting) {
  RecordReader r(value, RecordKind::kPosting, kV2);
  const bool has_positions = r.version() >= kV2;
  posting->chunks.clear();
  posting->positions.clear();
  const size_t count = r.Count(has_positions ? 3 : 2);
  uint64_t ordinal = 0;
  for (size_t i = 0; i < count && r.ok(); ++i) {
    const uint32_t step = r.Varint32();
    ordinal += step;
    const uint32_t frequency = r.Varint32();
    if ((i > 0 && step == 0) || frequency == 0 || ordinal > UINT32_MAX) {
      r.Fail("its chunks don't ascend");
    }
    posting->chunks.push_back({static_cast<uint32_t>(ordinal), frequency});
    uint64_t position = 0;
    for (uint32_t n = 0; has_positions && n < frequency && r.ok(); ++n) {
      position += r.Varint32();
      if (position > UINT32_MAX) r.Fail("a position is too great");
      posting->positions.push_back(static_cast<uint32_t>(position));
    }
  }
  return r.Finish();
}

std::string EncodeVectors(uint32_t rows, uint32_t dim, const float* values) {
  RecordWriter w(RecordKind::kVectors, kV1);
  w.Varint(rows);
  w.Varint(dim);
  w.Floats(values, static_cast<size_t>(rows) * dim);
  return std::move(w).Finish();
}

absl::Status DecodeVectors(absl::string_view value, VectorsRecord* record) {
  RecordReader r(value, RecordKind::kVectors, kV1);
  record->rows = r.Varint32();
  record->dim = r.Varint32();
  const uint64_t count = static_cast<uint64_t>(record->rows) * record->dim;
  if (count > value.size() / sizeof(float)) r.Fail("a count exceeds the record");
  record->values.resize(r.ok() ? count : 0);
  r.Floats(record->values.data(), record->values.size());
  return r.Finish();
}

std::string EncodeAccess(const AccessList& access) {
  RecordWriter w(RecordKind::kAccess, access.deny.empty() ? kV1 : kV2);
  WriteTexts(access.allow, &w);
  if (!access.deny.empty()) WriteTexts(access.deny, &w);
  return std::move(w).Finish();
}

absl::StatusOr<AccessList> DecodeAccess(absl::string_view value) {
  RecordReader r(value, RecordKind::kAccess, kV2);
  AccessList out;
  out.allow = ReadTexts(&r);
  if (r.version() >= kV2) out.deny = ReadTexts(&r);
  FN_RETURN_IF_ERROR(r.Finish());
  return out;
}

std::string Encode(const CollectionRecord& record) {
  const bool restricted = !(record.access == AccessList());
  const uint8_t version = record.dense_weight.has_value() ? kV3 : restricted ? kV2 : kV1;
  RecordWriter w(RecordKind::kCollection, version);
  w.Varint(record.number);
  w.Bytes(record.model);
  w.Varint(record.dim);
  w.Varint(record.analyzer_version);
  w.Varint(record.documents);
  w.Varint(record.chunks);
  w.Varint(record.text_bytes);
  w.Varint(record.terms);
  if (version >= kV2) {
    WriteTexts(record.access.allow, &w);
    WriteTexts(record.access.deny, &w);
  }
  if (version >= kV3) w.Varint(std::lround(*record.dense_weight * kWeightSteps));
  return std::move(w).Finish();
}

absl::StatusOr<CollectionRecord> DecodeCollection(absl::string_view value) {
  RecordReader r(value, RecordKind::kCollection, kV3);
  CollectionRecord out;
  out.number = r.Varint32();
  out.model = r.String();
  out.dim = r.Varint32();
  out.analyzer_version = r.Varint32();
  out.documents = r.Varint();
  out.chunks = r.Varint();
  out.text_bytes = r.Varint();
  out.terms = r.Varint();
  if (r.version() >= kV2) {
    out.access.allow = ReadTexts(&r);
    out.access.deny = ReadTexts(&r);
  }
  if (r.version() >= kV3) {
    const uint64_t steps = r.Varint();
    if (static_cast<double>(steps) > kWeightSteps) r.Fail("its weight is above 1");
    out.dense_weight = static_cast<double>(steps) / kWeightSteps;
  }
  FN_RETURN_IF_ERROR(r.Finish());
  return out;
}

std::string EncodeCounter(uint64_t value) {
  RecordWriter w(RecordKind::kCounter, kV1);
  w.Varint(value);
  return std::move(w).Finish();
}

absl::StatusOr<uint64_t> DecodeCounter(absl::string_view value) {
  RecordReader r(value, RecordKind::kCounter, kV1);
  const uint64_t out = r.Varint();
  FN_RETURN_IF_ERROR(r.Finish());
  return out;
}

}  // namespace footnote::retrieval
