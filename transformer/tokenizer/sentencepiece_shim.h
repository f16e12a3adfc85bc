#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_SENTENCEPIECE_SHIM_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_SENTENCEPIECE_SHIM_H_

#include <memory>
#include <string>
#include <vector>

namespace footnote::transformer::internal {

// The SentencePiece library behind types of the standard library only: its header
// declares an absl::string_view of its own and can't be included beside Abseil's.
// Thread-safe once loaded.
class SentencePieceShim {
 public:
  enum class PieceType { kNormal, kUnknown, kControl, kUnused, kByte };

  SentencePieceShim();
  ~SentencePieceShim();

  // Reads a serialised model. False, with the reason in `*error`, if it is none.
  bool Load(const std::string& model, std::string* error);

  // The ids of valid UTF-8; empty if the library refuses it.
  std::vector<int> Encode(const char* text, size_t bytes) const;

  int size() const;
  std::string Piece(int id) const;
  PieceType Type(int id) const;
  // -1: none.
  int unk_id() const;
  int bos_id() const;
  int eos_id() const;
  int pad_id() const;

 private:
  struct Library;
  std::unique_ptr<Library> library_;
};

}  // namespace footnote::transformer::internal

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_SENTENCEPIECE_SHIM_H_
