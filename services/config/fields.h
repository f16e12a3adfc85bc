#ifndef FOOTNOTE_SERVICES_CONFIG_FIELDS_H_
#define FOOTNOTE_SERVICES_CONFIG_FIELDS_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/config/config.h"

namespace footnote::services::internal {

using FieldRef =
    std::variant<std::string*, std::vector<std::string>*, bool*, int*, uint64_t*, double*,
                 std::optional<double>*, absl::Duration*, transformer::Precision*,
                 transformer::WeightPrecision*, kernels::KvFormat*, LogFormat*, LogLevel*,
                 retrieval::SearchMode*, retrieval::Fusion*>;

// One row per field of Config: the only place that knows all of them. Reading,
// printing and checking walk over this table.
struct Field {
  const char* section;
  const char* name;
  const char* help;  // the comment in config.h, on one line; a test compares them
  FieldRef (*ref)(Config& config);
  // The allowed range of a number (seconds for a duration), both ends included.
  double min = 0;
  double max = std::numeric_limits<double>::infinity();

  std::string key() const { return std::string(section) + "." + name; }
};

absl::Span<const Field> Fields();

// The same for a ranking profile, whose section is [profiles.NAME].
struct ProfileField {
  const char* name;
  const char* help;
  FieldRef (*ref)(RankingProfile& profile);
  double min = 0;
  double max = std::numeric_limits<double>::infinity();
  absl::Status (*check)(absl::string_view text) = nullptr;  // of a text; null: any will do
};
inline constexpr char kProfilesSection[] = "profiles";
absl::Span<const ProfileField> ProfileFields();

// The text forms of an enumeration, in order of its values.
absl::Span<const char* const> EnumNames(transformer::Precision);
absl::Span<const char* const> EnumNames(transformer::WeightPrecision);
absl::Span<const char* const> EnumNames(kernels::KvFormat);
absl::Span<const char* const> EnumNames(LogFormat);
absl::Span<const char* const> EnumNames(LogLevel);
absl::Span<const char* const> EnumNames(retrieval::SearchMode);
absl::Span<const char* const> EnumNames(retrieval::Fusion);

}  // namespace footnote::services::internal

#endif  // FOOTNOTE_SERVICES_CONFIG_FIELDS_H_
