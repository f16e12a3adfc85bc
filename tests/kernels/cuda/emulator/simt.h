#ifndef FOOTNOTE_TESTS_KERNELS_CUDA_EMULATOR_SIMT_H_
#define FOOTNOTE_TESTS_KERNELS_CUDA_EMULATOR_SIMT_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

struct uint3 {
  unsigned int x = 0, y = 0, z = 0;
};
struct dim3 {
  dim3(unsigned int x_ = 1, unsigned int y_ = 1, unsigned int z_ = 1) : x(x_), y(y_), z(z_) {}
  unsigned int x, y, z;
};

// Of the thread that runs now.
extern uint3 threadIdx;
extern uint3 blockIdx;
extern dim3 blockDim;
extern dim3 gridDim;

// The threads of one kernel as fibers of one CPU thread: blocks one after another,
// each thread until it waits for its warp or block. It ends the program, saying
// why, where a real device would hang or give anything: a barrier or a warp's
// operation that some threads don't reach, or reach at different operations.
//
// Order chooses which thread goes first between two waits: what the result
// depends on, if a barrier is missing.
namespace footnote::simt {

enum class Order { kForward, kReverse, kShuffled };
void SetOrder(Order order);

// Runs `thread` for each thread of each block. Dynamic shared memory is filled
// with NaNs at the start of each block.
void RunGrid(dim3 grid, dim3 block, size_t shared_bytes, const std::function<void()>& thread);

unsigned char* DynamicShared();
void WaitForBlock();
void CheckAllLanes(unsigned int mask);
inline unsigned int Lane() { return threadIdx.x % 32; }

inline constexpr size_t kMaxExchange = 32;
// Gives `bytes` of this lane to its warp and waits for the others' of the same
// operation. Returns the 32 lanes' values, kMaxExchange bytes apart, valid until
// this lane's next exchange but one.
const unsigned char* ExchangeBytes(const char* operation, const void* value, size_t bytes);

template <typename T>
struct Exchanged {
  const unsigned char* values;
  T of(unsigned int lane) const {
    T value;
    std::memcpy(&value, values + lane * kMaxExchange, sizeof(T));
    return value;
  }
};
template <typename T>
Exchanged<T> Exchange(const char* operation, const T& value) {
  static_assert(sizeof(T) <= kMaxExchange);
  return {ExchangeBytes(operation, &value, sizeof(T))};
}

}  // namespace footnote::simt

#endif  // FOOTNOTE_TESTS_KERNELS_CUDA_EMULATOR_SIMT_H_
