#include "transformer/tokenizer/sentencepiece_shim.h"

#include <sentencepiece_processor.h>

#include <exception>

namespace footnote::transformer::internal {

struct SentencePieceShim::Library {
  sentencepiece::SentencePieceProcessor processor;
};

SentencePieceShim::SentencePieceShim() : library_(std::make_unique<Library>()) {}
SentencePieceShim::~SentencePieceShim() = default;

bool SentencePieceShim::Load(const std::string& model, std::string* error) {
  try {
    const auto status = library_->processor.LoadFromSerializedProto({model.data(), model.size()});
    if (!status.ok()) *error = status.ToString();
    return status.ok();
  } catch (const std::exception& e) {
    *error = e.what();
    return false;
  }
}

std::vector<int> SentencePieceShim::Encode(const char* text, size_t bytes) const {
  std::vector<int> ids;
  try {
    if (!library_->processor.Encode({text, bytes}, &ids).ok()) ids.clear();
  } catch (const std::exception&) {
    ids.clear();
  }
  return ids;
}

int SentencePieceShim::size() const { return library_->processor.GetPieceSize(); }
std::string SentencePieceShim::Piece(int id) const { return library_->processor.IdToPiece(id); }

SentencePieceShim::PieceType SentencePieceShim::Type(int id) const {
  if (library_->processor.IsUnknown(id)) return PieceType::kUnknown;
  if (library_->processor.IsControl(id)) return PieceType::kControl;
  if (library_->processor.IsUnused(id)) return PieceType::kUnused;
  return library_->processor.IsByte(id) ? PieceType::kByte : PieceType::kNormal;
}

int SentencePieceShim::unk_id() const { return library_->processor.unk_id(); }
int SentencePieceShim::bos_id() const { return library_->processor.bos_id(); }
int SentencePieceShim::eos_id() const { return library_->processor.eos_id(); }
int SentencePieceShim::pad_id() const { return library_->processor.pad_id(); }

}  // namespace footnote::transformer::internal
