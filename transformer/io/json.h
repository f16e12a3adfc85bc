#ifndef FOOTNOTE_TRANSFORMER_IO_JSON_H_
#define FOOTNOTE_TRANSFORMER_IO_JSON_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace footnote::transformer {

// No configuration of a published model comes near this.
inline constexpr uint64_t kMaxConfigBytes = uint64_t{16} << 20;

// The deepest nesting of brackets in `text`, outside strings. A bound on it keeps a parser that
// recurses within its stack.
int JsonNestingDepth(absl::string_view text);

// `text` as JSON. `name` is the file's, for messages. Errors: DataLoss (not JSON,
// nested too deeply).
absl::StatusOr<nlohmann::json> ParseJson(absl::string_view text, absl::string_view name);

// The same for a text that must be an object.
absl::StatusOr<nlohmann::json> ParseJsonObject(absl::string_view text, absl::string_view name);

// A JSON file of at most `max_bytes`. Errors: as ReadFile and ParseJsonObject.
absl::StatusOr<nlohmann::json> ReadJsonObject(const std::string& path, uint64_t max_bytes);

// Typed reading of the fields of one object. A field that is absent or null has
// its default; one of another type is an InvalidArgument error that names file,
// object and key.
class JsonFields {
 public:
  // `name` says which file (and object) this is. Both must outlive this.
  JsonFields(const nlohmann::json& object, absl::string_view name) : object_(object), name_(name) {}

  bool Has(const char* key) const;
  absl::StatusOr<bool> Bool(const char* key, bool value) const;
  absl::StatusOr<double> Number(const char* key, double value) const;
  absl::StatusOr<std::string> String(const char* key, const std::string& value) const;
  // An integer in [low, high]; absent is an error unless `value` is in range.
  absl::StatusOr<int64_t> Int(const char* key, int64_t value, int64_t low, int64_t high) const;

 private:
  const nlohmann::json* Find(const char* key) const;
  absl::Status Wrong(const char* key, absl::string_view wanted) const;

  const nlohmann::json& object_;
  const absl::string_view name_;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_IO_JSON_H_
