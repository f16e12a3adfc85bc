#ifndef FOOTNOTE_RETRIEVAL_INDEX_DOCUMENT_FIELDS_H_
#define FOOTNOTE_RETRIEVAL_INDEX_DOCUMENT_FIELDS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "retrieval/index/append_only.h"
#include "retrieval/index/string_table.h"

namespace footnote::retrieval {

// What filters ask of the documents of a collection: titles, sources and
// metadata, by slot (see CollectionState), each text kept once. Lengths, not
// counts of chunks, decide its size: some 50 bytes a document and 20 a field,
// and the distinct texts.
//
// Copies share as AppendOnly's do and have its rule for threads.
class DocumentFields {
 public:
  // Keys of fields that every document may have. Keys of metadata follow.
  static constexpr uint32_t kTitle = 0;
  static constexpr uint32_t kSource = 1;
  static constexpr uint32_t kFirstMetadata = 2;

  // Appends the fields of the next slot. An empty title or source is no field.
  void Add(absl::string_view title, absl::string_view source,
           const std::map<std::string, std::string>& metadata);
  size_t slots() const { return begins_.size(); }

  // The key of a name in metadata; nullopt: no document has had it.
  std::optional<uint32_t> KeyOf(absl::string_view name) const;
  // The number of a field's value; nullopt: the document hasn't the field.
  std::optional<uint32_t> ValueOf(size_t slot, uint32_t key) const;
  // How many numbers of values there are.
  size_t values() const { return values_.size(); }
  const std::string& text(uint32_t value) const { return values_[value]; }

  // Back as Add() got them.
  std::string Title(size_t slot) const { return TextOf(slot, kTitle); }
  std::string Source(size_t slot) const { return TextOf(slot, kSource); }
  std::map<std::string, std::string> Metadata(size_t slot) const;

  size_t MemoryBytes() const;

 private:
  struct Field {
    uint32_t key = 0;
    uint32_t value = 0;
  };
  void AddField(uint32_t key, absl::string_view value);
  std::string TextOf(size_t slot, uint32_t key) const;
  size_t EndOf(size_t slot) const {
    return slot + 1 < slots() ? begins_[slot + 1] : fields_.size();
  }

  StringTable names_;  // of metadata; a key is its number + kFirstMetadata
  StringTable values_;
  AppendOnly<Field> fields_;     // of all slots, one after the other
  AppendOnly<uint64_t> begins_;  // of each slot in fields_
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_DOCUMENT_FIELDS_H_
