#include "retrieval/files/vector_segment_file.h"

#include <limits>
#include <new>
#include <utility>

#include "kernels/base/status_macros.h"

namespace footnote::retrieval {
namespace {

// Persistent: never reuse or change one.
enum VectorSection : uint32_t {
  kShapeSection = 1,
  kDocumentsSection = 2,
  kCodesSection = 3,
  kScalesSection = 4,
  kErrorsSection = 5,
  kLowestLinksSection = 6,
  kUpperRowsSection = 7,
  kUpperLinksSection = 8,
  kCopiesSection = 9,
};

struct Shape {
  uint32_t dim = 0;
  uint32_t stride = 0;  // bytes from one row's codes to the next one's
  double longest = 0;
  uint32_t links = 0;  // 0: there is no graph, and the rest is 0
  uint32_t construction_pool = 0;
  uint64_t seed = 0;
  uint32_t entry = 0;
  uint32_t zero = 0;
};
static_assert(sizeof(Shape) == 40);

// More neighbours than any graph that is worth building.
constexpr uint32_t kMaxLinks = 1 << 10;

template <typename T>
SegmentSection SectionOf(uint32_t id, absl::Span<const T> values) {
  return {id, values.data(), values.size() * sizeof(T)};
}

absl::StatusOr<HnswLinks> ReadLinks(const SegmentFile& file, const Shape& shape, size_t rows) {
  FN_ASSIGN_OR_RETURN(const auto upper, file.ReadArray<HnswLinks::RowLevel>(kUpperRowsSection));
  uint64_t previous = 0, upper_links = 0;
  for (const HnswLinks::RowLevel& r : upper) {
    if (r.row >= rows || r.level < 1 || r.level > HnswLinks::kMaxLevel ||
        (upper_links > 0 && r.row <= previous)) {
      return file.Damaged("the levels of its graph");
    }
    previous = r.row;
    upper_links += uint64_t{r.level} * shape.links;
  }
  // Compared with what is there before there is room made for it.
  if (file.Size(kUpperLinksSection) != upper_links * sizeof(uint32_t) ||
      file.Size(kLowestLinksSection) != rows * 2 * shape.links * sizeof(uint32_t)) {
    return file.Damaged("the sizes of its graph");
  }
  HnswLinks links(rows, static_cast<int>(shape.links), upper);
  FN_RETURN_IF_ERROR(file.Read(kLowestLinksSection, links.AllLowest().data(),
                               links.AllLowest().size() * sizeof(uint32_t)));
  FN_RETURN_IF_ERROR(file.Read(kUpperLinksSection, links.AllUpper().data(),
                               links.AllUpper().size() * sizeof(uint32_t)));
  return links;
}

absl::StatusOr<std::shared_ptr<const HnswGraph>> ReadGraph(const SegmentFile& file,
                                                           const Shape& shape,
                                                           std::shared_ptr<const RowCodes> codes) {
  FN_ASSIGN_OR_RETURN(HnswLinks links, ReadLinks(file, shape, codes->rows()));
  FN_ASSIGN_OR_RETURN(const std::vector<uint32_t> copies, file.ReadArray<uint32_t>(kCopiesSection));
  if (copies.size() % 2 != 0) return file.Damaged("the copies of its graph");
  HnswGraph::Parts parts = {std::move(links), shape.entry, {}};
  for (size_t i = 0; i < copies.size(); i += 2) {
    parts.copies.emplace_back(copies[i], copies[i + 1]);
  }
  auto graph = HnswGraph::FromParts(std::move(codes), std::move(parts));
  if (!graph.ok()) return file.Damaged(std::string(graph.status().message()));
  return std::shared_ptr<const HnswGraph>(*std::move(graph));
}

absl::StatusOr<std::shared_ptr<const RowCodes>> ReadCodes(const SegmentFile& file,
                                                          const Shape& shape, size_t rows) {
  RowCodes::Parts parts;
  parts.longest = shape.longest;
  parts.codes = kernels::Pages(rows * shape.stride);
  if (parts.codes.data() == nullptr) throw std::bad_alloc();
  FN_RETURN_IF_ERROR(file.Read(kCodesSection, parts.codes.data(), parts.codes.size()));
  FN_ASSIGN_OR_RETURN(parts.scales, file.ReadArray<float>(kScalesSection));
  FN_ASSIGN_OR_RETURN(parts.errors, file.ReadArray<float>(kErrorsSection));
  auto codes = RowCodes::FromParts(static_cast<int>(shape.dim), std::move(parts));
  if (!codes.ok()) return file.Damaged(std::string(codes.status().message()));
  return codes;
}

absl::StatusOr<Shape> ReadShape(const SegmentFile& file) {
  Shape shape;
  FN_RETURN_IF_ERROR(file.Read(kShapeSection, &shape, sizeof(shape)));
  return shape;
}

}  // namespace

absl::StatusOr<FileStamp> WriteVectorSegment(const std::string& path, const VectorSegment& segment,
                                             const HnswOptions& graph,
                                             absl::Span<const CoveredDocument> documents,
                                             uint64_t sequence, bool sync,
                                             const std::atomic<bool>& stop) {
  const RowCodes& codes = *segment.codes;
  Shape shape;
  shape.dim = static_cast<uint32_t>(codes.dim());
  shape.stride = static_cast<uint32_t>(codes.stride());
  shape.longest = codes.longest();
  const size_t rows = codes.rows();
  std::vector<SegmentSection> sections = {{kShapeSection, &shape, sizeof(shape)},
                                          SectionOf(kDocumentsSection, documents),
                                          {kCodesSection, codes.data(), rows * codes.stride()},
                                          {kScalesSection, codes.scales(), rows * sizeof(float)},
                                          SectionOf<float>(kErrorsSection, codes.errors())};
  std::vector<HnswLinks::RowLevel> upper;
  std::vector<uint32_t> copies;
  if (segment.graph != nullptr) {
    const HnswLinks& links = segment.graph->links();
    shape.links = static_cast<uint32_t>(links.links());
    shape.construction_pool = static_cast<uint32_t>(graph.construction_pool);
    shape.seed = graph.seed;
    shape.entry = segment.graph->entry();
    upper = links.UpperRows();
    for (const auto& [row, copy] : segment.graph->Copies()) {
      copies.push_back(row);
      copies.push_back(copy);
    }
    sections.push_back(SectionOf(kLowestLinksSection, links.AllLowest()));
    sections.push_back(SectionOf<HnswLinks::RowLevel>(kUpperRowsSection, upper));
    sections.push_back(SectionOf<uint32_t>(kUpperLinksSection, links.AllUpper()));
    sections.push_back(SectionOf<uint32_t>(kCopiesSection, copies));
  }
  return WriteSegmentFile(path, {SegmentKind::kVectors, rows, sequence}, sections, sync, stop);
}

absl::StatusOr<std::vector<CoveredDocument>> ReadCoveredDocuments(const SegmentFile& file,
                                                                  int dim) {
  if (file.info().kind != SegmentKind::kVectors) return file.Damaged("it is of another kind");
  FN_ASSIGN_OR_RETURN(const Shape shape, ReadShape(file));
  const uint64_t rows = file.info().rows;
  const size_t stride = RowCodes::StrideOf(dim);
  if (dim < 1 || shape.dim != static_cast<uint32_t>(dim) || shape.stride != stride ||
      shape.links == 1 || shape.links > kMaxLinks) {
    return file.Damaged("it is of other vectors");
  }
  // Rows are believed once their codes are known to be there.
  if (rows == 0 || rows > std::numeric_limits<uint32_t>::max() / 2 ||
      file.Size(kCodesSection) != rows * stride) {
    return file.Damaged("its count of rows");
  }
  FN_ASSIGN_OR_RETURN(std::vector<CoveredDocument> documents,
                      file.ReadArray<CoveredDocument>(kDocumentsSection));
  if (!IsSound(documents, rows)) return file.Damaged("its list of documents");
  return documents;
}

absl::StatusOr<std::shared_ptr<const VectorSegment>> ReadVectorSegment(const SegmentFile& file,
                                                                       int dim, size_t first,
                                                                       const HnswOptions& graph) {
  FN_ASSIGN_OR_RETURN(const Shape shape, ReadShape(file));
  if (shape.dim != static_cast<uint32_t>(dim)) return file.Damaged("it is of other vectors");
  auto segment = std::make_shared<VectorSegment>();
  segment->first = first;
  FN_ASSIGN_OR_RETURN(segment->codes, ReadCodes(file, shape, file.info().rows));
  if (shape.links == static_cast<uint32_t>(graph.links) && graph.seed == shape.seed &&
      shape.construction_pool == static_cast<uint32_t>(graph.construction_pool)) {
    FN_ASSIGN_OR_RETURN(segment->graph, ReadGraph(file, shape, segment->codes));
  }
  return std::shared_ptr<const VectorSegment>(std::move(segment));
}

}  // namespace footnote::retrieval
