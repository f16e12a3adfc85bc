#include "transformer/tokenizer/sentencepiece_tokenizer.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/hash.h"
#include "kernels/base/status_macros.h"
#include "transformer/tokenizer/pipeline.h"
#include "transformer/tokenizer/sentencepiece_loader.h"

namespace footnote::transformer {
namespace {

using internal::LoadSentencePiece;
using internal::SentencePieceShim;
using PieceType = SentencePieceShim::PieceType;

constexpr absl::string_view kSpaceMark = "\xE2\x96\x81";
// Set a field of the model's normalizer_spec (field 3): add_dummy_prefix (field 3)
// is false. A message that occurs twice in a protocol buffer is merged.
constexpr absl::string_view kNoDummyPrefix("\x1A\x02\x18\x00", 4);
constexpr int kT5ExtraIds = 100;

enum class Style { kLlama, kT5, kXlmr };

absl::StatusOr<Style> StyleOf(const TokenizerConfig& config, const SentencePieceShim& model,
                              absl::string_view name) {
  const std::string& cls = config.tokenizer_class;
  for (const char* other : {"Camembert", "MBart", "Barthez", "Marian", "Pegasus", "Reformer",
                            "BigBird", "XLNet", "Albert", "M2M100", "NLLB", "Speech2Text"}) {
    if (absl::StartsWith(cls, other)) {
      return absl::UnimplementedError(
          absl::StrCat(name, ": a SentencePiece model of the tokenizer_class ", cls,
                       " is not supported; bring its tokenizer.json"));
    }
  }
  if (absl::StartsWith(cls, "XLMRoberta")) return Style::kXlmr;
  if (absl::StartsWith(cls, "T5") || absl::StartsWith(cls, "MT5")) return Style::kT5;
  if (!cls.empty()) return Style::kLlama;
  return model.pad_id() == 0 && model.bos_id() < 0 ? Style::kT5 : Style::kLlama;
}

class SentencePieceModel final : public TokenModel {
 public:
  SentencePieceModel(std::unique_ptr<const SentencePieceShim> model,
                     std::unique_ptr<const SentencePieceShim> inner, std::vector<int32_t> ids,
                     Vocabulary vocabulary)
      : model_(std::move(model)),
        inner_(std::move(inner)),
        ids_(std::move(ids)),
        vocabulary_(std::move(vocabulary)) {}

  void Tokenize(const Pieces& pieces, std::vector<int32_t>* ids) const override {
    for (const Pieces::Piece& piece : pieces.pieces) {
      const absl::string_view text = pieces.Text(piece);
      const SentencePieceShim& model = inner_ != nullptr && !piece.first ? *inner_ : *model_;
      for (const int id : model.Encode(text.data(), text.size())) {
        ids->push_back(ids_[static_cast<size_t>(id)]);
      }
    }
  }
  const Vocabulary& vocabulary() const override { return vocabulary_; }
  absl::string_view kind() const override { return "SentencePiece"; }

 private:
  const std::unique_ptr<const SentencePieceShim> model_;
  // Without the space before a text, for what does not begin the input; may be null.
  const std::unique_ptr<const SentencePieceShim> inner_;
  const std::vector<int32_t> ids_;  // by the library's ids
  const Vocabulary vocabulary_;
};

// The ids of XLM-R, which has fairseq's special tokens before the library's.
int32_t XlmrId(int id, int unk_id) {
  if (id == unk_id) return 3;
  if (id == 1) return 0;  // <s>
  return id == 2 ? 2 : id + 1;
}

AddedToken Special(std::string content, int32_t id) {
  AddedToken token;
  token.content = std::move(content);
  token.id = id;
  return token;
}

DecoderPtr LlamaDecoder() {
  std::vector<DecoderPtr> steps;
  steps.push_back(MakeReplaceDecoder(MakeLiteralPattern(std::string(kSpaceMark)), " "));
  steps.push_back(MakeByteFallbackDecoder());
  steps.push_back(MakeFuseDecoder());
  steps.push_back(MakeStripDecoder(U' ', 1, 0));
  return MakeDecoderSequence(std::move(steps));
}

}  // namespace

absl::StatusOr<std::unique_ptr<const Tokenizer>> MakeSentencePieceTokenizer(
    absl::string_view name, const std::string& model, const TokenizerConfig& config) {
  FN_ASSIGN_OR_RETURN(std::unique_ptr<const SentencePieceShim> shim,
                      LoadSentencePiece(name, model));
  FN_ASSIGN_OR_RETURN(const Style style, StyleOf(config, *shim, name));
  const int size = shim->size();
  const int unk = shim->unk_id();

  PipelineSpec spec;
  std::vector<int32_t> ids(static_cast<size_t>(size));
  Vocabulary::Entries entries;
  for (int i = 0; i < size; ++i) {
    const int32_t id = style == Style::kXlmr ? XlmrId(i, unk) : i;
    ids[static_cast<size_t>(i)] = id;
    entries.emplace_back(shim->Piece(i), id);
    const PieceType type = shim->Type(i);
    if (type == PieceType::kControl || type == PieceType::kUnknown) {
      spec.added_tokens.push_back(Special(shim->Piece(i), id));
    }
  }
  SpecialTokens& special = spec.special;
  special.unk = unk;
  special.bos = shim->bos_id();
  special.eos = shim->eos_id();
  special.pad = shim->pad_id();
  if (style == Style::kXlmr) {
    special = {0, 2, 1, 3, size + 1, 0, 2};
    spec.added_tokens.push_back(Special("<pad>", 1));
    spec.added_tokens.push_back(Special("<mask>", size + 1));
    spec.added_tokens.back().lstrip = true;
    spec.frame = {{0}, {2}};
  } else {
    const bool bos = config.add_bos.value_or(style == Style::kLlama);
    const bool eos = config.add_eos.value_or(style == Style::kT5);
    if (bos && special.bos >= 0) spec.frame.prefix.push_back(special.bos);
    if (eos && special.eos >= 0) spec.frame.suffix.push_back(special.eos);
  }
  if (style == Style::kT5) {
    const int extra = config.extra_ids >= 0 ? static_cast<int>(config.extra_ids) : kT5ExtraIds;
    for (int i = 0; i < extra; ++i) {  // the first has the greatest id
      const int32_t id = size + extra - 1 - i;
      spec.added_tokens.push_back(Special(absl::StrCat("<extra_id_", i, ">"), id));
      spec.added_tokens.back().lstrip = spec.added_tokens.back().rstrip = true;
    }
  }
  // `legacy` false: only what begins the input gets a space before it.
  std::unique_ptr<const SentencePieceShim> inner;
  if (config.legacy == false) {
    FN_ASSIGN_OR_RETURN(inner, LoadSentencePiece(name, absl::StrCat(model, kNoDummyPrefix)));
  }
  FN_ASSIGN_OR_RETURN(Vocabulary vocabulary, Vocabulary::Make(name, entries));
  spec.model = std::make_unique<const SentencePieceModel>(std::move(shim), std::move(inner),
                                                          std::move(ids), std::move(vocabulary));
  spec.decoder = style == Style::kLlama ? LlamaDecoder() : MakeMetaspaceDecoder(0x2581, true);
  spec.content_hash = kernels::HexHash128(
      absl::StrCat(kernels::HexHash128(model), kernels::HexHash128(config.content)));
  return MakePipeline(name, std::move(spec));
}

}  // namespace footnote::transformer
