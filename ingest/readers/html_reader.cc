#include "ingest/readers/html_reader.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "ingest/readers/content_builder.h"
#include "ingest/readers/decode.h"
#include "ingest/readers/html_blocks.h"
#include "ingest/readers/html_table.h"
#include "ingest/readers/html_tree.h"
#include "ingest/readers/html_visible.h"
#include "kernels/base/status_macros.h"

namespace footnote::ingest {
namespace {

using retrieval::BlockKind;

int HeadingLevel(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_H1:
      return 1;
    case GUMBO_TAG_H2:
      return 2;
    case GUMBO_TAG_H3:
      return 3;
    case GUMBO_TAG_H4:
      return 4;
    case GUMBO_TAG_H5:
      return 5;
    case GUMBO_TAG_H6:
      return 6;
    default:
      return 0;
  }
}

// An ordered list's number as it is shown.
std::string ItemNumber(int number, char style) {
  if ((style == 'a' || style == 'A') && number >= 1 && number <= 26) {
    return absl::StrCat(std::string(1, static_cast<char>(style + number - 1)), ". ");
  }
  return absl::StrCat(number, ". ");
}

struct List {
  bool ordered = false;
  int next = 1;
  char style = '1';
};

// Turns nodes into blocks.
class BlockVisitor {
 public:
  explicit BlockVisitor(ContentBuilder* builder) : builder_(*builder) {}

  bool Enter(const GumboNode* node) {
    switch (node->type) {
      case GUMBO_NODE_TEXT:
      case GUMBO_NODE_CDATA:
      case GUMBO_NODE_WHITESPACE:
        Text(node->v.text.text);
        return false;
      case GUMBO_NODE_ELEMENT:
        return EnterElement(node);
      case GUMBO_NODE_DOCUMENT:
        return true;
      default:
        return false;
    }
  }

  void Leave(const GumboNode* node);

  const std::string& title() const { return title_; }

 private:
  bool EnterElement(const GumboNode* node);
  void EnterBlock(const GumboElement& element);
  bool EnterTable(const GumboNode* node);
  void Text(absl::string_view text);
  // What a text that stands in no block yet is.
  void BeginImpliedBlock();
  // A heading or a caption: one block, whatever stands in it.
  void BeginWhole(const GumboNode* node, BlockKind kind, int level);
  bool IsCaption(const GumboElement& element) const;

  ContentBuilder& builder_;
  std::string title_;
  const GumboNode* whole_ = nullptr;  // the heading or caption that is open
  const GumboNode* sup_ = nullptr;
  int pre_ = 0;
  int boxes_ = 0;  // notes, quotations, figures: headings in them are captions
  int navigation_ = 0;
  std::vector<List> lists_;
  std::vector<int> outer_terms_;  // of the definitions that are open
  int last_term_ = -1;
  bool item_begins_ = false;  // the next block is the first of a list item
  std::string item_prefix_;
};

bool IsBox(const GumboElement& element) {
  switch (element.tag) {
    case GUMBO_TAG_BLOCKQUOTE:
    case GUMBO_TAG_FIGURE:
    case GUMBO_TAG_FIELDSET:
    case GUMBO_TAG_DETAILS:
      return true;
    default:
      return HasClass(element, {"note", "tip", "important", "caution", "warning", "admonition",
                                "admonitionblock", "sidebar"});
  }
}

bool IsListOfLinks(const GumboElement& element) {
  return HasClass(element, {"toc", "table-of-contents", "contents", "lot", "list-of-tables",
                            "list-of-figures", "list-of-examples"});
}

bool BlockVisitor::IsCaption(const GumboElement& element) const {
  switch (element.tag) {
    case GUMBO_TAG_DT:
    case GUMBO_TAG_CAPTION:
    case GUMBO_TAG_FIGCAPTION:
    case GUMBO_TAG_LEGEND:
    case GUMBO_TAG_SUMMARY:
      return true;
    case GUMBO_TAG_P:
      return HasClass(element, {"title", "caption", "admonition-title"});
    default:
      return boxes_ > 0 && HeadingLevel(element.tag) > 0;
  }
}

void BlockVisitor::BeginWhole(const GumboNode* node, BlockKind kind, int level) {
  builder_.Begin(kind, level);
  whole_ = node;
  item_begins_ = false;
  item_prefix_.clear();
}

bool BlockVisitor::EnterElement(const GumboNode* node) {
  const GumboElement& element = node->v.element;
  if (element.tag == GUMBO_TAG_HEAD) return true;
  if (element.tag == GUMBO_TAG_TITLE) {
    if (title_.empty() && element.tag_namespace == GUMBO_NAMESPACE_HTML &&
        element.children.length > 0) {
      const auto* child = static_cast<const GumboNode*>(element.children.data[0]);
      if (child->type == GUMBO_NODE_TEXT) title_ = CollapseWhiteSpace(child->v.text.text);
    }
    return false;
  }
  if (!IsContent(node)) return false;
  const bool block = IsBlockElement(element.tag);
  if (block && whole_ == nullptr) builder_.End();
  const char* id = Attribute(element, "id");
  if (id == nullptr && element.tag == GUMBO_TAG_A) id = Attribute(element, "name");
  if (id != nullptr) builder_.Anchor(id);
  if (element.tag == GUMBO_TAG_BR) {
    if (pre_ > 0 && builder_.open()) {
      builder_.Verbatim("\n");
    } else if (builder_.open()) {
      builder_.LineBreak();
    }
    return false;
  }
  if (element.tag == GUMBO_TAG_SUP) sup_ = node;
  if (!block) return true;
  if (whole_ != nullptr) {
    builder_.LineBreak();
    return true;
  }
  if (element.tag == GUMBO_TAG_TABLE && !EnterTable(node)) return false;
  if (IsCaption(element)) {
    BeginWhole(node, BlockKind::kCaption, 0);
  } else if (const int level = HeadingLevel(element.tag); level > 0) {
    BeginWhole(node, BlockKind::kHeading, level);
  } else {
    EnterBlock(element);
  }
  return true;
}

void BlockVisitor::EnterBlock(const GumboElement& element) {
  boxes_ += IsBox(element);
  if (IsListOfLinks(element)) builder_.SetNavigation(++navigation_ > 0);
  switch (element.tag) {
    case GUMBO_TAG_PRE:
    case GUMBO_TAG_LISTING:
    case GUMBO_TAG_XMP:
    case GUMBO_TAG_PLAINTEXT:
      ++pre_;
      break;
    case GUMBO_TAG_OL: {
      List list{true, 1, '1'};
      const char* start = Attribute(element, "start");
      if (start != nullptr && !absl::SimpleAtoi(start, &list.next)) list.next = 1;
      const char* type = Attribute(element, "type");
      if (type != nullptr && *type != '\0') list.style = *type;
      lists_.push_back(list);
      break;
    }
    case GUMBO_TAG_UL:
    case GUMBO_TAG_MENU:
    case GUMBO_TAG_DIR:
    case GUMBO_TAG_DL:
      lists_.push_back({});
      break;
    case GUMBO_TAG_LI:
      item_begins_ = true;
      item_prefix_.clear();
      if (!lists_.empty() && lists_.back().ordered) {
        item_prefix_ = ItemNumber(lists_.back().next, lists_.back().style);
        if (lists_.back().next < INT32_MAX) ++lists_.back().next;
      }
      break;
    case GUMBO_TAG_DD:
      item_begins_ = true;
      item_prefix_.clear();
      outer_terms_.push_back(builder_.term());
      builder_.SetTerm(last_term_);
      break;
    default:
      break;
  }
}

bool BlockVisitor::EnterTable(const GumboNode* node) {
  TableText table;
  if (!ReadDataTable(node, &table)) return true;
  if (!table.caption.empty()) {
    builder_.Begin(BlockKind::kCaption);
    builder_.Text(table.caption);
  }
  if (table.lines.empty()) return false;
  builder_.Begin(BlockKind::kTable);
  builder_.Anchor(table.anchor);
  for (size_t i = 0; i < table.lines.size(); ++i) {
    if (i > 0) builder_.Verbatim("\n");
    builder_.Verbatim(table.lines[i]);
    if (static_cast<int>(i) + 1 == table.header_lines) builder_.MarkHeaderEnd();
  }
  builder_.End();
  item_begins_ = false;
  return false;
}

void BlockVisitor::Leave(const GumboNode* node) {
  if (node->type != GUMBO_NODE_ELEMENT) return;
  const GumboElement& element = node->v.element;
  if (node == sup_) sup_ = nullptr;
  if (!IsBlockElement(element.tag)) return;
  if (whole_ != nullptr) {
    if (whole_ != node) {
      builder_.LineBreak();
      return;
    }
    whole_ = nullptr;
    const int before = builder_.blocks();
    builder_.End();
    if (element.tag == GUMBO_TAG_DT) last_term_ = builder_.blocks() > before ? before : -1;
    return;
  }
  builder_.End();
  boxes_ -= IsBox(element);
  if (IsListOfLinks(element)) builder_.SetNavigation(--navigation_ > 0);
  switch (element.tag) {
    case GUMBO_TAG_PRE:
    case GUMBO_TAG_LISTING:
    case GUMBO_TAG_XMP:
    case GUMBO_TAG_PLAINTEXT:
      --pre_;
      break;
    case GUMBO_TAG_OL:
    case GUMBO_TAG_UL:
    case GUMBO_TAG_MENU:
    case GUMBO_TAG_DIR:
    case GUMBO_TAG_DL:
      lists_.pop_back();
      break;
    case GUMBO_TAG_LI:
      item_begins_ = false;
      break;
    case GUMBO_TAG_DD:
      item_begins_ = false;
      builder_.SetTerm(outer_terms_.back());
      last_term_ = -1;
      outer_terms_.pop_back();
      break;
    default:
      break;
  }
}

void BlockVisitor::BeginImpliedBlock() {
  if (pre_ > 0) {
    builder_.Begin(BlockKind::kCode);
  } else if (item_begins_) {
    builder_.Begin(BlockKind::kListItem, std::min<int>(std::max<size_t>(lists_.size(), 1), 255));
    if (!item_prefix_.empty()) {
      builder_.Text(item_prefix_);
    }
  } else {
    builder_.Begin(BlockKind::kParagraph);
  }
  item_begins_ = false;
  item_prefix_.clear();
}

void BlockVisitor::Text(absl::string_view text) {
  if (!builder_.open()) {
    if (absl::StripAsciiWhitespace(text).empty() && pre_ == 0) return;
    BeginImpliedBlock();
  }
  if (pre_ > 0 && whole_ == nullptr) {
    builder_.Verbatim(text);
  } else if (sup_ != nullptr) {
    builder_.Text(Superscript(text));
  } else {
    builder_.Text(text);
  }
}

}  // namespace

absl::StatusOr<std::string> AppendHtmlBlocks(std::string html, ContentBuilder* builder) {
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<const HtmlTree> tree, HtmlTree::Parse(std::move(html)));
  BlockVisitor visitor(builder);
  WalkHtml(tree->root(), &visitor);
  builder->End();
  return visitor.title();
}

absl::StatusOr<Content> ReadHtml(absl::string_view bytes) {
  FN_ASSIGN_OR_RETURN(DecodedText decoded, DecodeText(bytes, DeclaredHtmlCharset(bytes)));
  ContentBuilder builder;
  builder.content().metadata = std::move(decoded.metadata);
  FN_ASSIGN_OR_RETURN(std::string title, AppendHtmlBlocks(std::move(decoded.text), &builder));
  Content content = std::move(builder).Finish();
  content.title = std::move(title);
  if (!content.title.empty()) return content;
  for (const retrieval::Block& block : content.blocks) {
    if (block.kind != BlockKind::kHeading) continue;
    content.title = CollapseWhiteSpace(
        absl::string_view(content.text).substr(block.begin, block.end - block.begin));
    break;
  }
  return content;
}

}  // namespace footnote::ingest
