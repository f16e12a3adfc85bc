#ifndef FOOTNOTE_KERNELS_BASE_PAGES_H_
#define FOOTNOTE_KERNELS_BASE_PAGES_H_

#include <cstddef>
#include <cstdint>
#include <utility>

namespace footnote::kernels {

// Memory straight from the system, for weights: zero at first, page-aligned, in
// huge pages where the system has them (a product that reads a gigabyte would
// otherwise wait for page tables). Pages that are never written occupy nothing.
// Movable, not copyable.
class Pages {
 public:
  Pages() = default;
  // data() is null if the system refuses, or for 0 bytes.
  explicit Pages(size_t bytes);
  ~Pages();
  Pages(Pages&& other) noexcept { Swap(other); }
  Pages& operator=(Pages&& other) noexcept {
    Swap(other);
    return *this;
  }

  uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  void Swap(Pages& other) {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

  uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_BASE_PAGES_H_
