#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "transformer/encoder/families/family.h"

namespace footnote::transformer {
namespace {

const EncoderFamily* const kFamilies[] = {
    &kBertFamily,
    &kCamembertFamily,
    &kRobertaFamily,
    &kXlmRobertaFamily,
};

}  // namespace

absl::StatusOr<const EncoderFamily*> FindEncoderFamily(absl::string_view model_type) {
  for (const EncoderFamily* family : kFamilies) {
    if (family->model_type == model_type) return family;
  }
  const std::string known = absl::StrJoin(
      kFamilies, ", ",
      [](std::string* s, const EncoderFamily* family) { absl::StrAppend(s, family->model_type); });
  return absl::UnimplementedError(
      absl::StrCat("the encoder family \"", model_type, "\" is not supported; supported: ", known));
}

}  // namespace footnote::transformer
