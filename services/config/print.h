#ifndef FOOTNOTE_SERVICES_CONFIG_PRINT_H_
#define FOOTNOTE_SERVICES_CONFIG_PRINT_H_

#include <string>

namespace footnote::services::internal {

// `text` as a TOML string.
std::string Quoted(const std::string& text);

}  // namespace footnote::services::internal

#endif  // FOOTNOTE_SERVICES_CONFIG_PRINT_H_
