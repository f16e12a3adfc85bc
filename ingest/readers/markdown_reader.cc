#include "ingest/readers/markdown_reader.h"

#include <md4c.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "ingest/readers/content_builder.h"
#include "ingest/readers/decode.h"
#include "ingest/readers/html_blocks.h"
#include "kernels/base/status_macros.h"

namespace footnote::ingest {
namespace {

using retrieval::BlockKind;

constexpr int kMaxDepth = 200;
constexpr size_t kMaxBytes = 1u << 31;  // the parser's sizes have 32 bits

// They all stand in the table's own block.
bool IsTablePart(MD_BLOCKTYPE type) {
  return type == MD_BLOCK_THEAD || type == MD_BLOCK_TBODY || type == MD_BLOCK_TR ||
         type == MD_BLOCK_TH || type == MD_BLOCK_TD;
}

// Turns the parser's events into blocks.
class Renderer {
 public:
  explicit Renderer(ContentBuilder* builder) : builder_(*builder) {}

  // Each returns 0 to go on; status() says why it didn't.
  int EnterBlock(MD_BLOCKTYPE type, void* detail);
  int LeaveBlock(MD_BLOCKTYPE type, void* detail);
  int EnterSpan(MD_SPANTYPE type);
  int LeaveSpan(MD_SPANTYPE type);
  int Text(MD_TEXTTYPE type, absl::string_view text);

  const absl::Status& status() const { return status_; }

 private:
  void BeginImpliedBlock();
  void Inline(absl::string_view text);
  void Entity(absl::string_view entity);

  ContentBuilder& builder_;
  absl::Status status_;
  int depth_ = 0;
  int images_ = 0;
  std::vector<int> lists_;  // the next number; -1 in a list without numbers
  bool item_begins_ = false;
  std::string item_prefix_;
  bool in_html_ = false, in_code_ = false, in_cell_ = false;
  std::string html_;
  std::string cell_;
  InlineText cell_inline_{&cell_};
  std::vector<std::string> row_;
  std::vector<std::string> rows_;
};

void Renderer::BeginImpliedBlock() {
  if (item_begins_) {
    builder_.Begin(BlockKind::kListItem, std::min<int>(std::max<size_t>(lists_.size(), 1), 255));
    if (!item_prefix_.empty()) builder_.Text(item_prefix_);
  } else {
    builder_.Begin(BlockKind::kParagraph);
  }
  item_begins_ = false;
  item_prefix_.clear();
}

int Renderer::EnterBlock(MD_BLOCKTYPE type, void* detail) {
  if (++depth_ > kMaxDepth) {
    status_ = absl::InvalidArgumentError(
        absl::StrCat("the Markdown is nested more than ", kMaxDepth, " blocks deep"));
    return 1;
  }
  if (!IsTablePart(type)) builder_.End();
  switch (type) {
    case MD_BLOCK_UL:
      lists_.push_back(-1);
      break;
    case MD_BLOCK_OL:
      lists_.push_back(
          static_cast<int>(std::min(static_cast<MD_BLOCK_OL_DETAIL*>(detail)->start, 1000000000u)));
      break;
    case MD_BLOCK_LI:
      item_begins_ = true;
      item_prefix_.clear();
      if (!lists_.empty() && lists_.back() >= 0) {
        item_prefix_ = absl::StrCat(lists_.back()++, ". ");
      }
      break;
    case MD_BLOCK_H:
      builder_.Begin(BlockKind::kHeading, static_cast<MD_BLOCK_H_DETAIL*>(detail)->level);
      break;
    case MD_BLOCK_CODE:
      builder_.Begin(BlockKind::kCode);
      in_code_ = true;
      break;
    case MD_BLOCK_HTML:
      in_html_ = true;
      break;
    case MD_BLOCK_TABLE:
      builder_.Begin(BlockKind::kTable);
      rows_.clear();
      break;
    case MD_BLOCK_TR:
      row_.clear();
      break;
    case MD_BLOCK_TH:
    case MD_BLOCK_TD:
      in_cell_ = true;
      break;
    default:
      break;
  }
  return 0;
}

int Renderer::LeaveBlock(MD_BLOCKTYPE type, void*) {
  --depth_;
  switch (type) {
    case MD_BLOCK_UL:
    case MD_BLOCK_OL:
      lists_.pop_back();
      break;
    case MD_BLOCK_LI:
      item_begins_ = false;
      break;
    case MD_BLOCK_CODE:
      in_code_ = false;
      break;
    case MD_BLOCK_HTML: {
      in_html_ = false;
      status_ = AppendHtmlBlocks(std::exchange(html_, ""), &builder_).status();
      if (!status_.ok()) return 1;
      break;
    }
    case MD_BLOCK_TH:
    case MD_BLOCK_TD:
      in_cell_ = false;
      row_.push_back(std::exchange(cell_, ""));
      cell_inline_ = InlineText(&cell_);
      break;
    case MD_BLOCK_TR:
      while (!row_.empty() && row_.back().empty()) row_.pop_back();
      if (!rows_.empty()) builder_.Verbatim("\n");
      rows_.push_back("");
      builder_.Verbatim(absl::StrJoin(row_, " | "));
      break;
    case MD_BLOCK_THEAD:
      builder_.MarkHeaderEnd();
      break;
    default:
      break;
  }
  if (!IsTablePart(type)) builder_.End();
  return 0;
}

int Renderer::EnterSpan(MD_SPANTYPE type) {
  images_ += type == MD_SPAN_IMG;
  return 0;
}

int Renderer::LeaveSpan(MD_SPANTYPE type) {
  images_ -= type == MD_SPAN_IMG;
  return 0;
}

void Renderer::Inline(absl::string_view text) {
  if (in_cell_) {
    cell_inline_.Append(text);
    return;
  }
  if (!builder_.open()) {
    if (absl::StripAsciiWhitespace(text).empty()) return;
    BeginImpliedBlock();
  }
  if (in_code_) {
    builder_.Verbatim(text);
  } else {
    builder_.Text(text);
  }
}

// HTML's entities are HTML's matter: its parser decodes them.
void Renderer::Entity(absl::string_view entity) {
  ContentBuilder decoded;
  const auto title = AppendHtmlBlocks(absl::StrCat("<p>_", entity, "_"), &decoded);
  const std::string text = std::move(decoded).Finish().text;
  if (title.ok() && text.size() >= 2) {
    Inline(absl::string_view(text).substr(1, text.size() - 2));
  } else {
    Inline(entity);
  }
}

int Renderer::Text(MD_TEXTTYPE type, absl::string_view text) {
  if (images_ > 0) return 0;
  if (in_html_) {
    html_.append(text.data(), text.size());
    return 0;
  }
  switch (type) {
    case MD_TEXT_NULLCHAR:
      break;
    case MD_TEXT_BR:
      if (in_cell_) {
        cell_inline_.Space();
      } else if (builder_.open()) {
        builder_.LineBreak();
      }
      break;
    case MD_TEXT_SOFTBR:
      Inline(" ");
      break;
    case MD_TEXT_HTML:  // inline tags; what stands between them is normal text
      if (absl::StartsWithIgnoreCase(text, "<br")) return Text(MD_TEXT_BR, "");
      break;
    case MD_TEXT_ENTITY:
      Entity(text);
      break;
    default:
      Inline(text);
      break;
  }
  return 0;
}

// Takes a YAML front matter off the front of `*text` and returns its title.
std::string TakeFrontMatter(absl::string_view* text) {
  absl::string_view rest = *text;
  if (!absl::ConsumePrefix(&rest, "---\n") && !absl::ConsumePrefix(&rest, "---\r\n")) return "";
  std::string title;
  for (int lines = 0; lines < 1000 && !rest.empty(); ++lines) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    absl::string_view line = absl::StripTrailingAsciiWhitespace(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line == "---" || line == "...") {
      *text = rest;
      return title;
    }
    // A rule and a paragraph rather than front matter.
    if (lines == 0 && !absl::StrContains(line, ':')) return "";
    if (absl::ConsumePrefix(&line, "title:")) {
      line = absl::StripAsciiWhitespace(line);
      if (line.size() >= 2 && (line[0] == '"' || line[0] == '\'') && line.back() == line[0]) {
        line = line.substr(1, line.size() - 2);
      }
      title = CollapseWhiteSpace(line);
    }
  }
  return "";
}

}  // namespace

absl::StatusOr<Content> ReadMarkdown(absl::string_view bytes) {
  FN_ASSIGN_OR_RETURN(DecodedText decoded, DecodeText(bytes, ""));
  if (decoded.text.size() >= kMaxBytes) {
    return absl::InvalidArgumentError("Markdown over 2 GiB can't be read; split it");
  }
  absl::string_view text = decoded.text;
  ContentBuilder builder;
  builder.content().metadata = std::move(decoded.metadata);
  std::string title = TakeFrontMatter(&text);

  MD_PARSER parser = {};
  parser.flags =
      MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS | MD_FLAG_PERMISSIVEAUTOLINKS;
  parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* self) {
    return static_cast<Renderer*>(self)->EnterBlock(type, detail);
  };
  parser.leave_block = [](MD_BLOCKTYPE type, void* detail, void* self) {
    return static_cast<Renderer*>(self)->LeaveBlock(type, detail);
  };
  parser.enter_span = [](MD_SPANTYPE type, void*, void* self) {
    return static_cast<Renderer*>(self)->EnterSpan(type);
  };
  parser.leave_span = [](MD_SPANTYPE type, void*, void* self) {
    return static_cast<Renderer*>(self)->LeaveSpan(type);
  };
  parser.text = [](MD_TEXTTYPE type, const MD_CHAR* data, MD_SIZE size, void* self) {
    return static_cast<Renderer*>(self)->Text(type, absl::string_view(data, size));
  };
  Renderer renderer(&builder);
  const int result = md_parse(text.data(), static_cast<MD_SIZE>(text.size()), &parser, &renderer);
  // The parser doesn't always pass on what a callback returned.
  if (!renderer.status().ok()) return renderer.status();
  if (result != 0) return absl::ResourceExhaustedError("the Markdown parser ran out of memory");
  Content content = std::move(builder).Finish();
  content.title = std::move(title);
  if (content.title.empty() && !content.blocks.empty() &&
      content.blocks[0].kind == BlockKind::kHeading) {
    content.title = content.text.substr(content.blocks[0].begin,
                                        content.blocks[0].end - content.blocks[0].begin);
  }
  return content;
}

}  // namespace footnote::ingest
