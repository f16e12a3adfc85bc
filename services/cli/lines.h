#ifndef FOOTNOTE_SERVICES_CLI_LINES_H_
#define FOOTNOTE_SERVICES_CLI_LINES_H_

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace footnote::services::cli {

// Calls `fn` with up to `batch` lines at a time and the index of the first,
// from 0, until `in` ends. "\r\n" ends a line too. Errors: fn's, and
// InvalidArgument for a line that isn't valid UTF-8.
absl::Status ForEachLineBatch(
    std::istream& in, size_t batch,
    const std::function<absl::Status(const std::vector<std::string>&, uint64_t)>& fn);

}  // namespace footnote::services::cli

#endif  // FOOTNOTE_SERVICES_CLI_LINES_H_
