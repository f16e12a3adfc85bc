#include "services/generate_messages.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "kernels/base/status_macros.h"
#include "services/convert.h"
#include "services/validate.h"
#include "transformer/text/utf8.h"

namespace footnote::services {
namespace {

constexpr int kMaxTexts = 2048;
constexpr size_t kMaxFieldBytes = 255;

absl::Status CheckUtf8(absl::string_view field, absl::string_view text) {
  if (transformer::IsValidUtf8(text)) return absl::OkStatus();
  return InvalidField(field, "isn't valid UTF-8");
}

absl::Status CheckTexts(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  if (texts.empty() || texts.size() > kMaxTexts) {
    return InvalidField(
        "texts", absl::StrCat("has ", texts.size(), " items; it must have 1 to ", kMaxTexts));
  }
  for (const std::string& text : texts) FN_RETURN_IF_ERROR(CheckUtf8("texts", text));
  return absl::OkStatus();
}

absl::Status CheckMessages(const v1::GenerateRequest& request) {
  for (const v1::ChatMessage& message : request.messages()) {
    FN_RETURN_IF_ERROR(CheckUtf8("messages.content", message.content()));
    const std::string& role = message.role();
    if (role != "system" && role != "user" && role != "assistant") {
      return InvalidField("messages.role", "must be \"system\", \"user\" or \"assistant\"");
    }
  }
  return absl::OkStatus();
}

void AddTop(const generator::GeneratedToken& token, const transformer::Tokenizer& tokenizer,
            v1::GeneratedToken* out) {
  for (const generator::TokenLogProb& other : token.top) {
    v1::TokenLogProb* top = out->add_top();
    top->set_id(other.id);
    top->set_text(tokenizer.TokenBytes(other.id));
    top->set_log_prob(other.log_prob);
  }
}

}  // namespace

absl::Status Validate(const v1::GenerateRequest& request) {
  if (request.prompt().empty() == request.messages().empty()) {
    return absl::InvalidArgumentError(request.prompt().empty()
                                          ? "prompt and messages are empty; set one of them"
                                          : "prompt and messages are both set; set one of them");
  }
  FN_RETURN_IF_ERROR(CheckUtf8("prompt", request.prompt()));
  FN_RETURN_IF_ERROR(CheckUtf8("adapter", request.adapter()));
  return CheckMessages(request);
}

absl::Status Validate(const v1::EmbedRequest& request) { return CheckTexts(request.texts()); }

absl::Status Validate(const v1::RerankRequest& request) {
  if (request.query().empty()) return InvalidField("query", "is empty");
  FN_RETURN_IF_ERROR(CheckUtf8("query", request.query()));
  if (request.top_n() < 0) {
    return InvalidField("top_n",
                        absl::StrCat("is ", request.top_n(), "; it must be 0 (all) or more"));
  }
  return CheckTexts(request.texts());
}

absl::Status Validate(const v1::TokenizeRequest& request) {
  return CheckUtf8("text", request.text());
}

absl::Status Validate(const v1::DetokenizeRequest& request) {
  for (const int32_t id : request.ids()) {
    if (id < 0) return InvalidField("ids", absl::StrCat("has ", id, "; an id is 0 or more"));
  }
  return absl::OkStatus();
}

absl::Status Validate(const v1::LoadAdapterRequest& request) {
  for (const auto& [field, value] :
       {std::pair<absl::string_view, const std::string&>("name", request.name()),
        {"folder", request.folder()}}) {
    if (value.empty()) return InvalidField(field, "is empty");
    if (value.size() > kMaxFieldBytes) {
      return InvalidField(field, absl::StrCat("has ", value.size(), " bytes; at most ",
                                              kMaxFieldBytes, " are allowed"));
    }
    FN_RETURN_IF_ERROR(CheckUtf8(field, value));
    if (value.find('\0') != std::string::npos) return InvalidField(field, "contains a NUL");
  }
  for (const absl::string_view part : absl::StrSplit(request.folder(), '/')) {
    if (part.empty() || part == "." || part == "..") {
      return InvalidField("folder", "must be a path below generator.adapters_dir, without \"..\"");
    }
  }
  return absl::OkStatus();
}

generator::GenerateRequest FromProto(const v1::GenerateRequest& request) {
  generator::GenerateRequest out;
  out.sampling.temperature = request.temperature();
  out.sampling.top_k = request.top_k();
  out.sampling.top_p = request.has_top_p() ? request.top_p() : 1;
  out.sampling.min_p = request.min_p();
  out.sampling.seed = request.seed();
  out.stop.assign(request.stop().begin(), request.stop().end());
  out.log_probs = request.log_probs() || request.top_log_probs() != 0;
  out.top_log_probs = request.top_log_probs();
  out.adapter = request.adapter();
  out.ignore_end = request.ignore_end();
  return out;
}

v1::GeneratedPiece ToProto(const generator::Piece& piece, bool log_probs,
                           const transformer::Tokenizer& tokenizer) {
  v1::GeneratedPiece out;
  out.set_text(piece.text);
  for (const generator::GeneratedToken& token : piece.tokens) {
    v1::GeneratedToken* added = out.add_tokens();
    added->set_id(token.id);
    added->set_text(tokenizer.TokenBytes(token.id));
    if (log_probs) added->set_log_prob(token.log_prob);
    AddTop(token, tokenizer, added);
  }
  return out;
}

v1::GenerateDone ToProto(const generator::Finish& finish) {
  v1::GenerateDone out;
  switch (finish.reason) {
    case generator::FinishReason::kEnd:
      out.set_reason(v1::GenerateDone::END);
      break;
    case generator::FinishReason::kStopString:
      out.set_reason(v1::GenerateDone::STOP);
      break;
    case generator::FinishReason::kLength:
      out.set_reason(v1::GenerateDone::LENGTH);
      break;
  }
  out.set_stop(finish.stop);
  out.set_prompt_tokens(finish.prompt_tokens);
  out.set_tokens(finish.tokens);
  out.set_adapter_hash(finish.adapter);
  AddTime("queue", absl::ToDoubleMilliseconds(finish.queued), out.mutable_times());
  AddTime("prefill", absl::ToDoubleMilliseconds(finish.prefill), out.mutable_times());
  AddTime("decode", absl::ToDoubleMilliseconds(finish.decoding), out.mutable_times());
  return out;
}

}  // namespace footnote::services
