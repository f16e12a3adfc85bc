#include "retrieval/index/document_fields.h"

namespace footnote::retrieval {

void DocumentFields::AddField(uint32_t key, absl::string_view value) {
  fields_.push_back({key, values_.Intern(value)});
}

void DocumentFields::Add(absl::string_view title, absl::string_view source,
                         const std::map<std::string, std::string>& metadata) {
  begins_.push_back(fields_.size());
  if (!title.empty()) AddField(kTitle, title);
  if (!source.empty()) AddField(kSource, source);
  for (const auto& [name, value] : metadata) AddField(names_.Intern(name) + kFirstMetadata, value);
}

std::optional<uint32_t> DocumentFields::KeyOf(absl::string_view name) const {
  for (uint32_t i = 0; i < names_.size(); ++i) {
    if (names_[i] == name) return i + kFirstMetadata;
  }
  return std::nullopt;
}

std::optional<uint32_t> DocumentFields::ValueOf(size_t slot, uint32_t key) const {
  const size_t end = EndOf(slot);
  for (size_t i = begins_[slot]; i < end; ++i) {
    if (fields_[i].key == key) return fields_[i].value;
  }
  return std::nullopt;
}

std::string DocumentFields::TextOf(size_t slot, uint32_t key) const {
  const std::optional<uint32_t> value = ValueOf(slot, key);
  return value.has_value() ? values_[*value] : std::string();
}

std::map<std::string, std::string> DocumentFields::Metadata(size_t slot) const {
  std::map<std::string, std::string> out;
  const size_t end = EndOf(slot);
  for (size_t i = begins_[slot]; i < end; ++i) {
    const Field& field = fields_[i];
    if (field.key < kFirstMetadata) continue;
    out.emplace(names_[field.key - kFirstMetadata], values_[field.value]);
  }
  return out;
}

size_t DocumentFields::MemoryBytes() const {
  return names_.MemoryBytes() + values_.MemoryBytes() + fields_.MemoryBytes() +
         begins_.MemoryBytes();
}

}  // namespace footnote::retrieval
