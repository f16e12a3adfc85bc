#ifndef FOOTNOTE_RETRIEVAL_INDEX_VECTOR_INDEX_OPTIONS_H_
#define FOOTNOTE_RETRIEVAL_INDEX_VECTOR_INDEX_OPTIONS_H_

#include <cstddef>
#include <cstdint>

namespace footnote::retrieval {

struct HnswOptions {
  // Neighbours of a row on the upper levels; twice as many on the lowest. More
  // finds more and takes 8 bytes a row each.
  int links = 16;
  // Rows that are kept in sight while a row's neighbours are sought. More finds
  // better neighbours; the time to build grows with it.
  int construction_pool = 128;
  // With more than one the graph isn't the same each time.
  int threads = 1;
  uint64_t seed = 1;  // of the rows' levels
  friend bool operator==(const HnswOptions&, const HnswOptions&) = default;
};

// How the vectors of a collection are searched once they are many.
struct VectorIndexOptions {
  // Rows that make a segment of codes. Newer ones are compared by their vectors.
  size_t seal_rows = 8192;
  // Segments of at least so many rows get a graph, and searches that select at
  // least so many rows use it: nearly all of the best are found, not all. Below,
  // every search is exact: a scan of so many codes takes a few milliseconds.
  size_t graph_rows = 100000;
  HnswOptions graph;
  // Rows that a search of the graph keeps in sight, more if more are wanted.
  size_t search_pool = 96;
  friend bool operator==(const VectorIndexOptions&, const VectorIndexOptions&) = default;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_VECTOR_INDEX_OPTIONS_H_
