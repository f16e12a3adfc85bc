#include "services/http/sse.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace footnote::services {

std::string SseEvent(absl::string_view type, absl::string_view data) {
  std::string out = absl::StrCat("event: ", type, "\n");
  for (const absl::string_view line : absl::StrSplit(data, absl::ByAnyChar("\r\n"))) {
    absl::StrAppend(&out, "data: ", line, "\n");
  }
  return out + "\n";
}

}  // namespace footnote::services
