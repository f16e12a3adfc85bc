// Writes the token ids of texts, for tests/golden/tokenizer.py, which compares
// them with those of `tokenizers`.
//
// Usage: dump_token_ids MODEL_DIR MAX_TOKENS < TEXTS > IDS
// TEXTS is a sequence of records: a decimal length, a line break, that many bytes, a line
// break. IDS has one line per text: the ids, a bar, the count without special tokens.
// With --all instead of MAX_TOKENS, for tokenizer_kinds.py: the ids with and without special tokens
// and both decodings in hexadecimal, with bars between. With --bench: encodes everything five times
// and prints the best rate by processor time. MODEL_DIR may be a tokenizer.json.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "transformer/tokenizer/tokenizer.h"

namespace {

std::vector<std::string> ReadTexts() {
  std::vector<std::string> texts;
  std::string line;
  while (std::getline(std::cin, line)) {
    size_t length;
    if (!absl::SimpleAtoi(line, &length)) std::exit(2);
    std::string text(length, '\0');
    if (!std::cin.read(text.data(), static_cast<std::streamsize>(length))) std::exit(2);
    std::cin.get();
    texts.push_back(std::move(text));
  }
  return texts;
}

// Of this process: what others do on the machine counts little.
double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void Bench(const footnote::transformer::Tokenizer& tokenizer,
           const std::vector<std::string>& texts) {
  size_t bytes = 0, tokens = 0;
  for (const std::string& text : texts) bytes += text.size();
  double encode = 1e9, count = 1e9;
  for (int round = 0; round < 5; ++round) {
    const double begin = CpuSeconds();
    tokens = 0;
    for (const std::string& text : texts) tokens += tokenizer.Encode(text, 1 << 30).size();
    const double middle = CpuSeconds();
    int64_t counted = 0;
    for (const std::string& text : texts) counted += tokenizer.CountTokens(text);
    const double end = CpuSeconds();
    const size_t special = static_cast<size_t>(tokenizer.SpecialCount()) * texts.size();
    if (static_cast<size_t>(counted) + special != tokens) std::exit(3);
    encode = std::min(encode, middle - begin);
    count = std::min(count, end - middle);
  }
  std::printf(
      "%zu texts, %.1f MB, %zu tokens: Encode %.2f M tokens/s (%.1f MB/s), "
      "CountTokens %.2f M tokens/s\n",
      texts.size(), bytes / 1e6, tokens, tokens / encode / 1e6, bytes / encode / 1e6,
      tokens / count / 1e6);
}

void DumpAll(const footnote::transformer::Tokenizer& tokenizer,
             const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    const std::vector<int32_t> ids = tokenizer.Encode(text, 1 << 30);
    for (const int32_t id : ids) std::printf("%d ", id);
    std::printf("|");
    for (const int32_t id : tokenizer.Tokenize(text, {false, false})) std::printf("%d ", id);
    std::printf("|%s|%s\n", absl::BytesToHexString(tokenizer.Decode(ids, false)).c_str(),
                absl::BytesToHexString(tokenizer.Decode(ids, true)).c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: dump_token_ids MODEL_DIR MAX_TOKENS|--bench < TEXTS\n");
    return 2;
  }
  const auto tokenizer = footnote::transformer::LoadTokenizer(argv[1]);
  if (!tokenizer.ok()) {
    std::fprintf(stderr, "%s\n", tokenizer.status().ToString().c_str());
    return 1;
  }
  const std::vector<std::string> texts = ReadTexts();
  if (std::string(argv[2]) == "--bench") {
    Bench(**tokenizer, texts);
    return 0;
  }
  if (std::string(argv[2]) == "--all") {
    DumpAll(**tokenizer, texts);
    return 0;
  }
  int max_tokens;
  if (!absl::SimpleAtoi(argv[2], &max_tokens)) return 2;
  for (const std::string& text : texts) {
    for (const int32_t id : (*tokenizer)->Encode(text, max_tokens)) std::printf("%d ", id);
    std::printf("| %d\n", (*tokenizer)->CountTokens(text));
  }
  return 0;
}
