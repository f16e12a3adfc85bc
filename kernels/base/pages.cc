#include "kernels/base/pages.h"

#include <sys/mman.h>

#include <algorithm>
#include <utility>

namespace footnote::kernels {
namespace {

constexpr size_t kLine = 64;
constexpr size_t kSmallPage = 4096;  // or a multiple of the system's
constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kArenaMapping = size_t{64} << 20;

size_t RoundUp(size_t v, size_t to) { return (v + to - 1) / to * to; }

}  // namespace

// Address space [start, start + size), unmapped on destruction.
struct Pages::Mapping {
  // null: the system refuses. Of at least a huge page: aligned to one.
  static std::shared_ptr<Mapping> Make(size_t bytes) {
    const size_t slack = bytes >= kHugePage ? kHugePage : 0;
    if (bytes > SIZE_MAX - slack) return nullptr;
    void* p =
        mmap(nullptr, bytes + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return nullptr;
    auto mapping = std::make_shared<Mapping>();
    mapping->mapped = p;
    mapping->mapped_bytes = bytes + slack;
    const size_t address = reinterpret_cast<size_t>(p);
    const size_t skipped = slack == 0 ? 0 : RoundUp(address, kHugePage) - address;
    mapping->start = static_cast<uint8_t*>(p) + skipped;
    mapping->size = bytes;
    // Advice: a system without huge pages gives small ones.
    if (slack != 0) (void)madvise(mapping->start, bytes, MADV_HUGEPAGE);
    return mapping;
  }
  ~Mapping() { munmap(mapped, mapped_bytes); }

  void* mapped = nullptr;
  size_t mapped_bytes = 0;
  uint8_t* start = nullptr;
  size_t size = 0;
};

Pages::Pages(size_t bytes) {
  if (bytes == 0) return;
  mapping_ = Mapping::Make(bytes);
  if (mapping_ == nullptr) return;
  data_ = mapping_->start;
  size_ = bytes;
}

Pages::Pages(std::shared_ptr<Mapping> mapping, uint8_t* data, size_t size)
    : mapping_(std::move(mapping)), data_(data), size_(size) {}

Pages::Pages(Pages&& other) noexcept
    : mapping_(std::move(other.mapping_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

Pages& Pages::operator=(Pages&& other) noexcept {
  std::swap(mapping_, other.mapping_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Pages::~Pages() {
  if (data_ == nullptr || mapping_.use_count() == 1) return;
  // Others lie in the mapping: give back the pages that hold nothing of theirs.
  const size_t address = reinterpret_cast<size_t>(data_);
  const size_t first = RoundUp(address, kSmallPage) - address;
  const size_t last = (address + size_) / kSmallPage * kSmallPage - address;
  if (address + first < address + last) (void)madvise(data_ + first, last - first, MADV_DONTNEED);
}

Pages PageArena::Allocate(size_t bytes) {
  if (bytes == 0 || bytes > SIZE_MAX - kHugePage) return Pages();
  const size_t size = RoundUp(bytes, kLine);
  std::lock_guard<std::mutex> lock(mu_);
  if (current_ == nullptr || current_->size - used_ < size) {
    auto mapping = Pages::Mapping::Make(std::max(kArenaMapping, RoundUp(size, kHugePage)));
    if (mapping == nullptr) return Pages(bytes);
    current_ = std::move(mapping);
    used_ = 0;
  }
  Pages pages(current_, current_->start + used_, bytes);
  used_ += size;
  return pages;
}

}  // namespace footnote::kernels
