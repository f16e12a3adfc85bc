#ifndef FOOTNOTE_SERVICES_VERSION_H_
#define FOOTNOTE_SERVICES_VERSION_H_

#include "absl/strings/string_view.h"

namespace footnote::services {

// The release, such as "0.1.0": the version of the CMake project.
absl::string_view Version();

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_VERSION_H_
