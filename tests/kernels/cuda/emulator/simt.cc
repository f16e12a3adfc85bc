#include "simt.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <vector>

uint3 threadIdx;
uint3 blockIdx;
dim3 blockDim;
dim3 gridDim;

// Saves the callee-saved registers on this stack, stores its top in *from, goes on with the stack
// `to`. x86-64, System V.
extern "C" void footnote_simt_switch(void** from, void* to);
asm(R"(
.text
.globl footnote_simt_switch
.type footnote_simt_switch, @function
footnote_simt_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size footnote_simt_switch, .-footnote_simt_switch
)");

#if defined(__SANITIZE_ADDRESS__)
extern "C" {
void __sanitizer_start_switch_fiber(void** fake_stack_save, const void* bottom, size_t size);
void __sanitizer_finish_switch_fiber(void* fake_stack_save, const void** bottom, size_t* size);
}
#endif

namespace footnote::simt {
namespace {

constexpr size_t kStackBytes = 128 << 10;
constexpr unsigned int kLanes = 32;

struct Warp {
  unsigned int arrived = 0;
  uint64_t generation = 0;
  const char* operation = nullptr;
  alignas(16) unsigned char values[2][kLanes * kMaxExchange];
};

struct Fiber {
  std::unique_ptr<unsigned char[]> stack{new unsigned char[kStackBytes]};
  void* top = nullptr;
  bool done = false;
  // It may go on when *waits_for differs from `seen`.
  const uint64_t* waits_for = nullptr;
  uint64_t seen = 0;
  void* fake_stack = nullptr;
};

struct Machine {
  std::vector<Fiber> fibers;
  std::vector<Warp> warps;
  std::vector<unsigned int> order;
  Order order_kind = Order::kForward;
  std::mt19937 random{1};
  unsigned int threads = 0;
  unsigned int exited = 0;
  unsigned int at_barrier = 0;
  uint64_t barrier_generation = 0;
  unsigned int current = 0;
  void* scheduler = nullptr;
  const void* scheduler_stack = nullptr;
  size_t scheduler_stack_size = 0;
  void* scheduler_fake_stack = nullptr;
  std::unique_ptr<unsigned char[]> shared;
  const std::function<void()>* body = nullptr;
};

Machine& machine() {
  static auto* m = new Machine;
  return *m;
}

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "CUDA emulator: %s (block %u,%u thread %u)\n", what, blockIdx.x, blockIdx.y,
               threadIdx.x);
  std::abort();
}

// To the scheduler; returns when this fiber is resumed.
void Leave(bool forever) {
  Machine& m = machine();
  Fiber& fiber = m.fibers[m.current];
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(forever ? nullptr : &fiber.fake_stack, m.scheduler_stack,
                                 m.scheduler_stack_size);
#else
  static_cast<void>(forever);
#endif
  footnote_simt_switch(&fiber.top, m.scheduler);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(fiber.fake_stack, &m.scheduler_stack, &m.scheduler_stack_size);
#endif
}

void Enter(unsigned int index) {
  Machine& m = machine();
  Fiber& fiber = m.fibers[index];
  m.current = index;
  threadIdx.x = index;
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&m.scheduler_fake_stack, fiber.stack.get(), kStackBytes);
#endif
  footnote_simt_switch(&m.scheduler, fiber.top);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(m.scheduler_fake_stack, nullptr, nullptr);
#endif
}

void FiberMain() {
  Machine& m = machine();
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, &m.scheduler_stack, &m.scheduler_stack_size);
#endif
  (*m.body)();
  m.fibers[m.current].done = true;
  ++m.exited;
  Leave(true);
  Fail("a thread went on after its end");
}

void Prepare(Fiber& fiber) {
  fiber.done = false;
  fiber.waits_for = nullptr;
  fiber.fake_stack = nullptr;
  auto top = reinterpret_cast<uintptr_t>(fiber.stack.get() + kStackBytes) / 16 * 16;
  auto** at = reinterpret_cast<void**>(top);
  *--at = nullptr;  // the return address of FiberMain, for alignment
  *--at = reinterpret_cast<void*>(&FiberMain);
  for (int i = 0; i < 6; ++i) *--at = nullptr;
  fiber.top = at;
}

void RunBlock() {
  Machine& m = machine();
  m.exited = m.at_barrier = 0;
  m.warps.assign((m.threads + kLanes - 1) / kLanes, Warp());
  for (unsigned int i = 0; i < m.threads; ++i) Prepare(m.fibers[i]);
  while (m.exited < m.threads) {
    bool moved = false;
    if (m.order_kind == Order::kShuffled) std::shuffle(m.order.begin(), m.order.end(), m.random);
    for (unsigned int i = 0; i < m.threads; ++i) {
      const unsigned int index = m.order_kind == Order::kReverse ? m.threads - 1 - i : m.order[i];
      Fiber& fiber = m.fibers[index];
      if (fiber.done) continue;
      if (fiber.waits_for != nullptr && *fiber.waits_for == fiber.seen) continue;
      fiber.waits_for = nullptr;
      Enter(index);
      moved = true;
    }
    if (!moved) Fail("threads wait for others that never come");
  }
}

void WaitUntilChanged(const uint64_t& generation, uint64_t seen) {
  Fiber& fiber = machine().fibers[machine().current];
  fiber.waits_for = &generation;
  fiber.seen = seen;
  while (generation == seen) Leave(false);
}

}  // namespace

void SetOrder(Order order) { machine().order_kind = order; }

void RunGrid(dim3 grid, dim3 block, size_t shared_bytes, const std::function<void()>& thread) {
  Machine& m = machine();
  m.threads = block.x;
  m.body = &thread;
  while (m.fibers.size() < m.threads) m.fibers.emplace_back();
  m.order.resize(m.threads);
  for (unsigned int i = 0; i < m.threads; ++i) m.order[i] = i;
  gridDim = grid;
  blockDim = block;
  m.shared.reset(shared_bytes == 0 ? nullptr : new unsigned char[shared_bytes]);
  for (blockIdx.z = 0; blockIdx.z < grid.z; ++blockIdx.z) {
    for (blockIdx.y = 0; blockIdx.y < grid.y; ++blockIdx.y) {
      for (blockIdx.x = 0; blockIdx.x < grid.x; ++blockIdx.x) {
        if (shared_bytes > 0) std::memset(m.shared.get(), 0xFF, shared_bytes);
        RunBlock();
      }
    }
  }
}

unsigned char* DynamicShared() { return machine().shared.get(); }

void WaitForBlock() {
  Machine& m = machine();
  if (m.exited > 0) Fail("a barrier that some threads have left the kernel before");
  const uint64_t seen = m.barrier_generation;
  if (++m.at_barrier == m.threads) {
    m.at_barrier = 0;
    ++m.barrier_generation;
    return;
  }
  WaitUntilChanged(m.barrier_generation, seen);
}

void CheckAllLanes(unsigned int mask) {
  if (mask != 0xFFFFFFFFu) Fail("a warp's operation with a mask of some lanes");
}

const unsigned char* ExchangeBytes(const char* operation, const void* value, size_t bytes) {
  Machine& m = machine();
  Warp& warp = m.warps[threadIdx.x / kLanes];
  const unsigned int lane = Lane();
  if (warp.arrived == 0) {
    warp.operation = operation;
  } else if (std::strcmp(warp.operation, operation) != 0) {
    Fail("lanes of a warp are at different operations");
  }
  const uint64_t seen = warp.generation;
  unsigned char* values = warp.values[seen % 2];
  std::memcpy(values + lane * kMaxExchange, value, bytes);
  if (++warp.arrived == kLanes) {
    warp.arrived = 0;
    ++warp.generation;
  } else {
    WaitUntilChanged(warp.generation, seen);
  }
  return values;
}

}  // namespace footnote::simt
