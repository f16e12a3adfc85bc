#include "ingest/readers/html_table.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "ingest/readers/content_builder.h"
#include "ingest/readers/html_tree.h"
#include "ingest/readers/html_visible.h"

namespace footnote::ingest {
namespace {

// A longer cell that spans rows stands in its first row only, and so do all when
// what was repeated is out of proportion to the table's own text: no page can
// multiply its text.
constexpr size_t kLongestRepeatedCell = 100;
constexpr uint64_t kRepeatedBytesPerByte = 8;
constexpr uint64_t kRepeatedBytesAtLeast = 4096;

constexpr absl::string_view kBetweenCells = " | ";

struct Cell {
  std::vector<std::string> parts;  // the cell's blocks
  int rows = 1;
  bool header = false;
};

struct Row {
  std::vector<Cell> cells;
  bool in_head = false;
};

// Collects a table's rows.
class Collector {
 public:
  explicit Collector(TableText* text) : text_(text) {}

  bool Enter(const GumboNode* node) {
    if (layout_) return false;
    switch (node->type) {
      case GUMBO_NODE_TEXT:
      case GUMBO_NODE_CDATA:
      case GUMBO_NODE_WHITESPACE:
        Text(node->v.text.text);
        return false;
      case GUMBO_NODE_ELEMENT:
        return EnterElement(node);
      default:
        return false;
    }
  }

  void Leave(const GumboNode* node) {
    const GumboTag tag = node->v.element.tag;
    if (tag == GUMBO_TAG_THEAD) in_head_ = false;
    if (tag == GUMBO_TAG_CAPTION) in_caption_ = false;
    if (tag == GUMBO_TAG_TD || tag == GUMBO_TAG_TH) {
      EndPart();
      in_cell_ = false;
    }
    if (tag == GUMBO_TAG_SUP) sup_ = nullptr;
    if (IsBlockElement(tag)) EndBlock(tag);
  }

  bool layout() const { return layout_; }
  std::vector<Row>& rows() { return rows_; }
  const std::string& caption() const { return caption_; }

 private:
  bool EnterElement(const GumboNode* node) {
    if (!IsContent(node)) return false;
    const GumboElement& element = node->v.element;
    if (seen_table_ && text_->anchor.empty()) {
      if (const char* id = Attribute(element, "id"); id != nullptr) text_->anchor = id;
    }
    switch (element.tag) {
      case GUMBO_TAG_TABLE:
        if (seen_table_) layout_ = true;
        seen_table_ = true;
        break;
      case GUMBO_TAG_H1:
      case GUMBO_TAG_H2:
      case GUMBO_TAG_H3:
      case GUMBO_TAG_H4:
      case GUMBO_TAG_H5:
      case GUMBO_TAG_H6:
        layout_ = true;
        break;
      case GUMBO_TAG_CAPTION:
        in_caption_ = true;
        break;
      case GUMBO_TAG_THEAD:
        in_head_ = true;
        break;
      case GUMBO_TAG_TR:
        rows_.emplace_back();
        rows_.back().in_head = in_head_;
        break;
      case GUMBO_TAG_TD:
      case GUMBO_TAG_TH:
        BeginCell(element);
        break;
      case GUMBO_TAG_BR:
        Text(" ");
        break;
      case GUMBO_TAG_SUP:
        sup_ = node;
        break;
      default:
        if (IsBlockElement(element.tag)) EndBlock(element.tag);
        break;
    }
    return !layout_;
  }

  void BeginCell(const GumboElement& element) {
    if (rows_.empty()) rows_.emplace_back();
    Cell cell;
    cell.header = element.tag == GUMBO_TAG_TH;
    const char* rows = Attribute(element, "rowspan");
    if (rows != nullptr && (!absl::SimpleAtoi(rows, &cell.rows) || cell.rows < 1)) cell.rows = 1;
    rows_.back().cells.push_back(std::move(cell));
    in_cell_ = true;
  }

  void Text(absl::string_view text) {
    if (in_caption_) {
      caption_inline_.Append(text);
    } else if (in_cell_) {
      if (sup_ != nullptr) {
        part_inline_.Append(Superscript(text));
      } else {
        part_inline_.Append(text);
      }
    }
  }

  // Code in a cell goes on with what stands before it.
  void EndBlock(GumboTag tag) {
    if (tag == GUMBO_TAG_PRE) {
      part_inline_.Space();
    } else {
      EndPart();
    }
  }

  void EndPart() {
    if (in_cell_ && !part_.empty()) rows_.back().cells.back().parts.push_back(part_);
    part_.clear();
    part_inline_ = InlineText(&part_);
    if (in_caption_) caption_inline_.Space();
  }

  TableText* text_;
  std::vector<Row> rows_;
  std::string caption_, part_;
  InlineText caption_inline_{&caption_}, part_inline_{&part_};
  const GumboNode* sup_ = nullptr;
  bool seen_table_ = false, layout_ = false;
  bool in_caption_ = false, in_head_ = false, in_cell_ = false;
};

bool IsHeader(const Row& row) {
  return row.in_head || std::all_of(row.cells.begin(), row.cells.end(),
                                    [](const Cell& cell) { return cell.header; });
}

// A cell that goes on in the rows below.
struct Span {
  std::string text;
  uint64_t rows_left = 0;
};

}  // namespace

bool ReadDataTable(const GumboNode* table, TableText* text) {
  Collector collector(text);
  WalkHtml(table, &collector);
  if (collector.layout()) return false;
  std::vector<Row>& rows = collector.rows();
  rows.erase(std::remove_if(rows.begin(), rows.end(), [](const Row& r) { return r.cells.empty(); }),
             rows.end());
  if (rows.size() < 2) return false;
  size_t columns = 0;
  uint64_t own_bytes = 0;
  for (const Row& row : rows) {
    columns = std::max(columns, row.cells.size());
    for (const Cell& cell : row.cells) {
      for (const std::string& part : cell.parts) own_bytes += part.size();
    }
  }
  if (columns == 1 && !IsHeader(rows[0])) return false;

  const absl::string_view between_parts = columns == 1 ? kBetweenCells : " ";
  uint64_t repeatable = std::max(kRepeatedBytesAtLeast, kRepeatedBytesPerByte * own_bytes);
  std::vector<Span> spans;  // one per column
  size_t going_on = 0;      // spans with rows left
  bool in_header = true;
  for (size_t r = 0; r < rows.size(); ++r) {
    const Row& row = rows[r];
    std::vector<std::string> cells;
    size_t next = 0, from_above = going_on;
    for (size_t column = 0; next < row.cells.size() || from_above > 0; ++column) {
      if (column >= spans.size()) spans.emplace_back();
      Span& span = spans[column];
      if (span.rows_left > 0) {
        --from_above;
        going_on -= --span.rows_left == 0;
        cells.push_back(span.text);
        continue;
      }
      if (next == row.cells.size()) continue;
      const Cell& cell = row.cells[next++];
      std::string joined = absl::StrJoin(cell.parts, between_parts);
      const uint64_t repeats =
          std::min<uint64_t>(static_cast<uint64_t>(cell.rows) - 1, rows.size() - 1 - r);
      const uint64_t bytes = repeats * (joined.size() + kBetweenCells.size());
      if (repeats > 0 && joined.size() <= kLongestRepeatedCell && bytes <= repeatable) {
        repeatable -= bytes;
        span = {joined, repeats};
        ++going_on;
      }
      cells.push_back(std::move(joined));
    }
    while (!cells.empty() && cells.back().empty()) cells.pop_back();
    if (cells.empty()) continue;
    text->lines.push_back(absl::StrJoin(cells, kBetweenCells));
    in_header = in_header && IsHeader(row);
    if (in_header) ++text->header_lines;
  }
  text->caption = collector.caption();
  // A table of nothing but headers has rows like any other.
  if (text->header_lines == static_cast<int>(text->lines.size())) text->header_lines = 0;
  return true;
}

}  // namespace footnote::ingest
