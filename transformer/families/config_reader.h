#ifndef FOOTNOTE_TRANSFORMER_FAMILIES_CONFIG_READER_H_
#define FOOTNOTE_TRANSFORMER_FAMILIES_CONFIG_READER_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "kernels/ops.h"
#include "nlohmann/json.hpp"
#include "transformer/model/transformer_config.h"

namespace footnote::transformer {

// The greatest size that a configuration may say.
inline constexpr int64_t kMaxSize = std::numeric_limits<int32_t>::max();

// Reads a model's config.json key by key; errors name file and key. Null counts
// as absent. It views the JSON object and must not outlive it.
class ConfigReader {
 public:
  ConfigReader(const nlohmann::json& object, std::string path)
      : object_(object), path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  bool Has(absl::string_view key) const { return Find(key) != nullptr; }
  // Whether it is there as null, which for some keys isn't the default.
  bool IsNull(absl::string_view key) const;
  // Null if absent.
  const nlohmann::json* Find(absl::string_view key) const;
  // The object under `key`. Precondition: Find(key) is an object.
  ConfigReader Child(absl::string_view key) const;

  // A size in [1, 2^31): absent is an error, or `value` where one is given.
  absl::StatusOr<int64_t> Size(absl::string_view key) const;
  absl::StatusOr<int64_t> Size(absl::string_view key, int64_t value) const;
  // An integer in [0, 2^31); absent: `value`.
  absl::StatusOr<int64_t> Count(absl::string_view key, int64_t value) const;
  // A finite number; absent: `value`.
  absl::StatusOr<double> Number(absl::string_view key, double value) const;
  absl::StatusOr<bool> Bool(absl::string_view key, bool value) const;
  absl::StatusOr<std::string> String(absl::string_view key, absl::string_view value) const;
  absl::StatusOr<std::vector<double>> Numbers(absl::string_view key) const;
  absl::StatusOr<std::vector<std::string>> Strings(absl::string_view key) const;

  // "gelu_new", "silu", ...; absent: the one named `value`. Errors: Unimplemented.
  absl::StatusOr<kernels::Unary> Activation(absl::string_view key, absl::string_view value) const;

  // InvalidArgument or Unimplemented, with file and key.
  absl::Status Wrong(absl::string_view key, absl::string_view what) const;
  absl::Status Unsupported(absl::string_view key, absl::string_view what) const;

 private:
  absl::StatusOr<int64_t> Integer(absl::string_view key, const int64_t* value, int64_t low) const;

  const nlohmann::json& object_;
  std::string path_;
};

// Whose frequencies: transformers 5 writes "rope_parameters" with all of it (for
// Gemma 3 one object per kind of layer), earlier versions "rope_theta" and
// "rope_scaling".
struct RotaryDefaults {
  double theta = 10000;
  double partial = 1;            // of head_dim that is rotated
  absl::string_view layer_type;  // of Gemma 3; empty: one for all layers
  absl::string_view theta_key = "rope_theta";
  absl::string_view partial_key = "partial_rotary_factor";
};
absl::StatusOr<RotaryConfig> ReadRotary(const ConfigReader& config, const RotaryDefaults& defaults,
                                        int64_t head_dim, int64_t context_length);

// Which layers have a window, for families that mix both kinds: "layer_types"
// ("sliding_attention", "full_attention") where present, else what `sliding`
// says of each layer.
absl::Status ReadLayerWindows(const ConfigReader& config, int64_t window,
                              const std::function<bool(int64_t layer)>& sliding,
                              TransformerConfig* out);

// The ids that begin and end a text: from config.json, and from
// generation_config.json beside it where that is there.
absl::Status ReadTokenIds(const ConfigReader& config, const std::string& dir,
                          TransformerConfig* out);
// From config.json alone.
absl::Status ReadTokenIds(const ConfigReader& config, TransformerConfig* out);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_FAMILIES_CONFIG_READER_H_
