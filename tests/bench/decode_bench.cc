// One round of a language model's work for each line of standard input, with one line of JSON as
// the answer: the prompt's tokens per second, and those of decoding one by one. Tokens are any;
// nothing is sampled. decode_bench.py drives it beside llama.cpp. Of an encoder-decoder it gives
// the seconds of reading the prompt as the source and of greedy decoding; t5_bench.py drives that.
//
// A line "bandwidth N" decodes in turns with reading N bytes from memory, a token and a pass, and
// gives the mean rates of both: what the memory allows, in the same seconds.
//
//   decode_bench MODEL [--precision f32|bf16|f16|int8|int4] [--threads N] [--prompt N] [--tokens N]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "kernels/bandwidth.h"
#include "tests/transformer/process_memory.h"
#include "transformer/language_model.h"

namespace {

using namespace footnote::transformer;  // NOLINT(google-build-using-namespace): a program
using footnote::kernels::ReadMeter;
using footnote::kernels::ThreadTeam;

[[noreturn]] void Fail(absl::string_view message) {
  std::cerr << "decode_bench: " << message << "\n";
  std::exit(1);
}

struct Arguments {
  std::string model;
  LanguageModelOptions options;
  int64_t prompt = 1024;
  int64_t tokens = 64;
};

WeightPrecision ParsePrecision(const std::string& name) {
  if (name == "f32") return WeightPrecision::kF32;
  if (name == "bf16") return WeightPrecision::kBf16;
  if (name == "f16") return WeightPrecision::kF16;
  if (name == "int8") return WeightPrecision::kInt8;
  if (name == "int4") return WeightPrecision::kInt4;
  Fail("no precision " + name);
}

Arguments Parse(int argc, char** argv) {
  if (argc < 2 || argc % 2 != 0) Fail("usage: decode_bench MODEL [--flag value]...");
  Arguments arguments;
  arguments.model = argv[1];
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string flag = argv[i], value = argv[i + 1];
    if (flag == "--precision") {
      arguments.options.precision = ParsePrecision(value);
    } else if (flag == "--threads") {
      arguments.options.threads = std::atoi(value.c_str());
    } else if (flag == "--prompt") {
      arguments.prompt = std::atoll(value.c_str());
    } else if (flag == "--tokens") {
      arguments.tokens = std::atoll(value.c_str());
    } else {
      Fail("unknown flag " + flag);
    }
  }
  arguments.options.cache_tokens = 2 * (arguments.prompt + arguments.tokens) + 64;
  return arguments;
}

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Seconds for one call of Forward.
double TimeForward(LanguageModel& model, Sequence* sequence, absl::Span<const int32_t> tokens) {
  const SequenceInput input = {.sequence = sequence, .tokens = tokens};
  const double start = Seconds();
  const auto logits = model.Forward({&input, 1});
  if (!logits.ok()) Fail(logits.status().message());
  return Seconds() - start;
}

std::unique_ptr<Sequence> NewSequence(LanguageModel& model) {
  auto sequence = model.NewSequence();
  if (!sequence.ok()) Fail(sequence.status().message());
  return *std::move(sequence);
}

void EncoderDecoderRound(LanguageModel& model, const Arguments& arguments,
                         absl::Span<const int32_t> ids) {
  const double start = Seconds();
  const auto sequence = model.NewSequence(ids.subspan(0, arguments.prompt), nullptr);
  if (!sequence.ok()) Fail(sequence.status().message());
  const double encoded = Seconds();
  int32_t token = model.config().decoder_start_token;
  for (int64_t i = 0; i < arguments.tokens; ++i) {
    const SequenceInput input = {.sequence = sequence->get(), .tokens = {&token, 1}};
    const auto logits = model.Forward({&input, 1});
    if (!logits.ok()) Fail(logits.status().message());
    token = static_cast<int32_t>(std::max_element(logits->values.begin(), logits->values.end()) -
                                 logits->values.begin());
  }
  std::printf("{\"encode_s\": %.6f, \"decode_s\": %.6f}\n", encoded - start, Seconds() - encoded);
}

std::vector<int32_t> AnyTokens(const LanguageModel& model, int64_t count) {
  std::vector<int32_t> ids(count);
  for (size_t i = 0; i < ids.size(); ++i) {
    ids[i] = static_cast<int32_t>((i * 7919 + 5) % static_cast<size_t>(model.config().vocab_size));
  }
  return ids;
}

void BandwidthRound(LanguageModel& model, const Arguments& arguments, ReadMeter* meter) {
  const std::vector<int32_t> ids = AnyTokens(model, arguments.tokens);
  const auto sequence = NewSequence(model);
  double reading = 0, decoding = 0;
  for (const int32_t& id : ids) {
    const auto pass = meter->Pass();
    if (!pass.ok()) Fail(pass.status().message());
    reading += *pass;
    decoding += TimeForward(model, sequence.get(), {&id, 1});
  }
  const auto tokens = static_cast<double>(ids.size());
  std::printf("{\"decode_tokens_per_s\": %.2f, \"read_bytes_per_s\": %.4g}\n", tokens / decoding,
              tokens * static_cast<double>(meter->bytes()) / reading);
}

void Round(LanguageModel& model, const Arguments& arguments) {
  const std::vector<int32_t> ids = AnyTokens(model, std::max(arguments.prompt, arguments.tokens));
  if (model.config().encoder_layers > 0) return EncoderDecoderRound(model, arguments, ids);
  const auto prompt = NewSequence(model);
  const double prefill =
      TimeForward(model, prompt.get(), absl::MakeConstSpan(ids).subspan(0, arguments.prompt));
  const auto sequence = NewSequence(model);
  double decode = 0;
  for (int64_t i = 0; i < arguments.tokens; ++i) {
    decode += TimeForward(model, sequence.get(), absl::MakeConstSpan(ids).subspan(i, 1));
  }
  std::printf("{\"prefill_tokens_per_s\": %.2f, \"decode_tokens_per_s\": %.2f}\n",
              static_cast<double>(arguments.prompt) / prefill,
              static_cast<double>(arguments.tokens) / decode);
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = Parse(argc, argv);
  ThreadTeam team(arguments.options.threads);
  const double start = Seconds();
  const auto model = LoadLanguageModel(arguments.model, arguments.options);
  if (!model.ok()) Fail(model.status().message());
  std::printf(
      "{\"device\": \"%s\", \"weight_bytes\": %.0f, \"load_s\": %.2f, \"peak_bytes\": %.0f}\n",
      std::string((*model)->device()).c_str(), static_cast<double>((*model)->memory().weights),
      Seconds() - start, static_cast<double>(ProcessMemory("VmHWM:")));
  std::fflush(stdout);
  std::unique_ptr<ReadMeter> meter;
  std::string line;
  while (std::getline(std::cin, line)) {
    absl::string_view rest = line;
    size_t bytes = 0;
    if (absl::ConsumePrefix(&rest, "bandwidth ") && absl::SimpleAtoi(rest, &bytes)) {
      if (meter == nullptr) {
        auto created = ReadMeter::Create(&team, bytes);
        if (!created.ok()) Fail(created.status().message());
        meter = *std::move(created);
      }
      BandwidthRound(**model, arguments, meter.get());
    } else {
      Round(**model, arguments);
    }
    std::fflush(stdout);
  }
}
