#include "transformer/weights/safetensors.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace footnote::transformer {
namespace {

using nlohmann::json;

// The reference implementation's cap.
constexpr uint64_t kMaxHeaderBytes = 100'000'000;
constexpr size_t kLengthBytes = 8;

struct DTypeRow {
  absl::string_view name;
  DType dtype;
};
constexpr DTypeRow kDTypes[] = {{"F32", DType::kF32},  {"F16", DType::kF16}, {"BF16", DType::kBF16},
                                {"F64", DType::kF64},  {"I64", DType::kI64}, {"I32", DType::kI32},
                                {"I16", DType::kI16},  {"I8", DType::kI8},   {"U8", DType::kU8},
                                {"BOOL", DType::kBool}};

// A header in its own order, as the events of the JSON parser. A DOM would
// silently keep one of two equal names, and would be built before the number of
// tensors is known.
class HeaderReader final : public nlohmann::json_sax<json> {
 public:
  struct Entry {
    std::string name;
    std::string dtype;
    std::vector<uint64_t> shape;
    std::vector<uint64_t> offsets;
    bool has_dtype = false, has_shape = false, has_offsets = false;
  };

  std::vector<Entry>& entries() { return entries_; }
  const absl::Status& status() const { return status_; }

  bool start_object(std::size_t) override {
    switch (state_) {
      case State::kStart:
        state_ = State::kTensors;
        return true;
      case State::kTensorValue:
        state_ = State::kFields;
        return true;
      case State::kMetadataValue:
        state_ = State::kMetadata;
        return true;
      default:
        return Unexpected("an object");
    }
  }

  bool key(string_t& name) override {
    switch (state_) {
      case State::kTensors:
        if (name == "__metadata__") {
          if (seen_metadata_) return Fail("has \"__metadata__\" twice");
          seen_metadata_ = true;
          state_ = State::kMetadataValue;
          return true;
        }
        if (entries_.size() >= kMaxTensors) {
          return Fail(absl::StrCat("has more than ", kMaxTensors, " tensors"));
        }
        entries_.emplace_back();
        entries_.back().name = name;
        state_ = State::kTensorValue;
        return true;
      case State::kFields: {
        Entry& entry = entries_.back();
        if (name == "dtype") return Once(&entry.has_dtype, name, State::kDType);
        if (name == "shape") return Once(&entry.has_shape, name, State::kShapeValue);
        if (name == "data_offsets") return Once(&entry.has_offsets, name, State::kOffsetsValue);
        return Fail(
            absl::StrCat("tensor \"", entry.name, "\" has the unknown field \"", name, "\""));
      }
      case State::kMetadata:
        return true;
      default:
        return Unexpected("a key");
    }
  }

  bool end_object() override {
    switch (state_) {
      case State::kTensors:
        state_ = State::kEnd;
        return true;
      case State::kFields: {
        const Entry& entry = entries_.back();
        if (!entry.has_dtype || !entry.has_shape || !entry.has_offsets) {
          return Fail(
              absl::StrCat("tensor \"", entry.name, "\" lacks dtype, shape or data_offsets"));
        }
        state_ = State::kTensors;
        return true;
      }
      case State::kMetadata:
        state_ = State::kTensors;
        return true;
      default:
        return Unexpected("the end of an object");
    }
  }

  bool string(string_t& value) override {
    if (state_ == State::kMetadata) return true;
    if (state_ != State::kDType) return Unexpected("a string");
    entries_.back().dtype = value;
    state_ = State::kFields;
    return true;
  }

  bool start_array(std::size_t) override {
    if (state_ == State::kShapeValue) {
      state_ = State::kShape;
    } else if (state_ == State::kOffsetsValue) {
      state_ = State::kOffsets;
    } else {
      return Unexpected("an array");
    }
    return true;
  }

  bool end_array() override {
    if (state_ != State::kShape && state_ != State::kOffsets) {
      return Unexpected("the end of an array");
    }
    state_ = State::kFields;
    return true;
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (state_ == State::kShape) {
      Entry& entry = entries_.back();
      if (entry.shape.size() >= kMaxDimensions) {
        return Fail(absl::StrCat("tensor \"", entry.name, "\" has more than ", kMaxDimensions,
                                 " dimensions"));
      }
      entry.shape.push_back(value);
      return true;
    }
    if (state_ == State::kOffsets) {
      Entry& entry = entries_.back();
      if (entry.offsets.size() >= 2) {
        return Fail(absl::StrCat("tensor \"", entry.name, "\" has more than two data_offsets"));
      }
      entry.offsets.push_back(value);
      return true;
    }
    return Unexpected("a number");
  }
  bool number_integer(number_integer_t) override { return Unexpected("a negative number"); }
  bool number_float(number_float_t, const string_t&) override {
    return Unexpected("a number that is not a 64-bit integer");
  }
  bool null() override { return Unexpected("null"); }
  bool boolean(bool) override { return Unexpected("a boolean"); }
  bool binary(binary_t&) override { return Unexpected("binary"); }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    return Fail(absl::StrCat("is not valid JSON at byte ", position));
  }

 private:
  enum class State {
    kStart,
    kTensors,
    kTensorValue,
    kFields,
    kDType,
    kShapeValue,
    kShape,
    kOffsetsValue,
    kOffsets,
    kMetadataValue,
    kMetadata,
    kEnd,
  };

  bool Fail(absl::string_view what) {
    if (status_.ok()) status_ = absl::DataLossError(absl::StrCat("the header ", what));
    return false;
  }
  bool Unexpected(absl::string_view what) {
    return Fail(entries_.empty()
                    ? absl::StrCat("has ", what, " in the wrong place")
                    : absl::StrCat("has ", what, " in the wrong place, in or after tensor \"",
                                   entries_.back().name, "\""));
  }
  bool Once(bool* seen, absl::string_view field, State next) {
    if (*seen) {
      return Fail(absl::StrCat("tensor \"", entries_.back().name, "\" has \"", field, "\" twice"));
    }
    *seen = true;
    state_ = next;
    return true;
  }

  State state_ = State::kStart;
  bool seen_metadata_ = false;
  std::vector<Entry> entries_;
  absl::Status status_;
};

absl::StatusOr<DType> ParseDType(const HeaderReader::Entry& entry) {
  for (const DTypeRow& row : kDTypes) {
    if (row.name == entry.dtype) return row.dtype;
  }
  return absl::UnimplementedError(absl::StrCat("tensor \"", entry.name,
                                               "\" has the element type \"", entry.dtype,
                                               "\", which is not supported"));
}

// One tensor, its range checked against its shape and against the data.
absl::StatusOr<TensorView> MakeView(const HeaderReader::Entry& entry, absl::string_view data) {
  TensorView view;
  FN_ASSIGN_OR_RETURN(view.dtype, ParseDType(entry));
  for (const uint64_t d : entry.shape) {
    if (d > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return absl::DataLossError(absl::StrCat("tensor \"", entry.name, "\" has the dimension ", d));
    }
    view.shape.push_back(static_cast<int64_t>(d));
  }
  const auto bytes = TensorBytes(view.shape, view.dtype);
  if (!bytes.ok()) {
    return absl::DataLossError(
        absl::StrCat("tensor \"", entry.name, "\" ", bytes.status().message()));
  }
  if (entry.offsets.size() != 2) {
    return absl::DataLossError(absl::StrCat("tensor \"", entry.name, "\" has ",
                                            entry.offsets.size(), " data_offsets instead of 2"));
  }
  const uint64_t begin = entry.offsets[0], end = entry.offsets[1];
  if (begin > end || end > data.size()) {
    return absl::DataLossError(absl::StrCat("tensor \"", entry.name, "\" is at bytes ", begin,
                                            " to ", end, " of ", data.size(), " bytes of data"));
  }
  if (end - begin != *bytes) {
    return absl::DataLossError(absl::StrCat("tensor \"", entry.name, "\" has ", end - begin,
                                            " bytes; its shape and type need ", *bytes));
  }
  view.data = data.data() + begin;
  view.bytes = static_cast<size_t>(*bytes);
  return view;
}

}  // namespace

absl::StatusOr<TensorTable> ParseSafetensors(absl::string_view file) {
  if (file.size() < kLengthBytes) {
    return absl::DataLossError(
        absl::StrCat("has only ", file.size(), " bytes; the header's length needs 8"));
  }
  uint64_t header_bytes = 0;
  for (size_t i = 0; i < kLengthBytes; ++i) {
    header_bytes |= uint64_t{static_cast<unsigned char>(file[i])} << (8 * i);
  }
  if (header_bytes > kMaxHeaderBytes) {
    return absl::DataLossError(absl::StrCat("says that its header has ", header_bytes,
                                            " bytes; at most ", kMaxHeaderBytes, " are read"));
  }
  if (header_bytes > file.size() - kLengthBytes) {
    return absl::DataLossError(absl::StrCat("ends within its header: the header has ", header_bytes,
                                            " bytes, the file ", file.size()));
  }
  const absl::string_view header = file.substr(kLengthBytes, header_bytes);
  const absl::string_view data = file.substr(kLengthBytes + header_bytes);
  // The format says so; it rules out files that are also something else.
  if (header.empty() || header[0] != '{')
    return absl::DataLossError("has a header that is not a JSON object");

  // The JSON library takes a NUL for the end of the text.
  if (header.find('\0') != absl::string_view::npos)
    return absl::DataLossError("has a NUL in its header");

  HeaderReader reader;
  if (!json::sax_parse(header.begin(), header.end(), &reader)) {
    if (!reader.status().ok()) return reader.status();
    return absl::DataLossError("has a header that is not valid JSON");
  }

  TensorTable tensors;
  std::vector<std::tuple<const char*, const char*, const std::string*>> ranges;
  for (const HeaderReader::Entry& entry : reader.entries()) {
    FN_ASSIGN_OR_RETURN(TensorView view, MakeView(entry, data));
    ranges.emplace_back(view.data, view.data + view.bytes, &entry.name);
    if (!tensors.emplace(entry.name, std::move(view)).second) {
      return absl::DataLossError(absl::StrCat("has the tensor \"", entry.name, "\" twice"));
    }
  }
  std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) {
    return std::tie(std::get<0>(a), std::get<1>(a)) < std::tie(std::get<0>(b), std::get<1>(b));
  });
  const char* expected = data.data();
  for (const auto& [begin, end, name] : ranges) {
    if (begin != expected) {
      return absl::DataLossError(absl::StrCat(begin < expected
                                                  ? "has two tensors on the same bytes: one is \""
                                                  : "has bytes that belong to no tensor, before \"",
                                              *name, "\""));
    }
    expected = end;
  }
  if (expected != data.data() + data.size()) {
    return absl::DataLossError(
        absl::StrCat("has ", data.data() + data.size() - expected, " bytes after its last tensor"));
  }
  return tensors;
}

}  // namespace footnote::transformer
