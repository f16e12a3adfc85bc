// The one source that includes the SentencePiece library; see sentencepiece_shim.h.
#include <sentencepiece_processor.h>

#include <exception>

#include "transformer/tokenizer/sentencepiece_shim.h"

namespace footnote::transformer::internal {
namespace {

class SentencePieceModule final : public SentencePieceShim {
 public:
  bool Load(const char* model, size_t bytes, std::string* error) {
    const auto status = processor_.LoadFromSerializedProto({model, bytes});
    if (!status.ok()) *error = status.ToString();
    return status.ok();
  }

  std::vector<int> Encode(const char* text, size_t bytes) const override {
    std::vector<int> ids;
    try {
      if (!processor_.Encode({text, bytes}, &ids).ok()) ids.clear();
    } catch (const std::exception&) {
      ids.clear();
    }
    return ids;
  }

  int size() const override { return processor_.GetPieceSize(); }
  std::string Piece(int id) const override { return processor_.IdToPiece(id); }
  PieceType Type(int id) const override {
    if (processor_.IsUnknown(id)) return PieceType::kUnknown;
    if (processor_.IsControl(id)) return PieceType::kControl;
    if (processor_.IsUnused(id)) return PieceType::kUnused;
    return processor_.IsByte(id) ? PieceType::kByte : PieceType::kNormal;
  }

  int unk_id() const override { return processor_.unk_id(); }
  int bos_id() const override { return processor_.bos_id(); }
  int eos_id() const override { return processor_.eos_id(); }
  int pad_id() const override { return processor_.pad_id(); }

 private:
  sentencepiece::SentencePieceProcessor processor_;
};

}  // namespace

extern "C" SentencePieceShim* footnote_make_sentencepiece_shim(const char* model, size_t bytes,
                                                               std::string* error) {
  try {
    auto shim = std::make_unique<SentencePieceModule>();
    return shim->Load(model, bytes, error) ? shim.release() : nullptr;
  } catch (const std::exception& e) {
    *error = e.what();
    return nullptr;
  }
}

}  // namespace footnote::transformer::internal
