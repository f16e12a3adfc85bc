#include "ingest/readers/html_tree.h"

#include <algorithm>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ingest/readers/html_limits.h"
#include "kernels/base/status_macros.h"

namespace footnote::ingest {
namespace {

constexpr size_t kSlabBytes = 256 << 10;
// A tree takes about 10 to 20 bytes per byte of source. Formatting elements that
// are never closed are repeated in every paragraph that follows, which
// multiplies; this ends it.
constexpr size_t kArenaBytesPerByte = 64;
constexpr size_t kArenaBytesAtLeast = 64 << 20;

}  // namespace

// Hands out memory and takes none back before it is destroyed. The parser can't
// be told that memory has run out, so the arena leaves it by a long jump; the
// parser is C and keeps everything in the arena, so nothing is lost.
class HtmlTree::Arena {
 public:
  explicit Arena(size_t limit) : limit_(limit) {}

  static void* Allocate(void* self, size_t size) { return static_cast<Arena*>(self)->Get(size); }
  static void Deallocate(void*, void*) {}

  std::jmp_buf& exhausted() { return exhausted_; }

 private:
  void* Get(size_t size) {
    constexpr size_t kAlign = alignof(std::max_align_t);
    if (size > limit_) std::longjmp(exhausted_, 1);
    size = (size + kAlign - 1) / kAlign * kAlign;
    if (size > left_) {
      const size_t slab = size > kSlabBytes / 4 ? size : kSlabBytes;
      if (used_ + slab > limit_) std::longjmp(exhausted_, 1);
      used_ += slab;
      slabs_.push_back(
          std::make_unique_for_overwrite<std::max_align_t[]>(slab / sizeof(std::max_align_t) + 1));
      if (slab == size) return slabs_.back().get();
      next_ = reinterpret_cast<char*>(slabs_.back().get());
      left_ = slab;
    }
    char* const result = next_;
    next_ += size;
    left_ -= size;
    return result;
  }

  const size_t limit_;
  size_t used_ = 0;
  std::vector<std::unique_ptr<std::max_align_t[]>> slabs_;
  char* next_ = nullptr;
  size_t left_ = 0;
  std::jmp_buf exhausted_;
};

HtmlTree::HtmlTree(std::string html)
    : html_(std::move(html)),
      arena_(std::make_unique<Arena>(
          std::max(kArenaBytesAtLeast, html_.size() * kArenaBytesPerByte))) {}

HtmlTree::~HtmlTree() = default;

absl::StatusOr<std::unique_ptr<const HtmlTree>> HtmlTree::Parse(std::string html) {
  FN_RETURN_IF_ERROR(CheckHtmlLimits(html));
  std::unique_ptr<HtmlTree> tree(new HtmlTree(std::move(html)));
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = &Arena::Allocate;
  options.deallocator = &Arena::Deallocate;
  options.userdata = tree->arena_.get();
  options.max_errors = 0;
  if (setjmp(tree->arena_->exhausted()) != 0) {
    return absl::InvalidArgumentError(
        "the HTML repeats unclosed elements so often that its tree is out of all proportion to "
        "its size; close them (<b>, <i>, <font>, ...)");
  }
  const GumboOutput* output =
      gumbo_parse_with_options(&options, tree->html_.data(), tree->html_.size());
  tree->root_ = output->document;
  return tree;
}

const char* Attribute(const GumboElement& element, const char* name) {
  const GumboAttribute* attribute = gumbo_get_attribute(&element.attributes, name);
  return attribute == nullptr ? nullptr : attribute->value;
}

}  // namespace footnote::ingest
