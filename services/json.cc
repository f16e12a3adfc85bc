#include "services/json.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "google/protobuf/util/json_util.h"
#include "transformer/io/json.h"
#include "transformer/text/utf8.h"

namespace footnote::services {
namespace {

namespace pb = google::protobuf;

// The deepest message of the contract is a filter of 12 levels, two of JSON each;
// more is an attack on the parser's stack.
constexpr int kMaxDepth = 32;

}  // namespace

std::string ToJson(const pb::Message& message, bool pretty) {
  pb::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  options.add_whitespace = pretty;
  std::string json;
  // Fails only for types that the contract doesn't have (Any, Timestamp).
  const auto status = pb::util::MessageToJsonString(message, &json, options);
  return status.ok() ? json : "{}";
}

absl::Status FromJson(absl::string_view json, pb::Message* message) {
  message->Clear();
  if (!transformer::IsValidUtf8(json)) {
    return absl::InvalidArgumentError("the JSON isn't valid UTF-8");
  }
  if (transformer::JsonNestingDepth(json) > kMaxDepth) {
    return absl::InvalidArgumentError(
        absl::StrCat("the JSON is nested deeper than ", kMaxDepth, " levels"));
  }
  pb::util::JsonParseOptions options;
  options.ignore_unknown_fields = false;
  const auto status = pb::util::JsonStringToMessage(
      pb::stringpiece_internal::StringPiece(json.data(), json.size()), message, options);
  if (status.ok()) return absl::OkStatus();
  const auto text = status.message();
  return absl::InvalidArgumentError(
      absl::StrCat("the JSON isn't a ", message->GetDescriptor()->name(), ": ",
                   transformer::ReplaceInvalidUtf8(absl::string_view(text.data(), text.size()))));
}

std::string JsonString(absl::string_view text) {
  const std::string valid = transformer::ReplaceInvalidUtf8(text);
  std::string out = "\"";
  out.reserve(valid.size() + 2);
  for (const char c : valid) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
          absl::StrAppendFormat(&out, "\\u%04x", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
  // U+2028 and U+2029 end a line for JavaScript and for some log readers.
  size_t at = 0;
  while ((at = out.find("\xE2\x80", at)) != std::string::npos) {
    const char last = at + 2 < out.size() ? out[at + 2] : '\0';
    if (last == '\xA8' || last == '\xA9') {
      out.replace(at, 3, last == '\xA8' ? "\\u2028" : "\\u2029");
    }
    at += 3;
  }
  return out + "\"";
}

}  // namespace footnote::services
