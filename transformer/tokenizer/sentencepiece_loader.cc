#include "transformer/tokenizer/sentencepiece_loader.h"

#include <dlfcn.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/tokenizer/sentencepiece_check.h"

namespace footnote::transformer::internal {
namespace {

// Sanitizers refuse RTLD_DEEPBIND. Without it the library meets the program's Protobuf if it has
// one, and refuses every model; programs without one are not harmed.
#ifdef FOOTNOTE_SANITIZED
constexpr int kLoadFlags = RTLD_NOW | RTLD_LOCAL;
#else
constexpr int kLoadFlags = RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND;
#endif

absl::StatusOr<MakeSentencePieceShim*> LoadModule() {
  // Found by the program's run path: lib/ beside its folder. Never unloaded.
  void* module = dlopen(FOOTNOTE_SENTENCEPIECE_MODULE, kLoadFlags);
  void* make = module != nullptr ? dlsym(module, kMakeSentencePieceShim) : nullptr;
  if (make == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the SentencePiece module, a file of the installation, can't be loaded: ", dlerror(),
        "; run ./bootstrap build, or bring the model's tokenizer.json"));
  }
  return reinterpret_cast<MakeSentencePieceShim*>(make);
}

}  // namespace

absl::StatusOr<std::unique_ptr<const SentencePieceShim>> LoadSentencePiece(
    absl::string_view name, const std::string& model) {
  if (const absl::Status status = CheckSentencePieceModel(model); !status.ok()) {
    return absl::DataLossError(
        absl::StrCat(name, " is not a SentencePiece model: ", status.message()));
  }
  static const absl::StatusOr<MakeSentencePieceShim*> make = LoadModule();
  FN_RETURN_IF_ERROR(make.status());
  std::string error;
  std::unique_ptr<const SentencePieceShim> shim((*make)(model.data(), model.size(), &error));
  if (shim == nullptr) {
    return absl::DataLossError(absl::StrCat(name, " is not a SentencePiece model: ", error));
  }
  return shim;
}

}  // namespace footnote::transformer::internal
