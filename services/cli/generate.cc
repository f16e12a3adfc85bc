#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "kernels/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/interrupt.h"
#include "services/generator_model.h"
#include "services/inference.h"
#include "services/json.h"

namespace footnote::services::cli {
namespace {

struct Options {
  GeneratorConfig model;
  std::string prompt;
  bool chat = false;
  int max_tokens = 0;  // 0: the default
  double temperature = 0;
  int top_k = 0;
  double top_p = 1;
  double min_p = 0;
  uint64_t seed = 0;
  std::vector<std::string> stop;
  int log_probs = -1;
  bool ignore_end = false;
  bool json = false;
};

v1::GenerateRequest ToRequest(const Options& options, const std::string& adapter) {
  v1::GenerateRequest request;
  if (options.chat) {
    v1::ChatMessage* message = request.add_messages();
    message->set_role("user");
    message->set_content(options.prompt);
  } else {
    request.set_prompt(options.prompt);
  }
  if (options.max_tokens > 0) request.set_max_tokens(options.max_tokens);
  request.set_temperature(options.temperature);
  request.set_top_k(options.top_k);
  request.set_top_p(options.top_p);
  request.set_min_p(options.min_p);
  request.set_seed(options.seed);
  for (const std::string& stop : options.stop) request.add_stop(stop);
  request.set_log_probs(options.log_probs >= 0);
  request.set_top_log_probs(std::max(options.log_probs, 0));
  request.set_ignore_end(options.ignore_end);
  request.set_adapter(adapter);
  return request;
}

// On a terminal, without what could command it.
void Print(absl::string_view text, bool terminal) {
  for (const char c : text) {
    const bool control = absl::ascii_iscntrl(c) && c != '\n' && c != '\t';
    std::cout.put(terminal && control ? '?' : c);
  }
  std::cout.flush();
}

void PrintLogProbs(const v1::GeneratedPiece& piece) {
  for (const v1::GeneratedToken& token : piece.tokens()) {
    std::string line =
        absl::StrFormat("%8.4f  %d %s", token.log_prob(), token.id(), JsonString(token.text()));
    for (const v1::TokenLogProb& top : token.top()) {
      absl::StrAppendFormat(&line, "  | %.4f %s", top.log_prob(), JsonString(top.text()));
    }
    std::cerr << line << "\n";
  }
}

double Milliseconds(const v1::GenerateDone& done, absl::string_view stage) {
  for (const v1::StageTime& time : done.times()) {
    if (time.stage() == stage) return time.milliseconds();
  }
  return 0;
}

const char* ReasonText(v1::GenerateDone::Reason reason) {
  switch (reason) {
    case v1::GenerateDone::STOP:
      return "a stop string";
    case v1::GenerateDone::LENGTH:
      return "the length";
    default:
      return "the model";
  }
}

void PrintSummary(const v1::GenerateDone& done) {
  const double prefill = Milliseconds(done, "prefill") / 1e3;
  const double decode = Milliseconds(done, "decode") / 1e3;
  std::cerr << absl::StrFormat(
      "prompt: %d tokens, %.1f tokens/s; text: %d tokens, %.1f tokens/s, ended by %s\n",
      done.prompt_tokens(), done.prompt_tokens() / std::max(prefill, 1e-9), done.tokens(),
      // The first token came with the prompt.
      std::max(done.tokens() - 1, 0) / std::max(decode, 1e-9), ReasonText(done.reason()));
}

absl::StatusOr<Exit> Generate(const CLI::App& app, Options options) {
  if (app.count("--prompt") == 0) {
    options.prompt.assign(std::istreambuf_iterator<char>(std::cin), {});
  }
  Config config;
  config.generator = options.model;
  config.generator.max_running = 1;
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<GeneratorModel> model,
                      GeneratorModel::Open(config.generator));
  const std::unique_ptr<Inference> inference = MakeInference(config, nullptr, model.get());
  InterruptGuard interrupt;
  CallContext context;
  context.trace_id = NewTraceId();
  context.cancelled = [] { return InterruptGuard::Interrupted(); };
  const bool terminal = isatty(STDOUT_FILENO) != 0;
  v1::GenerateEvent event;
  const auto on_piece = [&](const v1::GeneratedPiece& piece) {
    if (options.json) {
      *event.mutable_piece() = piece;
      std::cout << ToJson(event) << std::endl;
      return;
    }
    Print(piece.text(), terminal);
    if (options.log_probs >= 0) PrintLogProbs(piece);
  };
  FN_ASSIGN_OR_RETURN(*event.mutable_done(),
                      inference->Generate(ToRequest(options, model->adapter()), context, on_piece));
  if (options.json) {
    std::cout << ToJson(event) << "\n";
  } else {
    std::cout << std::endl;
    PrintSummary(event.done());
  }
  return Exit::kOk;
}

void AddModelOptions(CLI::App& app, Options* options) {
  using transformer::WeightPrecision;
  app.add_option("--model", options->model.model,
                 "A model's folder in the Hugging Face layout, or a GGUF file")
      ->required()
      ->type_name("DIR|FILE.gguf");
  app.add_option("--adapter", options->model.adapter, "A LoRA adapter's folder (PEFT)")
      ->type_name("DIR");
  AddChoice<WeightPrecision>(app, "--quant", &options->model.precision,
                             {{"none", WeightPrecision::kAsStored},
                              {"f32", WeightPrecision::kF32},
                              {"bf16", WeightPrecision::kBf16},
                              {"f16", WeightPrecision::kF16},
                              {"int8", WeightPrecision::kInt8},
                              {"int4", WeightPrecision::kInt4}},
                             "Precision of the weights (default none: as they are stored)");
  AddChoice<kernels::KvFormat>(app, "--kv", &options->model.kv_precision,
                               {{"f32", kernels::KvFormat::kF32},
                                {"bf16", kernels::KvFormat::kBf16},
                                {"int8", kernels::KvFormat::kInt8}},
                               "Precision of cached keys and values (default bf16)");
  app.add_option("--threads", options->model.threads, "CPU threads (default 0: one per CPU)")
      ->check(CLI::Range(0, 1024))
      ->type_name("N");
  app.add_option("--cuda", options->model.cuda_device, "Run on this CUDA device")
      ->check(CLI::Range(0, 1023))
      ->type_name("N");
  app.add_flag("--deterministic", options->model.deterministic,
               "The same bits each time on a CUDA device, too (the CPU's always are)");
  app.add_option("--cache-tokens", options->model.cache_tokens,
                 "Tokens that the cache holds (default 0: the model's context)")
      ->check(CLI::Range(uint64_t{0}, uint64_t{1} << 30))
      ->type_name("N");
  app.add_option("--memory-limit", options->model.memory_limit_bytes,
                 "Bytes that weights and cache may take (default 0: what is free)")
      ->type_name("BYTES");
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddModelOptions(app, options.get());
  app.add_option("--prompt", options->prompt, "The text to continue (default: standard input)")
      ->type_name("TEXT");
  app.add_flag("--chat", options->chat,
               "The prompt is a user's message: apply the model's chat template");
  app.add_option("--max-tokens", options->max_tokens,
                 absl::StrCat("Tokens to generate at most (default ", options->model.max_tokens,
                              ", or what the context has room for)"))
      ->check(CLI::Range(1, 1 << 30))
      ->type_name("N");
  app.add_option("--temperature", options->temperature, "0 to 100 (default 0: greedy)")
      ->type_name("T");
  app.add_option("--top-k", options->top_k, "The most probable so many (default 0: all)")
      ->type_name("K");
  app.add_option("--top-p", options->top_p, "The most probable that have this share (default 1)")
      ->type_name("P");
  app.add_option("--min-p", options->min_p,
                 "Those with this share of the most probable one's (default 0)")
      ->type_name("P");
  app.add_option("--seed", options->seed, "The same seed gives the same text (default 0)")
      ->type_name("N");
  app.add_option("--stop", options->stop, "End before this text; may be repeated")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  app.add_option("--logprobs", options->log_probs,
                 "Log probabilities, with this many others at each place, 0 to 20")
      ->check(CLI::Range(0, generator::kMaxTopLogProbs))
      ->type_name("N");
  app.add_flag("--ignore-end", options->ignore_end, "Go on after the end-of-text token");
  AddJsonFlag(app, &options->json);
  return [&app, options] { return Generate(app, *options); };
}

}  // namespace

const Command kGenerateCommand = {
    "generate", "Continue a text with a language model",
    "  footnote generate --model ./TinyLlama --prompt \"The harbour\" --max-tokens 50\n"
    "  footnote generate --model model-q4_0.gguf --chat --temperature 0.7 --seed 1 < prompt.txt\n"
    "  footnote generate --model ./llama --quant int8 --adapter ./my-lora --prompt \"Dear\"\n"
    "\n"
    "The text goes to standard output as it is written, the speed to standard error. With\n"
    "--json each line is an event: {\"piece\":{...}}, and at the end {\"done\":{...}}. Filters "
    "apply\n"
    "in the order temperature, top-k, top-p, min-p.",
    &Define};

}  // namespace footnote::services::cli
