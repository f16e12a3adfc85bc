#include "transformer/encoder/token_heads.h"

#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {
namespace {

// Far above any published head.
constexpr int64_t kMaxWidth = 65'536;

// The file alone says how long ColBERT's vectors are.
absl::StatusOr<int64_t> RowsOfWeight(const WeightFile& file) {
  const TensorView* weight = file.Find("weight");
  if (weight == nullptr || weight->shape.size() != 2 || weight->shape[0] < 1 ||
      weight->shape[0] > kMaxWidth) {
    return absl::InvalidArgumentError(
        absl::StrCat(file.path(), ": not a linear layer: it needs a matrix named weight, of 1 to ",
                     kMaxWidth, " rows"));
  }
  return weight->shape[0];
}

}  // namespace

TokenHeads::TokenHeads(int64_t hidden, const SpecialTokens& special)
    : hidden_(hidden),
      level_(kernels::ActiveCpuLevel()),
      unused_{special.cls, special.eos, special.pad, special.unk} {}

absl::StatusOr<TokenHeads> TokenHeads::Load(const std::string& model_dir, const ModelConfig& config,
                                            const SpecialTokens& special) {
  TokenHeads heads(config.bert.hidden_size, special);
  if (!config.sparse_head.empty()) {
    FN_RETURN_IF_ERROR(heads.ReadSparse(absl::StrCat(model_dir, "/", config.sparse_head)));
  }
  if (!config.colbert_head.empty()) {
    FN_RETURN_IF_ERROR(heads.ReadColbert(absl::StrCat(model_dir, "/", config.colbert_head)));
  }
  return heads;
}

absl::Status TokenHeads::ReadSparse(const std::string& path) {
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<const WeightFile> file, OpenWeights(path));
  FN_ASSIGN_OR_RETURN(LinearWeights weights, TensorReader(*file, "").Linear("", 1, hidden_));
  sparse_.emplace(std::move(weights), /*tanh=*/false);
  absl::StrAppend(&fingerprint_, "/sparse.", file->ContentHash());
  return absl::OkStatus();
}

absl::Status TokenHeads::ReadColbert(const std::string& path) {
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<const WeightFile> file, OpenWeights(path));
  FN_ASSIGN_OR_RETURN(colbert_dim_, RowsOfWeight(*file));
  FN_ASSIGN_OR_RETURN(const LinearWeights weights,
                      TensorReader(*file, "").Linear("", colbert_dim_, hidden_));
  colbert_ = Projection::Make(weights, Precision::kFloat32, nullptr);
  absl::StrAppend(&fingerprint_, "/colbert.", file->ContentHash());
  return absl::OkStatus();
}

std::vector<TokenWeight> TokenHeads::LexicalWeights(absl::Span<const int32_t> ids,
                                                    const float* states) const {
  std::map<int32_t, float> greatest;
  for (size_t t = 0; t < ids.size(); ++t) {
    if (absl::c_linear_search(unused_, ids[t])) continue;
    const float weight = sparse_->Apply(states + t * hidden_)[0];
    if (weight <= 0) continue;
    float& most = greatest[ids[t]];
    // What isn't a number stays, to be complained of.
    if (weight > most || std::isnan(weight)) most = weight;
  }
  std::vector<TokenWeight> out;
  out.reserve(greatest.size());
  for (const auto& [id, weight] : greatest) out.push_back({id, weight});
  return out;
}

TokenVectors TokenHeads::ColbertVectors(absl::Span<const int32_t> ids, const float* states) const {
  TokenVectors out;
  out.dim = static_cast<int>(colbert_dim_);
  out.ids.assign(ids.begin() + 1, ids.end());
  if (out.ids.empty()) return out;
  const int64_t rows = static_cast<int64_t>(out.ids.size());
  out.values.resize(static_cast<size_t>(rows * colbert_dim_));
  ProjectionScratch scratch;
  colbert_->Apply(level_, states + hidden_, hidden_, rows,
                  {out.values.data(), nullptr, colbert_dim_}, &scratch);
  for (int64_t r = 0; r < rows; ++r) {
    ToUnitLength(absl::MakeSpan(out.values).subspan(r * colbert_dim_, colbert_dim_));
  }
  return out;
}

}  // namespace footnote::transformer
