#ifndef FOOTNOTE_KERNELS_BASE_PAGES_H_
#define FOOTNOTE_KERNELS_BASE_PAGES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

namespace footnote::kernels {

// Memory straight from the system, for weights: zero at first, aligned to a
// cache line. Pages that are never written occupy nothing. Movable, not copyable.
class Pages {
 public:
  Pages() = default;
  // A mapping of its own. data() is null if the system refuses, or for 0 bytes.
  explicit Pages(size_t bytes);
  ~Pages();
  Pages(Pages&& other) noexcept;
  Pages& operator=(Pages&& other) noexcept;

  uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  friend class PageArena;
  struct Mapping;
  Pages(std::shared_ptr<Mapping> mapping, uint8_t* data, size_t size);

  std::shared_ptr<Mapping> mapping_;
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

// Places Pages one after another in large mappings, so that nearly all of them
// lie in huge pages where the system has such: a product that reads megabytes in
// small pages waits for page tables (a quarter slower was measured at 5 MB). A
// mapping goes when the last Pages in it do; until then, released ones give
// their whole pages back. Thread-safe.
class PageArena {
 public:
  // data() is null if the system refuses, or for 0 bytes.
  Pages Allocate(size_t bytes);

 private:
  std::mutex mu_;
  std::shared_ptr<Pages::Mapping> current_;
  size_t used_ = 0;  // bytes of it
};

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_BASE_PAGES_H_
