#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_SENTENCEPIECE_SHIM_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_SENTENCEPIECE_SHIM_H_

#include <memory>
#include <string>
#include <vector>

namespace footnote::transformer::internal {

// The SentencePiece library behind types of the standard library only. Thread-safe.
//
// The implementation is a module of its own (sentencepiece_module.cc), for two reasons: the
// library carries a Protobuf that is older than gRPC's and exports the same symbols, so that it
// must be loaded where it sees its own first; and its header declares an absl::string_view that
// can't stand beside Abseil's.
class SentencePieceShim {
 public:
  enum class PieceType { kNormal, kUnknown, kControl, kUnused, kByte };

  virtual ~SentencePieceShim() = default;

  // The ids of valid UTF-8; empty if the library refuses it.
  virtual std::vector<int> Encode(const char* text, size_t bytes) const = 0;

  virtual int size() const = 0;
  virtual std::string Piece(int id) const = 0;
  virtual PieceType Type(int id) const = 0;
  // -1: none.
  virtual int unk_id() const = 0;
  virtual int bos_id() const = 0;
  virtual int eos_id() const = 0;
  virtual int pad_id() const = 0;
};

// The module's one function, of which the loader looks up the name: reads a serialised model.
// Null, with the reason in `*error`, if it is none.
using MakeSentencePieceShim = SentencePieceShim*(const char* model, size_t bytes,
                                                 std::string* error);
inline constexpr char kMakeSentencePieceShim[] = "footnote_make_sentencepiece_shim";

}  // namespace footnote::transformer::internal

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_SENTENCEPIECE_SHIM_H_
