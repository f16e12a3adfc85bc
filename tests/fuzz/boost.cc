// Any bytes as a boost; what is read has a value within its bounds for every document.
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "retrieval/filter/boost.h"
#include "retrieval/search/booster.h"

namespace footnote::retrieval {
namespace {

CollectionState Documents() {
  CollectionRecord record;
  record.dim = 1;
  CollectionState state("fuzz", record);
  const float vector = 1;
  const uint32_t terms = 1;
  const std::vector<std::map<std::string, std::string>> metadata = {
      {}, {{"a", "2020-02-29"}, {"b", "1e308"}}, {{"a", "x"}, {"b", "-1e308"}}};
  for (size_t i = 0; i < metadata.size(); ++i) {
    state.Add({i + 1, "doc", {}, "T", "/s", metadata[i]}, {&terms, 1}, &vector);
  }
  return state;
}

}  // namespace
}  // namespace footnote::retrieval

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace footnote::retrieval;  // NOLINT(build/namespaces)
  const auto boost = ParseBoost(absl::string_view(reinterpret_cast<const char*>(data), size));
  if (!boost.ok()) return 0;
  static const CollectionState state = Documents();
  Booster booster(state, *boost, absl::FromUnixSeconds(1700000000));
  for (size_t slot = 0; slot < state.slots(); ++slot) {
    const double value = booster.Of(slot);
    if (!(value >= kMinBoost && value <= kMaxBoost)) std::abort();
  }
  return 0;
}
