#include "transformer/weights/state_dict_pickle.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/transformer/weights/weight_bytes.h"

namespace footnote::transformer {
namespace {

using namespace testing_bytes;  // NOLINT: a vocabulary for bytes
using testing::HasSubstr;

const std::string kStorage = PickledStorage("FloatStorage", "0", Int(6));

std::string GoodTensor() {
  return testing_bytes::PickledTensor(kStorage, Int(0), Tuple({Int(2), Int(3)}),
                                      Tuple({Int(3), Int(1)}));
}

TEST(StateDictPickleTest, ReadsATensor) {
  const auto tensors = ReadStateDictPickle(PickledDict({{"w", GoodTensor()}}));
  ASSERT_TRUE(tensors.ok()) << tensors.status();
  ASSERT_EQ(tensors->size(), 1u);
  const auto& t = tensors->front();
  EXPECT_EQ(t.name, "w");
  EXPECT_EQ(t.dtype, DType::kF32);
  EXPECT_EQ(t.storage_key, "0");
  EXPECT_EQ(t.storage_elements, 6);
  EXPECT_EQ(t.offset, 0);
  EXPECT_EQ(t.shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(t.stride, (std::vector<int64_t>{3, 1}));
}

struct BadCase {
  std::string name;
  std::string pickle;
  absl::StatusCode code;
  std::string message;
};

class BadPickleTest : public testing::TestWithParam<BadCase> {};

TEST_P(BadPickleTest, IsRefusedWithTheReason) {
  const auto tensors = ReadStateDictPickle(GetParam().pickle);
  ASSERT_FALSE(tensors.ok());
  EXPECT_EQ(tensors.status().code(), GetParam().code) << tensors.status();
  EXPECT_THAT(tensors.status().message(), HasSubstr(GetParam().message));
}

constexpr absl::StatusCode kRefused = absl::StatusCode::kPermissionDenied;
constexpr absl::StatusCode kDamaged = absl::StatusCode::kDataLoss;

std::string WithTensor(const std::string& tensor) { return PickledDict({{"w", tensor}}); }

// Programs that a full unpickler would run.
INSTANTIATE_TEST_SUITE_P(
    Evil, BadPickleTest,
    testing::Values(
        BadCase{"System", "cos\nsystem\n(" + Text("id") + "tR.", kRefused, "\"os.system\""},
        BadCase{"PosixSystem",
                "\x80\x02"
                "cposix\nsystem\n(Vid\ntR.",
                kRefused, "posix.system"},
        BadCase{"Eval", "\x80\x02" + Global("builtins", "eval") + Tuple({Text("1")}) + "R.",
                kRefused, "builtins.eval"},
        BadCase{"Getattr", Global("__builtin__", "getattr") + ".", kRefused, "getattr"},
        BadCase{"TorchLoad", Global("torch", "load") + ".", kRefused, "torch.load"},
        BadCase{"TorchHub", Global("torch.hub", "load") + ".", kRefused, "torch.hub.load"},
        BadCase{"StorageElsewhere", Global("evil", "FloatStorage") + ".", kRefused,
                "evil.FloatStorage"},
        BadCase{"DottedName", Global("torch", "FloatStorage.__class__") + ".", kRefused,
                "FloatStorage.__class__"},
        BadCase{"OtherRebuild", Global("torch._utils", "_rebuild_parameter") + ".", kRefused,
                "_rebuild_parameter"},
        BadCase{"Inst", "(" + Text("id") + "ios\nsystem\n.", kRefused, "opcode 0x69"},
        BadCase{"Obj", "(cos\nsystem\no.", kRefused, "os.system"},
        BadCase{"ObjOpcode", "(o.", kRefused, "opcode 0x6f"},
        BadCase{"NewObj", Global("collections", "OrderedDict") + ")\x81.", kRefused, "0x81"},
        BadCase{"StackGlobal", Text("os") + Text("system") + "\x93.", kRefused, "0x93"},
        BadCase{"Extension", "\x82\x01.", kRefused, "0x82"},
        BadCase{"TextPersistentId", "Pevil\n.", kRefused, "0x50"},
        BadCase{"Pop", "N0.", kRefused, "0x30"}, BadCase{"Dup", "N2.", kRefused, "0x32"},
        BadCase{"Long4", "\x8b\xFF\xFF\xFF\x7F.", kRefused, "0x8b"},
        BadCase{"TextInt", "I1\n.", kRefused, "0x49"},
        BadCase{"Bytes", "B\xFF\xFF\xFF\xFF.", kRefused, "0x42"},
        BadCase{"ReadOnlyBuffer", "\x98.", kRefused, "0x98"},
        BadCase{"NextBuffer", "\x97.", kRefused, "0x97"},
        BadCase{"NameOfAnyBytes", "cos\x01\x1b[2J\nsystem\n.", kRefused, "os\\x01\\x1b[2J"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Damaged, BadPickleTest,
    testing::Values(
        BadCase{"Empty", "", kDamaged, "cut off"}, BadCase{"NoStop", "\x80\x02}", kDamaged, "cut"},
        BadCase{"OnlyStop", ".", kDamaged, "middle of a value"},
        BadCase{"TwoValues", "}}.", kDamaged, "middle of a value"},
        BadCase{"OpenMark", "(}.", kDamaged, "middle of a value"},
        BadCase{"BytesAfterStop", "}.x", kDamaged, "1 bytes after"},
        BadCase{"RootIsNone", "N.", kDamaged, "not a dict"},
        BadCase{"RootIsTuple", ").", kDamaged, "not a dict"},
        BadCase{"TextBeyondEnd", "X\xFF\xFF\xFF\xFFx", kDamaged, "cut off"},
        BadCase{"TextOneTooLong", "X\x02" + std::string("\0\0\0x", 4), kDamaged, "cut off"},
        BadCase{"GlobalWithoutEnd", "ctorch", kDamaged, "cut off"},
        BadCase{"GlobalWithoutName", "ctorch\nload", kDamaged, "cut off"},
        BadCase{"TupleOfNothing", "\x85.", kDamaged, "empty stack"},
        BadCase{"TupleWithoutMark", "t.", kDamaged, "lacks a mark"},
        BadCase{"TakesBelowMark", "N(\x85.", kDamaged, "empty stack"},
        BadCase{"ReduceBelowMark", "N)(R.", kDamaged, "empty stack"},
        BadCase{"ItemsWithoutDict", "(NNu.", kDamaged, "not a dict"},
        BadCase{"ItemsIntoTuple", ")(NNu.", kDamaged, "not a dict"},
        BadCase{"OddItems", "}(Nu.", kDamaged, "key without a value"},
        BadCase{"MemoOfNothing", "q\x01.", kDamaged, "empty stack"},
        BadCase{"MemoNeverKept", "h\x07.", kDamaged, "never kept"},
        BadCase{"ReduceOfString", Text("x") + ")R.", kDamaged, "not a function"},
        BadCase{"ReduceWithoutTuple", Global("collections", "OrderedDict") + "NR.", kDamaged,
                "no tuple"},
        BadCase{"OrderedDictOfPairs",
                Global("collections", "OrderedDict") + Tuple({Tuple({Text("a"), Int(1)})}) + "R.",
                kDamaged, "from something"},
        BadCase{"PersistentIdOfString", Text("x") + "Q.", kDamaged, "no tuple"},
        BadCase{"PersistentIdOfModule",
                Tuple({Text("module"), Global("torch", "FloatStorage"), Text("0"), Text("cpu"),
                       Int(1)}) +
                    "Q.",
                kDamaged, "not a storage"},
        BadCase{"NegativeStorage", WithTensor(PickledStorage("FloatStorage", "0", Int(-1))),
                kDamaged, "not a storage"},
        BadCase{"StateOfTuple", ")}b.", kDamaged, "not an OrderedDict"},
        BadCase{"StateOfPlainDict", "}}b.", kDamaged, "not an OrderedDict"},
        BadCase{"StateIsTuple", Global("collections", "OrderedDict") + ")R)b.", kDamaged,
                "not an OrderedDict"},
        BadCase{"KeyIsInt", "}" + Int(1) + GoodTensor() + "s.", kDamaged, "not a name"},
        BadCase{"ValueIsInt", PickledDict({{"epoch", Int(1)}}), kDamaged, "\"epoch\""},
        BadCase{"ValueIsDict", PickledDict({{"state_dict", "}"}}), kDamaged, "\"state_dict\""},
        BadCase{"NameTwice", PickledDict({{"w", GoodTensor()}, {"w", GoodTensor()}}), kDamaged,
                "\"w\" twice"},
        BadCase{"NegativeOffset",
                WithTensor(testing_bytes::PickledTensor(kStorage, Int(-1), ")", ")")), kDamaged,
                "wrong arguments"},
        BadCase{"NegativeDimension",
                WithTensor(testing_bytes::PickledTensor(kStorage, Int(0), Tuple({Int(-2)}),
                                                        Tuple({Int(1)}))),
                kDamaged, "a shape"},
        BadCase{"NegativeStride",
                WithTensor(testing_bytes::PickledTensor(kStorage, Int(0), Tuple({Int(2)}),
                                                        Tuple({Long(-1)}))),
                kDamaged, "a stride"},
        BadCase{"StrideTooShort",
                WithTensor(testing_bytes::PickledTensor(kStorage, Int(0), Tuple({Int(2), Int(3)}),
                                                        Tuple({Int(1)}))),
                kDamaged, "differ in length"},
        BadCase{
            "NineDimensions",
            WithTensor(testing_bytes::PickledTensor(kStorage, Int(0),
                                                    Tuple(std::vector<std::string>(9, Int(1))),
                                                    Tuple(std::vector<std::string>(9, Int(1))))),
            kDamaged, "9 dimensions"},
        BadCase{"LongOfNineBytes", "\x8a\x09" + std::string(9, '\x01') + ".", kDamaged, "64 bits"},
        BadCase{"ManyMarks", std::string(1'100'000, '('), kDamaged, "more steps"},
        BadCase{"ManySteps", std::string(2'100'000, 'N'), kDamaged, "more steps"},
        BadCase{"TooLarge", std::string((32u << 20) + 1, 'N'), kDamaged, "are read"},
        BadCase{"Protocol4", "\x80\x04}.", absl::StatusCode::kUnimplemented, "protocol 4"}),
    [](const auto& info) { return info.param.name; });

// The allow-list by its complement: every other byte is refused by name.
TEST(StateDictPickleTest, EveryOtherOpcodeIsRefused) {
  const std::string allowed = std::string("\x80\x85\x86\x87\x88\x89\x8a") + ".cqrhj)t(XKMJN}suQRb";
  int refused = 0;
  for (int op = 0; op < 256; ++op) {
    if (allowed.find(static_cast<char>(op)) != std::string::npos) continue;
    const auto tensors = ReadStateDictPickle(std::string(1, static_cast<char>(op)) + "....");
    EXPECT_EQ(tensors.status().code(), kRefused) << op;
    ++refused;
  }
  EXPECT_EQ(refused, 256 - static_cast<int>(allowed.size()));
}

TEST(StateDictPickleTest, CutAndFlippedPicklesAreHandled) {
  const std::string good = PickledDict({{"w", GoodTensor()}, {"v", GoodTensor()}});
  ASSERT_TRUE(ReadStateDictPickle(good).ok());
  for (size_t n = 0; n < good.size(); ++n) {
    EXPECT_FALSE(ReadStateDictPickle(absl::string_view(good).substr(0, n)).ok()) << n;
  }
  for (size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const auto tensors = ReadStateDictPickle(bad);
    if (tensors.ok()) {
      EXPECT_EQ(tensors->size(), 2u);
    }
  }
}

}  // namespace
}  // namespace footnote::transformer
