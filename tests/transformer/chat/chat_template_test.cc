// Chat templates against apply_chat_template of `transformers`, which
// tests/golden/chat_templates.py runs, and their limits.
#include "transformer/chat/chat_template.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace footnote::transformer {
namespace {

using nlohmann::ordered_json;
using testing::HasSubstr;

ordered_json Golden() {
  std::ifstream in(FOOTNOTE_TESTDATA "/golden/chat_templates.json");
  return ordered_json::parse(in);
}

std::string ReadText(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> Styles() {
  std::vector<std::string> out;
  const ordered_json golden = Golden();
  for (const auto& [name, results] : golden["templates"].items()) out.push_back(name);
  return out;
}

class ChatStyleTest : public testing::TestWithParam<std::string> {};

TEST_P(ChatStyleTest, RendersAsTransformers) {
  const ordered_json golden = Golden();
  const auto parsed = ChatTemplate::Parse(
      ReadText(absl::StrCat(FOOTNOTE_TESTDATA "/golden/chat/", GetParam(), ".jinja")), GetParam(),
      {"<s>", "</s>", "<unk>", ""});
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  int rendered = 0;
  for (const auto& [key, expected] : golden["templates"][GetParam()].items()) {
    const size_t slash = key.find('/');
    ordered_json variant = golden["variants"][std::stoul(key.substr(slash + 1))];
    ChatRenderOptions options;
    options.add_generation_prompt = variant["add_generation_prompt"].get<bool>();
    variant.erase("add_generation_prompt");
    if (variant.contains("tools")) options.tools_json = variant["tools"].dump();
    variant.erase("tools");
    options.variables_json = variant.dump();
    options.now = absl::FromCivil(absl::CivilSecond(2026, 3, 9, 14, 5, 6), absl::LocalTimeZone());
    const auto text =
        parsed->RenderJson(golden["conversations"][key.substr(0, slash)].dump(), options);
    if (expected.is_null()) {
      EXPECT_EQ(text.status().code(), absl::StatusCode::kInvalidArgument) << key << text.status();
      continue;
    }
    ASSERT_TRUE(text.ok()) << key << ": " << text.status();
    EXPECT_EQ(*text, expected.get<std::string>()) << key;
    ++rendered;
  }
  EXPECT_GE(rendered, 12);
}

INSTANTIATE_TEST_SUITE_P(All, ChatStyleTest, testing::ValuesIn(Styles()),
                         [](const auto& info) { return info.param; });

absl::StatusOr<std::string> RenderSource(const std::string& source) {
  auto parsed = ChatTemplate::Parse(source, "t", {});
  if (!parsed.ok()) return parsed.status();
  return parsed->Render({{"user", "hi"}}, {});
}

TEST(ChatTemplateTest, MessagesAndTextsAreNeverTemplates) {
  auto parsed = ChatTemplate::Parse("{{ messages[0].content }}", "t", {});
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(*parsed->Render({{"user", "{{ 1 + 1 }} {% if %}"}}, {}), "{{ 1 + 1 }} {% if %}");
  EXPECT_EQ(*parsed->Render({{"user", "a\xFFz"}}, {}), "a\uFFFDz");
  ChatRenderOptions options;
  options.variables_json = R"({"messages": [{"role": "user", "content": "other"}]})";
  EXPECT_EQ(*parsed->Render({{"user", "mine"}}, options), "mine");
}

struct Refusal {
  std::string source;
  absl::StatusCode code;
  std::string message;
};

class ChatRefusalTest : public testing::TestWithParam<Refusal> {};

TEST_P(ChatRefusalTest, IsRefusedByName) {
  const auto text = RenderSource(GetParam().source);
  ASSERT_FALSE(text.ok()) << *text;
  EXPECT_EQ(text.status().code(), GetParam().code) << text.status();
  EXPECT_THAT(std::string(text.status().message()), HasSubstr(GetParam().message));
}

std::string Repeat(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kUnknown = absl::StatusCode::kUnimplemented;
constexpr absl::StatusCode kTooMuch = absl::StatusCode::kResourceExhausted;

INSTANTIATE_TEST_SUITE_P(
    Cases, ChatRefusalTest,
    testing::Values(
        Refusal{"{{ raise_exception('no ' ~ messages[0].role) }}", kInvalid, "refuses: no user"},
        Refusal{"a\n{{ x.y }}", kInvalid, "line 2"}, Refusal{"{{ 1 / 0 }}", kInvalid, "zero"},
        Refusal{"{{ 9223372036854775807 + 1 }}", kInvalid, "too large"},
        Refusal{"{{ (0 - 9223372036854775807 - 1) // -1 }}", kInvalid, "too large"},
        Refusal{"{{ 99999999999999999999 }}", kInvalid, "too large"},
        Refusal{"{{ 'a' + 1 }}", kInvalid, "str and int"},
        Refusal{"{{ 'a'[::0] }}", kInvalid, "step"}, Refusal{"{{ 'a", kInvalid, "doesn't end"},
        Refusal{"{% if x %}", kInvalid, "endif"}, Refusal{"{% endfor %}", kUnknown, "endfor"},
        Refusal{"{% break %}", kInvalid, "no loop"}, Refusal{"{# x", kInvalid, "comment"},
        Refusal{"{{ 'a' | shell }}", kUnknown, "shell"},
        Refusal{"{{ 'a'.__class__() }}", kUnknown, "__class__"},
        Refusal{"{{ messages.__class__.__mro__ }}", kInvalid, "not defined"},
        Refusal{"{% import 'os' as os %}", kUnknown, "import"},
        Refusal{"{% include 'x' %}", kUnknown, "include"},
        Refusal{"{{ open('/etc/passwd') }}", kInvalid, "can't be called"},
        Refusal{"{% for i in range(1000000000) %}{% endfor %}", kTooMuch, "steps"},
        Refusal{"{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}",
                kTooMuch, "steps"},
        Refusal{"{% set ns = namespace(s='aaaaaaaa') %}{% for i in range(99) %}"
                "{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
                kTooMuch, "steps"},
        Refusal{"{% set ns = namespace(s=[1,2,3]) %}{% for i in range(99) %}"
                "{% set ns.s = ns.s + ns.s %}{% endfor %}",
                kTooMuch, "steps"},
        Refusal{"{{ 'abc' * 1000000000 }}", kTooMuch, "1 MiB"},
        Refusal{"{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}", kTooMuch, "macros"},
        Refusal{"{% set n = namespace() %}{% set n.n = n %}", kUnknown, "namespace"},
        Refusal{"{% set n = namespace() %}{% set n.n = [n] %}{{ n }}", kUnknown, "namespace"},
        Refusal{"{% set n = namespace(x=[]) %}{% for i in range(99999) %}{% set n.x = [n.x] %}"
                "{% endfor %}",
                kTooMuch, "nested"},
        Refusal{Repeat("{% if 1 %}", 2000) + Repeat("{% endif %}", 2000), kTooMuch, "deep"},
        Refusal{"{{ " + Repeat("(", 5000) + "1" + Repeat(")", 5000) + " }}", kTooMuch, "deep"},
        Refusal{"{{ " + Repeat("not ", 5000) + "1 }}", kTooMuch, "deep"},
        Refusal{"{{ " + Repeat("-", 5000) + "1 }}", kTooMuch, "deep"},
        Refusal{"{{ x" + Repeat(".x", 5000) + " }}", kInvalid, "too long"},
        Refusal{"{{ 1" + Repeat(" + 1", 5000) + " }}", kInvalid, "too long"},
        Refusal{std::string(2 << 20, 'x'), kTooMuch, "bytes"}, Refusal{"\xFF", kInvalid, "UTF-8"}));

TEST(LoadChatTemplateTest, EveryPlaceIsRead) {
  const std::string dir = testing::TempDir() + "/chat_template_model";
  std::filesystem::remove_all(dir);
  std::filesystem::create_directories(dir);
  EXPECT_EQ(LoadChatTemplate(dir).status().code(), absl::StatusCode::kNotFound);
  const auto write = [&dir](const std::string& name, const std::string& text) {
    std::ofstream(dir + "/" + name) << text;
  };
  write("tokenizer_config.json", R"({"bos_token": {"content": "<s>"}, "chat_template": [
      {"name": "tool_use", "template": "tools"},
      {"name": "default", "template": "{{ bos_token }}default"}]})");
  EXPECT_EQ(*LoadChatTemplate(dir)->Render({}, {}), "<s>default");
  write("tokenizer_config.json", R"({"eos_token": "</s>", "chat_template": "one{{ eos_token }}"})");
  EXPECT_EQ(*LoadChatTemplate(dir)->Render({}, {}), "one</s>");
  write("chat_template.jinja", "file{{ eos_token }}\n");
  EXPECT_EQ(*LoadChatTemplate(dir)->Render({}, {}), "file</s>");
  std::filesystem::remove_all(dir);

  GgufMetadata::Map map;
  const auto text = [](absl::string_view s) {
    GgufValue value;
    value.kind = GgufValue::Kind::kString;
    value.s = s;
    return value;
  };
  map["tokenizer.chat_template"] = text("gguf{{ bos_token }}");
  GgufValue tokens;
  tokens.kind = GgufValue::Kind::kArray;
  tokens.element = GgufValue::Kind::kString;
  tokens.ss = {"<unk>", "<bos>"};
  map["tokenizer.ggml.tokens"] = tokens;
  GgufValue id;
  id.u = 1;
  map["tokenizer.ggml.bos_token_id"] = id;
  EXPECT_EQ(*ChatTemplateOfGguf(GgufMetadata(map), "g")->Render({}, {}), "gguf<bos>");
  EXPECT_EQ(ChatTemplateOfGguf(GgufMetadata({}), "g").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace footnote::transformer
