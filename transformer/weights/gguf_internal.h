#ifndef FOOTNOTE_TRANSFORMER_WEIGHTS_GGUF_INTERNAL_H_
#define FOOTNOTE_TRANSFORMER_WEIGHTS_GGUF_INTERNAL_H_

#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "kernels/base/status_macros.h"
#include "transformer/weights/gguf.h"

// The parts of the GGUF reader.
namespace footnote::transformer::internal {

// A name out of a file for a message: escaped, and cut if it is long.
std::string QuotedForMessage(absl::string_view text);

// Takes values off the front of a file. Every method checks what is left first.
class GgufCursor {
 public:
  explicit GgufCursor(absl::string_view file) : file_(file) {}

  uint64_t position() const { return position_; }
  uint64_t left() const { return file_.size() - position_; }
  // What was taken since `begin`.
  absl::string_view TakenSince(uint64_t begin) const {
    return file_.substr(begin, position_ - begin);
  }

  template <typename T>
  absl::StatusOr<T> Take(absl::string_view what) {
    static_assert(std::is_arithmetic_v<T>);
    if (left() < sizeof(T)) return Cut(what);
    T value;
    std::memcpy(&value, file_.data() + position_, sizeof value);
    position_ += sizeof value;
    return value;
  }

  absl::StatusOr<absl::string_view> TakeString(absl::string_view what) {
    FN_ASSIGN_OR_RETURN(const uint64_t length, Take<uint64_t>(what));
    if (length > left()) {
      return absl::DataLossError(absl::StrCat("says that ", what, " has ", length, " bytes; ",
                                              left(), " are left in the file"));
    }
    const absl::string_view text = file_.substr(position_, length);
    position_ += length;
    return text;
  }

  // A count of things of at least `min_bytes` each, which must be able to follow.
  absl::StatusOr<uint64_t> TakeCount(absl::string_view what, uint64_t min_bytes) {
    FN_ASSIGN_OR_RETURN(const uint64_t count, Take<uint64_t>(what));
    if (count > left() / min_bytes) return TooMany(what, count);
    return count;
  }

  absl::Status TooMany(absl::string_view what, uint64_t count) const {
    return absl::DataLossError(absl::StrCat("has ", count, " as ", what, ", for which the ", left(),
                                            " bytes left are too few"));
  }

 private:
  absl::Status Cut(absl::string_view what) const {
    return absl::DataLossError(absl::StrCat("ends within ", what, ", at byte ", file_.size()));
  }

  const absl::string_view file_;
  uint64_t position_ = 0;
};

// The `count` key-value pairs that come next. Errors: as ParseGguf.
absl::StatusOr<GgufMetadata> ReadGgufMetadata(GgufCursor& cursor, uint64_t count);

}  // namespace footnote::transformer::internal

#endif  // FOOTNOTE_TRANSFORMER_WEIGHTS_GGUF_INTERNAL_H_
