#include "services/http/query.h"

#include <cstdint>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/descriptor.h"
#include "kernels/base/status_macros.h"
#include "retrieval/filter/filter_parser.h"
#include "services/filter_messages.h"

namespace footnote::services {
namespace {

namespace pb = google::protobuf;

constexpr size_t kMaxPairs = 1000;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = absl::ascii_tolower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

absl::StatusOr<std::string> Decode(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out.push_back(' ');
    } else if (text[i] != '%') {
      out.push_back(text[i]);
    } else {
      const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return absl::InvalidArgumentError("the URL has a '%' without two hex digits after it");
      }
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  return out;
}

// A filter stands in a URL as a person writes it.
bool IsFilter(const pb::FieldDescriptor& field) {
  return field.message_type() == v1::Filter::descriptor() && !field.is_repeated();
}

// Whether a URL parameter can set the field.
bool IsSettable(const pb::FieldDescriptor& field) {
  if (IsFilter(field)) return true;
  if (field.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE) return false;
  return !field.is_repeated() || field.cpp_type() == pb::FieldDescriptor::CPPTYPE_STRING;
}

std::string KnownNames(const pb::Descriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) {
    if (IsSettable(*type.field(i))) names.push_back(type.field(i)->name());
  }
  return absl::StrJoin(names, ", ");
}

absl::Status Wrong(const pb::FieldDescriptor& field, absl::string_view value,
                   absl::string_view wanted) {
  return absl::InvalidArgumentError(absl::StrCat(field.name(), ": \"", value, "\" isn't ", wanted));
}

absl::Status SetEnum(const pb::FieldDescriptor& field, const std::string& value,
                     pb::Message* message) {
  const pb::EnumValueDescriptor* found =
      field.enum_type()->FindValueByName(absl::AsciiStrToUpper(value));
  if (found != nullptr) {
    message->GetReflection()->SetEnum(message, &field, found);
    return absl::OkStatus();
  }
  std::vector<std::string> names;
  names.reserve(field.enum_type()->value_count());
  for (int i = 0; i < field.enum_type()->value_count(); ++i) {
    names.push_back(field.enum_type()->value(i)->name());
  }
  return Wrong(field, value, absl::StrCat("one of ", absl::StrJoin(names, ", ")));
}

absl::Status SetField(const pb::FieldDescriptor& field, const std::string& value,
                      pb::Message* message) {
  const pb::Reflection* reflection = message->GetReflection();
  switch (field.cpp_type()) {
    case pb::FieldDescriptor::CPPTYPE_STRING:
      if (field.is_repeated()) {
        reflection->AddString(message, &field, value);
      } else {
        reflection->SetString(message, &field, value);
      }
      return absl::OkStatus();
    case pb::FieldDescriptor::CPPTYPE_INT32: {
      int32_t number;
      if (!absl::SimpleAtoi(value, &number)) return Wrong(field, value, "a 32-bit whole number");
      reflection->SetInt32(message, &field, number);
      return absl::OkStatus();
    }
    case pb::FieldDescriptor::CPPTYPE_UINT64: {
      uint64_t number;
      if (!absl::SimpleAtoi(value, &number)) {
        return Wrong(field, value, "a whole number from 0 to 2^64-1");
      }
      reflection->SetUInt64(message, &field, number);
      return absl::OkStatus();
    }
    case pb::FieldDescriptor::CPPTYPE_DOUBLE: {
      double number;
      if (!absl::SimpleAtod(value, &number)) return Wrong(field, value, "a number");
      reflection->SetDouble(message, &field, number);
      return absl::OkStatus();
    }
    case pb::FieldDescriptor::CPPTYPE_BOOL:
      if (value != "true" && value != "false") return Wrong(field, value, "true or false");
      reflection->SetBool(message, &field, value == "true");
      return absl::OkStatus();
    case pb::FieldDescriptor::CPPTYPE_ENUM:
      return SetEnum(field, value, message);
    case pb::FieldDescriptor::CPPTYPE_MESSAGE: {  // IsFilter
      FN_ASSIGN_OR_RETURN(const retrieval::Filter filter, retrieval::ParseFilter(value));
      reflection->MutableMessage(message, &field)->CopyFrom(ToProto(filter));
      return absl::OkStatus();
    }
    default:
      return absl::InternalError(
          absl::StrCat("no rule to read the parameter ", field.name(), " from a URL"));
  }
}

}  // namespace

absl::StatusOr<std::vector<std::pair<std::string, std::string>>> ParseQuery(
    absl::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const absl::string_view part : absl::StrSplit(query, '&', absl::SkipEmpty())) {
    if (pairs.size() == kMaxPairs) {
      return absl::InvalidArgumentError(
          absl::StrCat("the URL has more than ", kMaxPairs, " parameters"));
    }
    const std::pair<absl::string_view, absl::string_view> halves =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    FN_ASSIGN_OR_RETURN(std::string name, Decode(halves.first));
    FN_ASSIGN_OR_RETURN(std::string value, Decode(halves.second));
    pairs.emplace_back(std::move(name), std::move(value));
  }
  return pairs;
}

absl::Status QueryToProto(absl::string_view query, pb::Message* message) {
  message->Clear();
  const pb::Descriptor& type = *message->GetDescriptor();
  FN_ASSIGN_OR_RETURN(const auto pairs, ParseQuery(query));
  std::vector<const pb::FieldDescriptor*> seen;
  for (const auto& [name, value] : pairs) {
    const pb::FieldDescriptor* field = type.FindFieldByName(name);
    if (field == nullptr || !IsSettable(*field)) {
      return absl::InvalidArgumentError(
          absl::StrCat("unknown parameter \"", name, "\"; the parameters are ", KnownNames(type)));
    }
    if (!field->is_repeated() && absl::c_linear_search(seen, field)) {
      return absl::InvalidArgumentError(absl::StrCat("the parameter ", name, " is there twice"));
    }
    seen.push_back(field);
    FN_RETURN_IF_ERROR(SetField(*field, value, message));
  }
  return absl::OkStatus();
}

}  // namespace footnote::services
