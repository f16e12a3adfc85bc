#include "services/cli/lines.h"

#include <istream>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/text/utf8.h"

namespace footnote::services::cli {

absl::Status ForEachLineBatch(
    std::istream& in, size_t batch,
    const std::function<absl::Status(const std::vector<std::string>&, uint64_t)>& fn) {
  std::vector<std::string> lines;
  uint64_t first = 0;
  std::string line;
  const auto flush = [&]() -> absl::Status {
    if (lines.empty()) return absl::OkStatus();
    FN_RETURN_IF_ERROR(fn(lines, first));
    first += lines.size();
    lines.clear();
    return absl::OkStatus();
  };
  while (std::getline(in, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!transformer::IsValidUtf8(line)) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", first + lines.size() + 1, " of the input is not valid UTF-8"));
    }
    lines.push_back(std::move(line));
    if (lines.size() == batch) FN_RETURN_IF_ERROR(flush());
  }
  return flush();
}

}  // namespace footnote::services::cli
