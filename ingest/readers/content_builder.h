#ifndef FOOTNOTE_INGEST_READERS_CONTENT_BUILDER_H_
#define FOOTNOTE_INGEST_READERS_CONTENT_BUILDER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "ingest/content.h"

namespace footnote::ingest {

// Appends text as a browser shows it: runs of white space (no-break spaces
// too) become one space, none at either end of a line; zero-width characters,
// soft hyphens and control characters are left out.
class InlineText {
 public:
  // `out` must outlive this and is only appended to, from its end at this
  // moment on.
  explicit InlineText(std::string* out) : out_(out), begin_(out->size()) {}

  void Append(absl::string_view text);
  void Space() { space_ = true; }
  // Ends the line, unless nothing stands in it.
  void LineBreak();
  // Nothing has been appended but white space.
  bool empty() const { return out_->size() == begin_; }

 private:
  std::string* out_;
  size_t begin_;
  bool space_ = false;
  int line_breaks_ = 0;  // kept back until more text comes
};

// `text` through InlineText.
std::string CollapseWhiteSpace(absl::string_view text);

// Builds a Content block by block. Blocks that turn out empty leave no trace.
// Text must be valid UTF-8.
class ContentBuilder {
 public:
  using BlockKind = retrieval::BlockKind;

  ContentBuilder() : inline_(&content_.text) {}
  ContentBuilder(const ContentBuilder&) = delete;
  ContentBuilder& operator=(const ContentBuilder&) = delete;

  // Ends the open block, if any.
  void Begin(BlockKind kind, int level = 0);
  void End();
  bool open() const { return open_; }

  // Into the open block; there must be one.
  void Text(absl::string_view text) { inline_.Append(text); }
  void LineBreak() { inline_.LineBreak(); }
  // As it is, but for line ends and control characters. For code and for text
  // made by the reader.
  void Verbatim(absl::string_view text);
  // Of a table: the header rows are all that has been appended so far.
  void MarkHeaderEnd();

  // The first one since the last block belongs to the next block, or to the
  // open block if that has none.
  void Anchor(absl::string_view id);

  // Blocks that begin from now on describe this term (a block's index, -1:
  // none).
  void SetTerm(int block) { term_ = block; }
  int term() const { return term_; }
  // Blocks ended so far.
  int blocks() const { return static_cast<int>(content_.blocks.size()); }

  // Marks blocks that begin from now on as a list of links to other places.
  // Finish drops them if more other text than theirs was found.
  void SetNavigation(bool navigation) { navigation_ = navigation; }

  Content& content() { return content_; }
  Content Finish() &&;

 private:
  void DropNavigation();

  Content content_;
  InlineText inline_;
  std::vector<bool> is_navigation_;  // one per block
  retrieval::Block block_;
  BlockDetail detail_;
  bool open_ = false;
  bool block_navigation_ = false;
  std::string anchor_;  // for the next block
  int term_ = -1;
  bool navigation_ = false;
};

}  // namespace footnote::ingest

#endif  // FOOTNOTE_INGEST_READERS_CONTENT_BUILDER_H_
