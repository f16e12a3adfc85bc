#include "transformer/weights/state_dict_pickle.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/types/span.h"
#include "kernels/base/status_macros.h"
#include "transformer/weights/tensor_table.h"

namespace footnote::transformer {
namespace {

// A state dict takes about 150 bytes per tensor.
constexpr size_t kMaxPickleBytes = size_t{32} << 20;
// It takes about 30 opcodes per tensor. Each opcode makes at most one value, so
// this bounds the memory too.
constexpr size_t kMaxSteps = 2'000'000;
constexpr size_t kMaxMarks = 1'000;
constexpr size_t kMaxName = 10'000;
constexpr size_t kMaxStorageKey = 100;

struct StorageRow {
  absl::string_view name;
  DType dtype;
};
constexpr StorageRow kStorages[] = {
    {"FloatStorage", DType::kF32},  {"HalfStorage", DType::kF16}, {"BFloat16Storage", DType::kBF16},
    {"DoubleStorage", DType::kF64}, {"LongStorage", DType::kI64}, {"IntStorage", DType::kI32},
    {"ShortStorage", DType::kI16},  {"CharStorage", DType::kI8},  {"ByteStorage", DType::kU8},
    {"BoolStorage", DType::kBool}};

// Values are small and flat: tuples, dicts, storages and tensors are indices
// into tables, so no value is ever copied deeply and nothing recurses.
struct Value {
  enum Kind : uint8_t {
    kNone,
    kBool,
    kInt,
    kString,
    kTuple,
    kDict,
    kOrderedDictClass,
    kRebuildTensor,
    kStorageClass,
    kStorage,
    kTensor,
  };
  Kind kind = kNone;
  DType dtype = DType::kF32;  // kStorageClass
  int64_t number = 0;         // kInt, kBool; else the index
  absl::string_view text;     // kString: in the pickle
};

struct Storage {
  DType dtype;
  absl::string_view key;
  int64_t elements;
};

struct Dict {
  bool ordered = false;
  std::vector<std::pair<Value, Value>> items;
};

absl::Status DamagedPickle(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("its pickle ", what));
}

class Machine {
 public:
  explicit Machine(absl::string_view pickle) : in_(pickle) {}

  absl::StatusOr<std::vector<PickledTensor>> Run() {
    while (true) {
      FN_ASSIGN_OR_RETURN(const absl::string_view op, Take(1));
      if (op[0] == '.') break;
      FN_RETURN_IF_ERROR(Step(static_cast<unsigned char>(op[0])));
      if (++steps_ > kMaxSteps || marks_.size() > kMaxMarks) {
        return DamagedPickle("takes more steps than a dict of tensors");
      }
    }
    if (pos_ != in_.size()) {
      return DamagedPickle(absl::StrCat("has ", in_.size() - pos_, " bytes after its end"));
    }
    if (stack_.size() != 1 || !marks_.empty())
      return DamagedPickle("ends in the middle of a value");
    return Finish(stack_[0]);
  }

 private:
  absl::StatusOr<absl::string_view> Take(uint64_t n) {
    if (n > in_.size() - pos_) return DamagedPickle("is cut off");
    const absl::string_view out = in_.substr(pos_, n);
    pos_ += n;
    return out;
  }

  absl::StatusOr<uint64_t> Number(size_t width) {
    FN_ASSIGN_OR_RETURN(const absl::string_view bytes, Take(width));
    uint64_t value = 0;
    for (size_t i = 0; i < width; ++i) {
      value |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    }
    return value;
  }

  absl::StatusOr<absl::string_view> Line() {
    const size_t end = in_.find('\n', pos_);
    if (end == absl::string_view::npos) return DamagedPickle("is cut off");
    const absl::string_view out = in_.substr(pos_, end - pos_);
    pos_ = end + 1;
    return out;
  }

  void Push(Value::Kind kind, int64_t number = 0) {
    Value value;
    value.kind = kind;
    value.number = number;
    stack_.push_back(value);
  }

  // Values above the last mark may be taken, those below may not.
  size_t Floor() const { return marks_.empty() ? 0 : marks_.back(); }

  absl::StatusOr<Value> Pop() {
    if (stack_.size() <= Floor()) return DamagedPickle("takes a value from an empty stack");
    const Value value = stack_.back();
    stack_.pop_back();
    return value;
  }

  absl::StatusOr<std::vector<Value>> PopN(size_t n) {
    if (stack_.size() - Floor() < n) return DamagedPickle("takes a value from an empty stack");
    std::vector<Value> out(stack_.end() - n, stack_.end());
    stack_.resize(stack_.size() - n);
    return out;
  }

  absl::StatusOr<std::vector<Value>> PopToMark() {
    if (marks_.empty()) return DamagedPickle("lacks a mark");
    FN_ASSIGN_OR_RETURN(std::vector<Value> out, PopN(stack_.size() - marks_.back()));
    marks_.pop_back();
    return out;
  }

  void PushTuple(std::vector<Value> values) {
    Push(Value::kTuple, static_cast<int64_t>(tuples_.size()));
    tuples_.push_back(std::move(values));
  }
  void PushDict(bool ordered) {
    Push(Value::kDict, static_cast<int64_t>(dicts_.size()));
    dicts_.emplace_back();
    dicts_.back().ordered = ordered;
  }

  absl::Status Step(unsigned char op) {
    switch (op) {
      case 0x80:
        return Protocol();
      case 'c':
        return Global();
      case 'q':
        return Memoize(1);
      case 'r':
        return Memoize(4);
      case 'h':
        return Recall(1);
      case 'j':
        return Recall(4);
      case ')':
        PushTuple({});
        return absl::OkStatus();
      case 0x85:
      case 0x86:
      case 0x87: {
        FN_ASSIGN_OR_RETURN(std::vector<Value> values, PopN(op - 0x84));
        PushTuple(std::move(values));
        return absl::OkStatus();
      }
      case 't': {
        FN_ASSIGN_OR_RETURN(std::vector<Value> values, PopToMark());
        PushTuple(std::move(values));
        return absl::OkStatus();
      }
      case '(':
        marks_.push_back(stack_.size());
        return absl::OkStatus();
      case 'X':
        return Unicode();
      case 'K':
        return Integer(1);
      case 'M':
        return Integer(2);
      case 'J':
        return Integer(4);
      case 0x8a:
        return Long();
      case 0x88:
      case 0x89:
        Push(Value::kBool, op == 0x88 ? 1 : 0);
        return absl::OkStatus();
      case 'N':
        Push(Value::kNone);
        return absl::OkStatus();
      case '}':
        PushDict(/*ordered=*/false);
        return absl::OkStatus();
      case 's': {
        FN_ASSIGN_OR_RETURN(const std::vector<Value> values, PopN(2));
        return SetItems(values);
      }
      case 'u': {
        FN_ASSIGN_OR_RETURN(const std::vector<Value> values, PopToMark());
        return SetItems(values);
      }
      case 'Q':
        return PersistentId();
      case 'R':
        return Reduce();
      case 'b':
        return Build();
      default:
        return absl::PermissionDeniedError(absl::StrFormat(
            "its pickle has the opcode 0x%02x (\"%s\") at byte %d, which a dict of "
            "tensors does not need; it is refused",
            op, absl::CHexEscape(absl::string_view(in_).substr(pos_ - 1, 1)), pos_ - 1));
    }
  }

  absl::Status Protocol() {
    FN_ASSIGN_OR_RETURN(const uint64_t version, Number(1));
    if (version != 2) {
      return absl::UnimplementedError(
          absl::StrCat("its pickle has protocol ", version, "; torch.save writes 2"));
    }
    return absl::OkStatus();
  }

  absl::Status Global() {
    FN_ASSIGN_OR_RETURN(const absl::string_view module, Line());
    FN_ASSIGN_OR_RETURN(const absl::string_view name, Line());
    if (module == "collections" && name == "OrderedDict") {
      Push(Value::kOrderedDictClass);
      return absl::OkStatus();
    }
    if (module == "torch._utils" && name == "_rebuild_tensor_v2") {
      Push(Value::kRebuildTensor);
      return absl::OkStatus();
    }
    if (module == "torch") {
      for (const StorageRow& row : kStorages) {
        if (row.name != name) continue;
        Push(Value::kStorageClass);
        stack_.back().dtype = row.dtype;
        return absl::OkStatus();
      }
    }
    // A name may have any length and any bytes.
    return absl::PermissionDeniedError(absl::StrCat(
        "its pickle wants the global \"", absl::CHexEscape(module.substr(0, 100)), ".",
        absl::CHexEscape(name.substr(0, 100)), "\", which is not data; it is refused"));
  }

  absl::Status Memoize(size_t width) {
    FN_ASSIGN_OR_RETURN(const uint64_t index, Number(width));
    if (stack_.size() <= Floor()) return DamagedPickle("remembers a value of an empty stack");
    memo_[index] = stack_.back();
    return absl::OkStatus();
  }

  absl::Status Recall(size_t width) {
    FN_ASSIGN_OR_RETURN(const uint64_t index, Number(width));
    const auto it = memo_.find(index);
    if (it == memo_.end())
      return DamagedPickle(absl::StrCat("recalls ", index, ", which it never kept"));
    stack_.push_back(it->second);
    return absl::OkStatus();
  }

  absl::Status Unicode() {
    FN_ASSIGN_OR_RETURN(const uint64_t length, Number(4));
    FN_ASSIGN_OR_RETURN(const absl::string_view text, Take(length));
    Push(Value::kString);
    stack_.back().text = text;
    return absl::OkStatus();
  }

  // BININT is signed, its shorter forms are not.
  absl::Status Integer(size_t width) {
    FN_ASSIGN_OR_RETURN(const uint64_t value, Number(width));
    Push(Value::kInt, width == 4 ? int64_t{static_cast<int32_t>(static_cast<uint32_t>(value))}
                                 : static_cast<int64_t>(value));
    return absl::OkStatus();
  }

  // LONG1: two's complement in as many bytes as are needed.
  absl::Status Long() {
    FN_ASSIGN_OR_RETURN(const uint64_t length, Number(1));
    if (length > 8) return DamagedPickle("has an integer of more than 64 bits");
    FN_ASSIGN_OR_RETURN(const uint64_t bits, Number(length));
    uint64_t value = bits;
    if (length > 0 && length < 8 && (bits >> (8 * length - 1)) != 0) {
      value |= ~uint64_t{0} << (8 * length);
    }
    Push(Value::kInt, static_cast<int64_t>(value));
    return absl::OkStatus();
  }

  absl::Status SetItems(const std::vector<Value>& values) {
    if (values.size() % 2 != 0) return DamagedPickle("has a key without a value");
    if (stack_.size() <= Floor() || stack_.back().kind != Value::kDict) {
      return DamagedPickle("puts an item into something that is not a dict");
    }
    Dict& dict = dicts_[stack_.back().number];
    for (size_t i = 0; i < values.size(); i += 2) {
      dict.items.emplace_back(values[i], values[i + 1]);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<absl::Span<const Value>> Tuple(const Value& value, absl::string_view what) const {
    if (value.kind != Value::kTuple) return DamagedPickle(absl::StrCat("has no tuple as ", what));
    return absl::MakeConstSpan(tuples_[value.number]);
  }

  absl::Status PersistentId() {
    FN_ASSIGN_OR_RETURN(const Value value, Pop());
    FN_ASSIGN_OR_RETURN(const auto id, Tuple(value, "a persistent id"));
    // ("storage", type, key, device, elements)
    if (id.size() != 5 || id[0].kind != Value::kString || id[0].text != "storage" ||
        id[1].kind != Value::kStorageClass || id[2].kind != Value::kString ||
        id[3].kind != Value::kString || id[4].kind != Value::kInt || id[4].number < 0 ||
        id[2].text.size() > kMaxStorageKey) {
      return DamagedPickle("has a persistent id that is not a storage");
    }
    Push(Value::kStorage, static_cast<int64_t>(storages_.size()));
    storages_.push_back({id[1].dtype, id[2].text, id[4].number});
    return absl::OkStatus();
  }

  absl::Status Reduce() {
    FN_ASSIGN_OR_RETURN(const Value arguments, Pop());
    FN_ASSIGN_OR_RETURN(const Value function, Pop());
    FN_ASSIGN_OR_RETURN(const auto args, Tuple(arguments, "the arguments of a function"));
    if (function.kind == Value::kOrderedDictClass) {
      if (!args.empty()) return DamagedPickle("makes an OrderedDict from something");
      PushDict(/*ordered=*/true);
      return absl::OkStatus();
    }
    if (function.kind == Value::kRebuildTensor) return RebuildTensor(args);
    return DamagedPickle("calls something that is not a function");
  }

  // (storage, offset, shape, stride, requires_grad, backward_hooks[, metadata])
  absl::Status RebuildTensor(absl::Span<const Value> args) {
    if (args.size() < 6 || args.size() > 7 || args[0].kind != Value::kStorage ||
        args[1].kind != Value::kInt || args[1].number < 0) {
      return DamagedPickle("rebuilds a tensor from wrong arguments");
    }
    const Storage& storage = storages_[args[0].number];
    PickledTensor tensor;
    tensor.dtype = storage.dtype;
    tensor.storage_key = std::string(storage.key);
    tensor.storage_elements = storage.elements;
    tensor.offset = args[1].number;
    FN_ASSIGN_OR_RETURN(tensor.shape, Sizes(args[2], "a shape"));
    FN_ASSIGN_OR_RETURN(tensor.stride, Sizes(args[3], "a stride"));
    if (tensor.shape.size() != tensor.stride.size()) {
      return DamagedPickle("has a tensor whose shape and stride differ in length");
    }
    if (tensors_.size() >= kMaxTensors) {
      return DamagedPickle(absl::StrCat("has more than ", kMaxTensors, " tensors"));
    }
    Push(Value::kTensor, static_cast<int64_t>(tensors_.size()));
    tensors_.push_back(std::move(tensor));
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<int64_t>> Sizes(const Value& value, absl::string_view what) const {
    FN_ASSIGN_OR_RETURN(const auto tuple, Tuple(value, what));
    if (tuple.size() > kMaxDimensions) {
      return DamagedPickle(absl::StrCat("has ", what, " of ", tuple.size(), " dimensions"));
    }
    std::vector<int64_t> out;
    for (const Value& size : tuple) {
      if (size.kind != Value::kInt || size.number < 0) {
        return DamagedPickle(absl::StrCat("has ", what, " with something other than a size"));
      }
      out.push_back(size.number);
    }
    return out;
  }

  // torch.nn.Module.state_dict() hangs a dict of versions on its OrderedDict:
  // the one object here that has a state, and it says nothing about tensors.
  absl::Status Build() {
    FN_ASSIGN_OR_RETURN(const Value state, Pop());
    if (stack_.size() <= Floor() || stack_.back().kind != Value::kDict ||
        !dicts_[stack_.back().number].ordered || state.kind != Value::kDict) {
      return DamagedPickle("sets the state of something that is not an OrderedDict");
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<PickledTensor>> Finish(const Value& root) const {
    if (root.kind != Value::kDict) return DamagedPickle("is not a dict of tensors");
    const Dict& dict = dicts_[root.number];
    if (dict.items.size() > kMaxTensors) {
      return DamagedPickle(absl::StrCat("has more than ", kMaxTensors, " tensors"));
    }
    std::vector<PickledTensor> out;
    absl::flat_hash_set<absl::string_view> names;
    for (const auto& [key, value] : dict.items) {
      if (key.kind != Value::kString || key.text.size() > kMaxName) {
        return DamagedPickle("has a key that is not a name");
      }
      if (value.kind != Value::kTensor) {
        return DamagedPickle(absl::StrCat("has something other than a tensor as \"",
                                          absl::CHexEscape(key.text),
                                          "\"; it is not a plain state dict"));
      }
      if (!names.insert(key.text).second) {
        return DamagedPickle(
            absl::StrCat("has the tensor \"", absl::CHexEscape(key.text), "\" twice"));
      }
      out.push_back(tensors_[value.number]);
      out.back().name = std::string(key.text);
    }
    return out;
  }

  const absl::string_view in_;
  size_t pos_ = 0;
  size_t steps_ = 0;
  std::vector<Value> stack_;
  std::vector<size_t> marks_;
  absl::flat_hash_map<uint64_t, Value> memo_;
  std::vector<std::vector<Value>> tuples_;
  std::vector<Dict> dicts_;
  std::vector<Storage> storages_;
  std::vector<PickledTensor> tensors_;
};

}  // namespace

absl::StatusOr<std::vector<PickledTensor>> ReadStateDictPickle(absl::string_view pickle) {
  if (pickle.size() > kMaxPickleBytes) {
    return DamagedPickle(
        absl::StrCat("has ", pickle.size(), " bytes; at most ", kMaxPickleBytes, " are read"));
  }
  return Machine(pickle).Run();
}

}  // namespace footnote::transformer
