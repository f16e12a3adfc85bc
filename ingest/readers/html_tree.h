#ifndef FOOTNOTE_INGEST_READERS_HTML_TREE_H_
#define FOOTNOTE_INGEST_READERS_HTML_TREE_H_

#include <gumbo.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace footnote::ingest {

// A parsed HTML document. Owns its nodes and the source that they point into.
// Its nodes stand in an arena: freeing them one by one, as the parser does by
// itself, recurses as deep as the document is nested.
class HtmlTree {
 public:
  // `html` is valid UTF-8. Errors: InvalidArgument (nested too deeply, too many
  // attributes, or the tree is out of all proportion to its source).
  static absl::StatusOr<std::unique_ptr<const HtmlTree>> Parse(std::string html);
  ~HtmlTree();
  HtmlTree(const HtmlTree&) = delete;
  HtmlTree& operator=(const HtmlTree&) = delete;

  const GumboNode* root() const { return root_; }

 private:
  class Arena;
  explicit HtmlTree(std::string html);

  std::string html_;
  std::unique_ptr<Arena> arena_;
  const GumboNode* root_ = nullptr;
};

// The attribute's value, or nullptr if there is no such attribute.
const char* Attribute(const GumboElement& element, const char* name);

// Walks a subtree in document order without recursion. Calls visitor->Enter(node)
// for each node, which returns whether to go into it, and visitor->Leave(node)
// for each node that was gone into.
template <typename Visitor>
void WalkHtml(const GumboNode* root, Visitor* visitor) {
  const auto children = [](const GumboNode* node) -> const GumboVector* {
    if (node->type == GUMBO_NODE_DOCUMENT) return &node->v.document.children;
    if (node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE) {
      return &node->v.element.children;
    }
    return nullptr;
  };
  const GumboNode* node = root;
  for (;;) {
    bool entered = visitor->Enter(node);
    if (entered) {
      const GumboVector* below = children(node);
      if (below != nullptr && below->length > 0) {
        node = static_cast<const GumboNode*>(below->data[0]);
        continue;
      }
    }
    for (;;) {
      if (entered) visitor->Leave(node);
      if (node == root) return;
      const GumboNode* parent = node->parent;
      const GumboVector* siblings = children(parent);
      const size_t next = node->index_within_parent + 1;
      if (next < siblings->length) {
        node = static_cast<const GumboNode*>(siblings->data[next]);
        break;
      }
      node = parent;
      entered = true;
    }
  }
}

}  // namespace footnote::ingest

#endif  // FOOTNOTE_INGEST_READERS_HTML_TREE_H_
