#ifndef FOOTNOTE_RETRIEVAL_SEARCH_FIELD_REF_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_FIELD_REF_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "retrieval/index/collection_state.h"

namespace footnote::retrieval {

// What a field's name means in one collection (see Filter). Neither: no document has it.
struct FieldRef {
  bool is_id = false;           // the document's id
  std::optional<uint32_t> key;  // of DocumentFields
};
FieldRef FindField(const CollectionState& state, absl::string_view name);

// The field of a slot's document; nullopt: it hasn't the field.
std::optional<std::string> FieldText(const CollectionState& state, const FieldRef& field,
                                     size_t slot);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_FIELD_REF_H_
