#include "transformer/tokenizer/sentencepiece_check.h"

#include <cstdint>
#include <functional>

#include "kernels/base/status_macros.h"
#include "transformer/tokenizer/charsmap.h"

namespace footnote::transformer {
namespace {

// Fields of sentencepiece_model.proto.
constexpr uint64_t kNormalizerSpec = 3, kDenormalizerSpec = 5;  // of ModelProto
constexpr uint64_t kPrecompiledCharsmap = 2;                    // of NormalizerSpec

absl::Status Damaged() { return absl::DataLossError("it is no protocol buffer"); }

// A base-128 number. False: cut off, or of more than 64 bits.
bool ReadVarint(absl::string_view* bytes, uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 64 && !bytes->empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes->front());
    bytes->remove_prefix(1);
    if (shift == 63 && byte > 1) return false;
    *value |= uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

using FieldVisitor = std::function<absl::Status(uint64_t number, absl::string_view bytes)>;

// Calls `visit` for the fields of a message that hold bytes: texts and messages.
// Groups, which no model has, are refused.
absl::Status VisitMessage(absl::string_view message, const FieldVisitor& visit) {
  while (!message.empty()) {
    uint64_t tag = 0, value = 0;
    if (!ReadVarint(&message, &tag) || (tag >> 3) == 0 || tag > UINT32_MAX) return Damaged();
    uint64_t length = 0;
    switch (tag & 7) {
      case 0:
        if (!ReadVarint(&message, &value)) return Damaged();
        continue;
      case 1:
        length = 8;
        break;
      case 2:
        if (!ReadVarint(&message, &length)) return Damaged();
        break;
      case 5:
        length = 4;
        break;
      default:
        return Damaged();
    }
    if (length > message.size()) return Damaged();
    if ((tag & 7) == 2) FN_RETURN_IF_ERROR(visit(tag >> 3, message.substr(0, length)));
    message.remove_prefix(length);
  }
  return absl::OkStatus();
}

absl::Status CheckNormalizer(uint64_t number, absl::string_view bytes) {
  if (number != kPrecompiledCharsmap || bytes.empty()) return absl::OkStatus();
  FN_ASSIGN_OR_RETURN(const Charsmap charsmap, ParseCharsmap(bytes));
  return CheckCharsmap(charsmap);
}

}  // namespace

absl::Status CheckSentencePieceModel(absl::string_view model) {
  return VisitMessage(model, [](uint64_t number, absl::string_view bytes) {
    if (number != kNormalizerSpec && number != kDenormalizerSpec) return absl::OkStatus();
    return VisitMessage(bytes, CheckNormalizer);
  });
}

}  // namespace footnote::transformer
