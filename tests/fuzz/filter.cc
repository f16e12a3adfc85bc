// Any bytes as a filter's text; what is read is sound, is decided for documents
// without a crash, and its negation decides the opposite.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "retrieval/filter/filter_parser.h"
#include "retrieval/search/filter_matcher.h"

namespace footnote::retrieval {
namespace {

CollectionState Documents() {
  CollectionRecord record;
  record.dim = 1;
  CollectionState state("fuzz", record);
  const float vector = 1;
  const uint32_t terms = 1;
  const std::vector<std::map<std::string, std::string>> metadata = {
      {}, {{"lang", "en"}, {"year", "2020"}}, {{"lang", ""}, {"year", "-1e3"}, {"draft", "yes"}}};
  for (size_t i = 0; i < metadata.size(); ++i) {
    state.Add({i + 1, absl::StrCat("doc", i), {}, i == 0 ? "" : "T", "/s", metadata[i]},
              {&terms, 1}, &vector);
  }
  return state;
}

}  // namespace
}  // namespace footnote::retrieval

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace footnote::retrieval;  // NOLINT(build/namespaces)
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto filter = ParseFilter(text);
  if (!filter.ok()) return 0;
  if (!CheckFilter(*filter).ok()) std::abort();
  Filter opposite;
  opposite.kind = Filter::Kind::kNone;
  opposite.children.push_back(*filter);
  static const CollectionState* const documents = new CollectionState(Documents());
  FilterMatcher matcher(*documents, *filter), negated(*documents, opposite);
  FilterMatcher forgetful(*documents, *filter, /*judgement_bytes=*/0);
  for (size_t slot = 0; slot < documents->slots(); ++slot) {
    if (matcher.Matches(slot) == negated.Matches(slot)) std::abort();
    if (matcher.Matches(slot) != matcher.Matches(slot)) std::abort();  // from memory
    if (matcher.Matches(slot) != forgetful.Matches(slot)) std::abort();
  }
  return 0;
}
