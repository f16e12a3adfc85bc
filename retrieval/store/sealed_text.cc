#include "retrieval/store/sealed_text.h"

#include "absl/strings/str_cat.h"
#include "kernels/base/hash.h"

namespace footnote::retrieval {
namespace {

std::string EndLine(absl::string_view lines) {
  return absl::StrCat("end ", kernels::HexHash128(lines), "\n");
}

}  // namespace

std::string Sealed(std::string lines) {
  const std::string end = EndLine(lines);
  return std::move(lines) + end;
}

std::optional<absl::string_view> Unsealed(absl::string_view text) {
  const size_t end = text.rfind("end ");
  if (end == absl::string_view::npos || text.substr(end) != EndLine(text.substr(0, end))) {
    return std::nullopt;
  }
  return text.substr(0, end);
}

}  // namespace footnote::retrieval
