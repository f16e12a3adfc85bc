#ifndef FOOTNOTE_RETRIEVAL_INDEX_LEXICAL_FORMAT_H_
#define FOOTNOTE_RETRIEVAL_INDEX_LEXICAL_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/bit_packing.h"

// The bytes of a lexical segment: an inverted index over a run of rows, in one flat
// buffer that holds offsets and no pointers. Integers are little-endian.
//
//   header    magic u32, version u32, first_row u32, rows u32, terms u64, postings u64,
//             then the offsets of the sections below in their order, u64 each, and the
//             size of the whole, u64
//   lengths   rows x u32: of each passage in terms
//   prefixes  terms x u64: the first 8 bytes of each term, big-endian, zeros behind a
//             shorter one, so that the order of numbers is the order of terms
//   entries   terms x (text u64, data u64, removed i64, chunks u32, zero u32,
//             positions u64): where the term's text, data and positions begin in their
//             sections; they end where the next term's begin. chunks: postings of the
//             term here. removed: by how many passages of earlier segments the writes of
//             this one have reduced the term
//   texts     the terms, ascending, one after the other
//   data      of each term its postings, rows counted from first_row, ascending:
//             fewer than 128: a varint block alone; else
//             bounds of the whole list, a table of one record a block, and the blocks
//   positions of each term where it stands in each passage of its postings; BM25 reads
//             none of it. From 128 postings on a table comes first: u64 a block, where its
//             positions begin, counted from the end of the table
//
// A full block has 128 postings: the differences of rows less one, then the frequencies
// less one, packed as kernels/bit_packing.h has it. The rest of a list, if any, is a
// varint block: all differences less one, then all frequencies less one, in LEB128. The
// first difference of a block is to the last row before it, or to -1.
//
// A block's record: last row u32, offset of the block from the end of the table in units
// of 16 bytes u32, bits of the differences u8, of the frequencies u8, zero u16, bounds.
// Bounds (see lexical_bounds.h): frequencies u8 x 4, lengths u16 x 4.
//
// A passage's positions are as many as its frequency, in LEB128: the first, then the
// difference of each to the one before, which may be 0.
namespace footnote::retrieval::lexical {

inline constexpr uint32_t kMagic = 0x584C4E46;  // "FNLX"
inline constexpr uint32_t kVersion = 2;
inline constexpr size_t kHeaderBytes = 88;
inline constexpr size_t kEntryBytes = 40;
inline constexpr size_t kBlock = kernels::kPackedBlock;
inline constexpr size_t kBounds = 4;  // pairs
inline constexpr size_t kBoundsBytes = kBounds * 3;
inline constexpr size_t kRecordBytes = 12 + kBoundsBytes;
inline constexpr size_t kOffsetUnit = 16;

template <typename T>
inline T Load(const uint8_t* p) {
  T v;
  std::memcpy(&v, p, sizeof(v));
  return v;
}

// A LEB128 number that is known to be whole.
inline uint32_t NextVarint(const uint8_t** p) {
  uint32_t v = *(*p)++;
  if (v < 0x80) return v;
  v &= 0x7F;
  for (int shift = 7;; shift += 7) {
    const uint32_t byte = *(*p)++;
    v |= (byte & 0x7F) << shift;
    if (byte < 0x80) return v;
  }
}

// The first of the section offsets in the header.
inline constexpr size_t kSectionsAt = 32;
enum Section { kLengths, kPrefixes, kEntries, kTexts, kData, kPositions, kEnd };

}  // namespace footnote::retrieval::lexical

#endif  // FOOTNOTE_RETRIEVAL_INDEX_LEXICAL_FORMAT_H_
