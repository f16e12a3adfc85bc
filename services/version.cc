#include "services/version.h"

namespace footnote::services {

absl::string_view Version() { return FOOTNOTE_VERSION; }

}  // namespace footnote::services
