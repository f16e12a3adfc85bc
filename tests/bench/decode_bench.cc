// One round of a language model's work for each line of standard input, with one line of JSON as
// the answer: the prompt's tokens per second, and those of decoding one by one. Tokens are any;
// nothing is sampled. decode_bench.py drives it beside llama.cpp. Of an encoder-decoder it gives
// the seconds of reading the prompt as the source and of greedy decoding; t5_bench.py drives that.
//
//   decode_bench MODEL [--precision f32|bf16|f16|int8|int4] [--threads N] [--prompt N] [--tokens N]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "kernels/bandwidth.h"
#include "tests/transformer/process_memory.h"
#include "transformer/language_model.h"

namespace {

using namespace footnote::transformer;  // NOLINT(google-build-using-namespace): a program
using footnote::kernels::MeasureReadBandwidth;
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

void Round(LanguageModel& model, const Arguments& arguments) {
  std::vector<int32_t> ids(std::max(arguments.prompt, arguments.tokens));
  for (size_t i = 0; i < ids.size(); ++i) {
    ids[i] = static_cast<int32_t>((i * 7919 + 5) % static_cast<size_t>(model.config().vocab_size));
  }
  if (model.config().encoder_layers > 0) return EncoderDecoderRound(model, arguments, ids);
  const auto prompt = NewSequence(model);
  const double prefill =
      TimeForward(model, prompt.get(), absl::MakeConstSpan(ids).subspan(0, arguments.prompt));
  const auto sequence = NewSequence(model);
  std::vector<double> seconds;
  for (int64_t i = 0; i < arguments.tokens; ++i) {
    seconds.push_back(TimeForward(model, sequence.get(), absl::MakeConstSpan(ids).subspan(i, 1)));
  }
  const double decode = std::accumulate(seconds.begin(), seconds.end(), 0.0);
  std::sort(seconds.begin(), seconds.end());
  std::printf(
      "{\"prefill_tokens_per_s\": %.2f, \"decode_tokens_per_s\": %.2f, "
      "\"best_token_per_s\": %.2f, \"median_token_per_s\": %.2f}\n",
      static_cast<double>(arguments.prompt) / prefill,
      static_cast<double>(arguments.tokens) / decode, 1 / seconds.front(),
      1 / seconds[seconds.size() / 2]);
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
  std::string line;
  while (std::getline(std::cin, line)) {
    if (line == "bandwidth") {
      const auto rate = MeasureReadBandwidth(team);
      if (!rate.ok()) Fail(rate.status().message());
      std::printf("{\"best_bytes_per_s\": %.4g, \"median_bytes_per_s\": %.4g}\n", rate->best,
                  rate->median);
    } else {
      Round(**model, arguments);
    }
    std::fflush(stdout);
  }
}
