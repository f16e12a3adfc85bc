// Embeds the lines of standard input and prints one JSON object with the rate.
// With --out, writes the embeddings as little-endian f32, row by row.
//
//   embed_bench --model DIR [--precision float32|bfloat16|int8] [--threads N]
//               [--repeat N] [--out FILE] < lines

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "kernels/base/cpu.h"
#include "transformer/text_encoder.h"

namespace {

using Clock = std::chrono::steady_clock;

// Processor time of all threads: what other programs on the machine don't disturb.
double CpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

double Seconds(Clock::time_point since) {
  return std::chrono::duration<double>(Clock::now() - since).count();
}

[[noreturn]] void Fail(const std::string& message) {
  std::cerr << "embed_bench: " << message << "\n";
  std::exit(1);
}

footnote::transformer::Precision ParsePrecision(const std::string& name) {
  if (name == "float32") return footnote::transformer::Precision::kFloat32;
  if (name == "bfloat16") return footnote::transformer::Precision::kBfloat16;
  if (name == "int8") return footnote::transformer::Precision::kInt8;
  Fail("no precision " + name);
}

}  // namespace

int main(int argc, char** argv) {
  std::string model, precision = "int8", out;
  int repeat = 1;
  footnote::transformer::EncoderOptions options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i];
    if (flag == "--model") {
      model = argv[i + 1];
    } else if (flag == "--precision") {
      precision = argv[i + 1];
    } else if (flag == "--threads") {
      options.threads = std::atoi(argv[i + 1]);
    } else if (flag == "--repeat") {
      repeat = std::max(1, std::atoi(argv[i + 1]));
    } else if (flag == "--out") {
      out = argv[i + 1];
    } else {
      Fail("no flag " + flag);
    }
  }
  if (model.empty() || argc % 2 == 0) Fail("usage: see the source");
  options.precision = ParsePrecision(precision);

  std::vector<std::string> lines;
  for (std::string line; std::getline(std::cin, line);) lines.push_back(line);
  const std::vector<absl::string_view> texts(lines.begin(), lines.end());

  const Clock::time_point load = Clock::now();
  const auto encoder = footnote::transformer::LoadTextEncoder(model, options);
  if (!encoder.ok()) Fail(encoder.status().ToString());
  const double load_seconds = Seconds(load);

  long tokens = 0;  // as the model sees them: with two special tokens, cut
  for (absl::string_view text : texts) {
    tokens += std::min((*encoder)->CountTokens(text) + 2, (*encoder)->max_tokens());
  }
  std::vector<double> seconds;
  absl::StatusOr<footnote::transformer::Embeddings> result = absl::UnknownError("not run");
  const double cpu_start = CpuSeconds();
  for (int i = 0; i < repeat; ++i) {
    const Clock::time_point start = Clock::now();
    result = (*encoder)->Embed(texts);
    seconds.push_back(Seconds(start));
    if (!result.ok()) Fail(result.status().ToString());
  }
  const double cpu = (CpuSeconds() - cpu_start) / repeat;
  std::sort(seconds.begin(), seconds.end());
  const double median = seconds[seconds.size() / 2];
  std::printf(
      "{\"precision\": \"%s\", \"cpu\": \"%s\", \"texts\": %zu, \"tokens\": %ld, "
      "\"load_seconds\": %.3f, \"median_seconds\": %.5f, \"best_seconds\": %.5f, "
      "\"tokens_per_second\": %.0f, \"cpu_seconds\": %.5f, "
      "\"tokens_per_cpu_second\": %.0f}\n",
      precision.c_str(),
      std::string(footnote::kernels::CpuLevelName(footnote::kernels::ActiveCpuLevel())).c_str(),
      texts.size(), tokens, load_seconds, median, seconds.front(), tokens / median, cpu,
      tokens / cpu);
  if (!out.empty()) {
    std::ofstream file(out, std::ios::binary);
    file.write(reinterpret_cast<const char*>(result->values.data()),
               static_cast<std::streamsize>(result->values.size() * sizeof(float)));
    if (!file) Fail("can't write " + out);
  }
  return 0;
}
