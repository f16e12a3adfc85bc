#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "kernels/base/status_macros.h"
#include "kernels/cuda/cublaslt_api.h"
#include "kernels/cuda/device_memory.h"
#include "kernels/cuda/gemm.h"
#include "kernels/cuda/launch.h"

namespace footnote::kernels::cuda {
namespace {

constexpr size_t kWorkspaceBytes = size_t{32} << 20;
// Shapes whose plans are kept: a model has a few dozen, times lengths of prompts.
constexpr size_t kMaxPlans = 4096;

std::string ProgramFolder() {
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof(path));
  if (length <= 0) return ".";
  const std::string program(path, length);
  return program.substr(0, program.rfind('/'));
}

absl::Status Check(cublaslt::Status status, absl::string_view what) {
  if (status == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("cuBLASLt: ", what, ": status ", status));
}

// The library and its functions; closed with the last user.
struct Library {
  void* handle = nullptr;
  cublaslt::CreateFn create = nullptr;
  cublaslt::DestroyFn destroy = nullptr;
  cublaslt::DescCreateFn desc_create = nullptr;
  cublaslt::DescDestroyFn desc_destroy = nullptr;
  cublaslt::DescSetFn desc_set = nullptr;
  cublaslt::LayoutCreateFn layout_create = nullptr;
  cublaslt::LayoutDestroyFn layout_destroy = nullptr;
  cublaslt::PreferenceCreateFn preference_create = nullptr;
  cublaslt::PreferenceDestroyFn preference_destroy = nullptr;
  cublaslt::PreferenceSetFn preference_set = nullptr;
  cublaslt::HeuristicFn heuristic = nullptr;
  cublaslt::MatmulFn matmul = nullptr;

  Library() = default;
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library() {
    if (handle != nullptr) dlclose(handle);
  }

  template <typename F>
  bool Find(const char* name, F* function) {
    *function = reinterpret_cast<F>(dlsym(handle, name));
    return *function != nullptr;
  }

  absl::Status Open() {
    std::vector<std::string> names;
    if (const char* named = std::getenv("FOOTNOTE_CUBLASLT"); named != nullptr) {
      names.emplace_back(named);
    } else {
      for (const char* file : {"libcublasLt.so.13", "libcublasLt.so.12"}) {
        names.push_back(absl::StrCat(ProgramFolder(), "/", file));
        names.emplace_back(file);
      }
    }
    for (const std::string& name : names) {
      handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
      if (handle != nullptr) break;
    }
    if (handle == nullptr) {
      return absl::NotFoundError(absl::StrCat("no cuBLASLt: tried ", absl::StrJoin(names, ", ")));
    }
    const bool complete = Find("cublasLtCreate", &create) && Find("cublasLtDestroy", &destroy) &&
                          Find("cublasLtMatmulDescCreate", &desc_create) &&
                          Find("cublasLtMatmulDescDestroy", &desc_destroy) &&
                          Find("cublasLtMatmulDescSetAttribute", &desc_set) &&
                          Find("cublasLtMatrixLayoutCreate", &layout_create) &&
                          Find("cublasLtMatrixLayoutDestroy", &layout_destroy) &&
                          Find("cublasLtMatmulPreferenceCreate", &preference_create) &&
                          Find("cublasLtMatmulPreferenceDestroy", &preference_destroy) &&
                          Find("cublasLtMatmulPreferenceSetAttribute", &preference_set) &&
                          Find("cublasLtMatmulAlgoGetHeuristic", &heuristic) &&
                          Find("cublasLtMatmul", &matmul);
    if (!complete) return absl::InternalError("cuBLASLt: a function is missing in the library");
    return absl::OkStatus();
  }
};

// The largest power of two up to 256 that divides the address and the bytes between rows.
uint32_t Alignment(const void* p, int64_t row_bytes) {
  uint32_t alignment = 256;
  while (alignment > 1 &&
         (reinterpret_cast<uintptr_t>(p) % alignment != 0 || row_bytes % alignment != 0)) {
    alignment /= 2;
  }
  return alignment;
}

// What a plan is chosen by.
using PlanKey = std::tuple<int, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, bool, bool,
                           uint32_t, uint32_t, uint32_t>;

// Descriptors and the algorithm for one shape.
class Plan {
 public:
  explicit Plan(const Library& library) : library_(library) {}
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
  ~Plan() {
    if (desc != nullptr) library_.desc_destroy(desc);
    for (const cublaslt::Layout layout : {w, x, y}) {
      if (layout != nullptr) library_.layout_destroy(layout);
    }
  }

  cublaslt::Desc desc = nullptr;
  cublaslt::Layout w = nullptr, x = nullptr, y = nullptr;
  cublaslt::Heuristic choice = {};
  bool bias_inside = false;

 private:
  const Library& library_;
};

class CublasLtGemm final : public Gemm {
 public:
  CublasLtGemm(std::unique_ptr<Library> library, cublaslt::Handle handle, DeviceMemory workspace,
               cudaStream_t stream)
      : library_(std::move(library)),
        handle_(handle),
        workspace_(std::move(workspace)),
        stream_(stream) {}
  ~CublasLtGemm() override {
    plans_.clear();
    library_->destroy(handle_);
  }

  absl::Status Run(const GemmArgs& args) override {
    FN_ASSIGN_OR_RETURN(Plan* const plan, FindPlan(args));
    if (plan->bias_inside) {
      FN_RETURN_IF_ERROR(Check(
          library_->desc_set(plan->desc, cublaslt::kDescBiasPointer, &args.bias, sizeof(args.bias)),
          "bias"));
    }
    const float beta = args.add ? 1.f : 0.f;
    FN_RETURN_IF_ERROR(
        Check(library_->matmul(handle_, plan->desc, &args.scale, args.w, plan->w, args.x, plan->x,
                               &beta, args.y, plan->y, args.y, plan->y, &plan->choice.algo,
                               workspace_.as<void>(), workspace_.bytes(), stream_),
              absl::StrCat("product of ", args.rows, " rows, ", args.n, " by ", args.k)));
    if (args.bias != nullptr && !plan->bias_inside) {
      return CudaStatus(AddBiasRows(args.bias, args.rows, args.n, args.y, args.ldy, stream_),
                        "AddBiasRows");
    }
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<Plan*> FindPlan(const GemmArgs& args) {
    const int64_t element = args.type == GemmType::kBf16 ? 2 : 4;
    const uint32_t align_w = Alignment(args.w, args.ldw * element);
    const uint32_t align_x = Alignment(args.x, args.ldx * element);
    const uint32_t align_y = Alignment(args.y, args.ldy * 4);
    const PlanKey key(static_cast<int>(args.type), args.n, args.k, args.rows, args.ldw, args.ldx,
                      args.ldy, args.bias != nullptr, args.add, align_w, align_x, align_y);
    const auto found = plans_.find(key);
    if (found != plans_.end()) return found->second.get();
    if (plans_.size() >= kMaxPlans) plans_.clear();
    // With the bias inside if the library has such a kernel.
    absl::StatusOr<std::unique_ptr<Plan>> plan = absl::NotFoundError("");
    if (args.bias != nullptr) plan = MakePlan(args, true, align_w, align_x, align_y);
    if (!plan.ok()) plan = MakePlan(args, false, align_w, align_x, align_y);
    if (!plan.ok()) return plan.status();
    return plans_.emplace(key, *std::move(plan)).first->second.get();
  }

  // Row-major [rows, n] is column-major [n, rows]: y = op(w) x with w transposed.
  absl::StatusOr<std::unique_ptr<Plan>> MakePlan(const GemmArgs& args, bool bias_inside,
                                                 uint32_t align_w, uint32_t align_x,
                                                 uint32_t align_y) {
    const Library& lt = *library_;
    const cublaslt::DataType type =
        args.type == GemmType::kBf16 ? cublaslt::kR16BF : cublaslt::kR32F;
    const cublaslt::ComputeType compute =
        args.type == GemmType::kTf32 ? cublaslt::kCompute32FFastTf32 : cublaslt::kCompute32F;
    auto plan = std::make_unique<Plan>(lt);
    plan->bias_inside = bias_inside;
    FN_RETURN_IF_ERROR(
        Check(lt.desc_create(&plan->desc, compute, cublaslt::kR32F), "a descriptor"));
    auto set = [&](cublaslt::DescAttribute attribute, int32_t value) {
      return Check(lt.desc_set(plan->desc, attribute, &value, sizeof(value)), "an attribute");
    };
    FN_RETURN_IF_ERROR(set(cublaslt::kDescTransA, cublaslt::kOpT));
    FN_RETURN_IF_ERROR(set(cublaslt::kDescTransB, cublaslt::kOpN));
    if (bias_inside) {
      FN_RETURN_IF_ERROR(set(cublaslt::kDescEpilogue, cublaslt::kEpilogueBias));
      FN_RETURN_IF_ERROR(set(cublaslt::kDescBiasDataType, cublaslt::kR32F));
      FN_RETURN_IF_ERROR(
          Check(lt.desc_set(plan->desc, cublaslt::kDescBiasPointer, &args.bias, sizeof(args.bias)),
                "bias"));
    }
    FN_RETURN_IF_ERROR(
        Check(lt.layout_create(&plan->w, type, args.k, args.n, args.ldw), "a layout"));
    FN_RETURN_IF_ERROR(
        Check(lt.layout_create(&plan->x, type, args.k, args.rows, args.ldx), "a layout"));
    FN_RETURN_IF_ERROR(Check(
        lt.layout_create(&plan->y, cublaslt::kR32F, args.n, args.rows, args.ldy), "a layout"));
    cublaslt::Preference preference = nullptr;
    FN_RETURN_IF_ERROR(Check(lt.preference_create(&preference), "a preference"));
    const auto set_alignment = [&](cublaslt::PreferenceAttribute attribute, uint32_t value) {
      return lt.preference_set(preference, attribute, &value, sizeof(value));
    };
    const size_t workspace = workspace_.bytes();
    int returned = 0;
    cublaslt::Status status = lt.preference_set(preference, cublaslt::kPrefMaxWorkspaceBytes,
                                                &workspace, sizeof(workspace));
    if (status == 0) status = set_alignment(cublaslt::kPrefMinAlignmentA, align_w);
    if (status == 0) status = set_alignment(cublaslt::kPrefMinAlignmentB, align_x);
    if (status == 0) status = set_alignment(cublaslt::kPrefMinAlignmentC, align_y);
    if (status == 0) status = set_alignment(cublaslt::kPrefMinAlignmentD, align_y);
    if (status == 0) {
      status = lt.heuristic(handle_, plan->desc, plan->w, plan->x, plan->y, plan->y, preference, 1,
                            &plan->choice, &returned);
    }
    lt.preference_destroy(preference);
    FN_RETURN_IF_ERROR(Check(status, absl::StrCat("choosing a kernel for ", args.rows, " rows, ",
                                                  args.n, " by ", args.k)));
    FN_RETURN_IF_ERROR(Check(plan->choice.state, "the chosen kernel"));
    if (returned == 0) {
      return absl::InternalError(
          absl::StrCat("cuBLASLt: no kernel for ", args.rows, " rows, ", args.n, " by ", args.k));
    }
    return plan;
  }

  std::unique_ptr<Library> library_;
  cublaslt::Handle handle_;
  DeviceMemory workspace_;
  cudaStream_t stream_;
  std::map<PlanKey, std::unique_ptr<Plan>> plans_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Gemm>> MakeGemm(cudaStream_t stream) {
  auto library = std::make_unique<Library>();
  FN_RETURN_IF_ERROR(library->Open());
  FN_ASSIGN_OR_RETURN(DeviceMemory workspace, DeviceMemory::Allocate(kWorkspaceBytes));
  cublaslt::Handle handle = nullptr;
  FN_RETURN_IF_ERROR(Check(library->create(&handle), "starting it"));
  return std::make_unique<CublasLtGemm>(std::move(library), handle, std::move(workspace), stream);
}

}  // namespace footnote::kernels::cuda
