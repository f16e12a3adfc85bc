#include "retrieval/search/field_ref.h"

#include "absl/strings/strip.h"
#include "retrieval/filter/filter.h"

namespace footnote::retrieval {

FieldRef FindField(const CollectionState& state, absl::string_view name) {
  FieldRef out;
  if (name == "doc") {
    out.is_id = true;
  } else if (name == "title") {
    out.key = DocumentFields::kTitle;
  } else if (name == "source") {
    out.key = DocumentFields::kSource;
  } else {
    absl::ConsumePrefix(&name, kMetadataPrefix);
    out.key = state.fields().KeyOf(name);
  }
  return out;
}

std::optional<std::string> FieldText(const CollectionState& state, const FieldRef& field,
                                     size_t slot) {
  if (field.is_id) return state.document(slot).id;
  if (!field.key.has_value()) return std::nullopt;
  const std::optional<uint32_t> value = state.fields().ValueOf(slot, *field.key);
  if (!value.has_value()) return std::nullopt;
  return state.fields().text(*value);
}

}  // namespace footnote::retrieval
