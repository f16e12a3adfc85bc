// Asks questions and writes, one JSON line each, what the extractive answerer
// saw and said: the features that fit_answers.py fits the coefficients on, and
// the answers that it counts. Run by hand; see answers.md.
//
//   answer_bench --model=DIR --store=DIR --questions=FILE   questions of a store
//   answer_bench --model=DIR --store=DIR --squad=FILE --foreign
//       another set's questions, which the store can't answer
//   answer_bench --model=DIR --squad=FILE [--store=DIR]
//       over each question's own context; with a store (made if it isn't
//       there), over all contexts by search
//   --limit=N asks N questions evenly spread; --passages=K (10) reads K passages
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "generator/eval/answer_metrics.h"
#include "generator/eval/squad.h"
#include "generator/evidence/evidence.h"
#include "generator/evidence/score.h"
#include "generator/extractive.h"
#include "ingest/ingester.h"
#include "kernels/base/line_reader.h"
#include "kernels/base/status_macros.h"
#include "retrieval/engine.h"
#include "transformer/text_encoder.h"

namespace footnote::generator {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

double MillisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// Remembers vectors, so that looking at the evidence after the answer costs
// nothing. For one thread.
class Memo : public transformer::Embedder {
 public:
  explicit Memo(const transformer::Embedder* embedder) : embedder_(*embedder) {}
  using Embedder::Embed;
  absl::StatusOr<transformer::Embeddings> Embed(
      absl::Span<const absl::string_view> texts,
      const std::function<bool()>& cancelled) const override {
    std::vector<absl::string_view> unknown;
    for (const absl::string_view text : texts) {
      if (known_.try_emplace(std::string(text)).second) unknown.push_back(text);
    }
    if (!unknown.empty()) {
      FN_ASSIGN_OR_RETURN(const auto vectors, embedder_.Embed(unknown, cancelled));
      for (size_t i = 0; i < unknown.size(); ++i) {
        const auto row = vectors.row(static_cast<int>(i));
        known_[std::string(unknown[i])].assign(row.begin(), row.end());
      }
    }
    transformer::Embeddings all{static_cast<int>(texts.size()), dim(), {}};
    for (const absl::string_view text : texts) {
      const std::vector<float>& row = known_[std::string(text)];
      all.values.insert(all.values.end(), row.begin(), row.end());
    }
    return all;
  }
  int CountTokens(absl::string_view text) const override { return embedder_.CountTokens(text); }
  int dim() const override { return embedder_.dim(); }
  int max_tokens() const override { return embedder_.max_tokens(); }
  const std::string& fingerprint() const override { return embedder_.fingerprint(); }

 private:
  const transformer::Embedder& embedder_;
  mutable std::map<std::string, std::vector<float>> known_;
};

// A question with what counts as right: SQuAD's texts, or key strings.
struct Item {
  std::string id;
  std::string group;  // article or document: what a split may not divide
  std::string kind;   // "answerable", "unanswerable", or the question's class
  std::string question;
  std::string context;  // SQuAD's paragraph
  std::vector<std::string> right;
  bool keys = false;              // `right` holds keys rather than SQuAD's texts
  std::vector<std::string> docs;  // of a keyed question: where the answer stands
};

std::string Squeeze(absl::string_view text) {
  std::string out = absl::AsciiStrToLower(text);
  absl::RemoveExtraAsciiWhitespace(&out);
  return out;
}

bool IsRight(const Item& item, absl::string_view text, absl::string_view doc) {
  if (!item.keys) return ContainsAnswer(text, item.right);
  bool doc_fits = item.docs.empty();
  for (const std::string& name : item.docs) {
    if (absl::EndsWith(doc, absl::StrCat("/", name))) doc_fits = true;
  }
  if (!doc_fits) return false;
  for (const std::string& key : item.right) {
    if (absl::StrContains(Squeeze(text), Squeeze(key))) return true;
  }
  return false;
}

absl::StatusOr<std::vector<Item>> ReadQuestions(const std::string& path) {
  std::vector<Item> items;
  FN_ASSIGN_OR_RETURN(auto reader, kernels::LineReader::Open(path));
  std::string line;
  while (true) {
    FN_ASSIGN_OR_RETURN(const bool more, reader.Next(&line));
    if (!more) return items;
    const Json json = Json::parse(line);
    Item item;
    item.id = json.at("id");
    item.group = json.at("split");
    item.kind = json.at("class");
    item.question = json.at("question");
    item.right = json.value("keys", std::vector<std::string>());
    item.docs = json.value("docs", std::vector<std::string>());
    item.keys = true;
    items.push_back(std::move(item));
  }
}

std::vector<Item> ItemsOf(const SquadDataset& dataset, bool foreign) {
  std::vector<Item> items;
  for (const SquadArticle& article : dataset.articles) {
    for (const SquadParagraph& paragraph : article.paragraphs) {
      for (const SquadQuestion& q : paragraph.questions) {
        Item item;
        item.id = q.id;
        item.group = article.title;
        item.question = q.question;
        item.context = paragraph.context;
        if (!foreign) item.right = q.answers;
        item.kind = foreign ? "foreign" : q.answers.empty() ? "unanswerable" : "answerable";
        items.push_back(std::move(item));
      }
    }
  }
  return items;
}

std::vector<Item> Spread(std::vector<Item> items, size_t limit) {
  if (limit == 0 || items.size() <= limit) return items;
  std::vector<Item> kept;
  for (size_t i = 0; i < limit; ++i) kept.push_back(std::move(items[i * items.size() / limit]));
  return kept;
}

absl::Status IngestContexts(const SquadDataset& dataset, const transformer::Embedder& embedder,
                            retrieval::Engine* engine) {
  ingest::Ingester ingester(engine, &embedder);
  int number = 0;
  for (const SquadArticle& article : dataset.articles) {
    std::vector<ingest::RawDocument> documents;
    for (const SquadParagraph& paragraph : article.paragraphs) {
      ingest::RawDocument document;
      document.id = absl::StrCat("context/", ++number, ".txt");
      document.title = article.title;
      document.content_type = "text/plain";
      document.content = paragraph.context;
      documents.push_back(std::move(document));
    }
    uint64_t sequence = 0;
    FN_ASSIGN_OR_RETURN(const auto reports,
                        ingester.IngestDocuments(std::move(documents), {}, nullptr, &sequence));
    for (const auto& report : reports) FN_RETURN_IF_ERROR(report.status);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Passage>> SearchPassages(const retrieval::Engine& engine,
                                                    const std::string& question, int k) {
  retrieval::SearchRequest request;
  request.query = question;
  request.k = k;
  FN_ASSIGN_OR_RETURN(const auto result, engine.Search(request));
  std::vector<Passage> passages;
  for (const retrieval::Hit& hit : result.hits) {
    passages.push_back({hit.doc, hit.title, hit.heading_path, hit.begin, hit.end, hit.text,
                        hit.score, hit.dense.score, hit.lexical.score});
  }
  return passages;
}

// The context as a search would return it.
absl::StatusOr<std::vector<Passage>> OwnPassage(const Item& item,
                                                const transformer::Embedder& embedder) {
  const std::vector<absl::string_view> texts = {item.question, item.context};
  FN_ASSIGN_OR_RETURN(const auto vectors, embedder.Embed(texts));
  const auto a = vectors.row(0);
  const auto b = vectors.row(1);
  Passage passage;
  passage.doc = "context";
  passage.title = passage.heading_path = item.group;
  passage.end = static_cast<uint32_t>(item.context.size());
  passage.text = item.context;
  passage.dense_score = std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  passage.score = passage.dense_score;
  return std::vector<Passage>{passage};
}

absl::StatusOr<Json> AskOne(const Item& item, const std::vector<Passage>& passages,
                            const transformer::Embedder& embedder) {
  ExtractiveOptions options;
  options.min_confidence = 0;  // what would have been said, whatever its confidence
  const Memo memo(&embedder);
  AnswerRequest request;
  request.question = item.question;
  request.passages = passages;
  request.stored_text = [&](const std::string& doc, uint32_t begin,
                            uint32_t end) -> absl::StatusOr<std::string> {
    for (const Passage& p : passages) {
      if (p.doc == doc && p.begin <= begin && end <= p.end) {
        return p.text.substr(begin - p.begin, end - begin);
      }
    }
    return absl::NotFoundError(doc);
  };
  const auto start = Clock::now();
  FN_ASSIGN_OR_RETURN(const Answer answer, MakeExtractiveAnswerer(&memo, options)->Run(request));
  const double ms = MillisecondsSince(start);

  const auto never = [] { return false; };
  FN_ASSIGN_OR_RETURN(const Evidence evidence,
                      GatherEvidence(memo, item.question, passages, options.max_candidates, never));
  Json line = {{"id", item.id},
               {"group", item.group},
               {"kind", item.kind},
               {"question", item.question},
               {"right", item.right}};
  const auto text_of = [&](const Candidate& c) {
    return passages[c.passage].text.substr(c.place.span.begin, c.place.span.size());
  };
  Json units = Json::array();
  for (const Candidate& c : evidence.candidates) {
    units.push_back({{"x", c.features},
                     {"p", c.passage},
                     {"right", IsRight(item, text_of(c), passages[c.passage].doc)}});
  }
  line["units"] = units;
  if (!evidence.candidates.empty()) line["x"] = AnswerFeatures(evidence, passages, 0);

  line["ms"] = ms;
  line["confidence"] = answer.confidence;
  Json sentences = Json::array();
  std::string all;
  bool right = false;
  for (const Footnote& note : answer.footnotes) {
    const std::string& doc = passages[note.passage].doc;
    sentences.push_back({{"doc", doc}, {"text", note.quote}});
    absl::StrAppend(&all, all.empty() ? "" : " ", note.quote);
    right = right || IsRight(item, note.quote, doc);
  }
  line["sentences"] = sentences;
  line["answer_right"] = right;
  bool reachable = false;
  for (const Passage& p : passages) reachable = reachable || IsRight(item, p.text, p.doc);
  line["reachable"] = reachable;
  if (!item.keys) {
    line["exact"] = ExactMatch(all, item.right);
    line["f1"] = TokenF1(all, item.right);
  }
  return line;
}

absl::Status Main(std::map<std::string, std::string> flags) {
  int limit = 0;
  int k = 10;
  if ((!flags["limit"].empty() && !absl::SimpleAtoi(flags["limit"], &limit)) ||
      (!flags["passages"].empty() && !absl::SimpleAtoi(flags["passages"], &k))) {
    return absl::InvalidArgumentError("--limit and --passages are numbers");
  }
  FN_ASSIGN_OR_RETURN(const auto embedder, transformer::LoadTextEncoder(flags["model"], {}));
  const bool foreign = flags.contains("foreign");
  std::vector<Item> items;
  SquadDataset dataset;
  if (!flags["squad"].empty()) {
    FN_ASSIGN_OR_RETURN(dataset, ReadSquad(flags["squad"]));
    items = ItemsOf(dataset, foreign);
  } else {
    FN_ASSIGN_OR_RETURN(items, ReadQuestions(flags["questions"]));
  }
  std::unique_ptr<retrieval::Engine> engine;
  if (!flags["store"].empty()) {
    retrieval::EngineOptions options;
    options.data_dir = flags["store"];
    options.create_if_missing = !foreign && !flags["squad"].empty();
    FN_ASSIGN_OR_RETURN(engine, retrieval::Engine::Open(options, embedder.get()));
    FN_ASSIGN_OR_RETURN(const auto stats, engine->Stats());
    if (stats.collections.empty() && options.create_if_missing) {
      FN_RETURN_IF_ERROR(IngestContexts(dataset, *embedder, engine.get()));
    }
  }
  for (const Item& item : Spread(std::move(items), limit)) {
    FN_ASSIGN_OR_RETURN(const auto passages, engine ? SearchPassages(*engine, item.question, k)
                                                    : OwnPassage(item, *embedder));
    FN_ASSIGN_OR_RETURN(const Json line, AskOne(item, passages, *embedder));
    std::cout << line.dump() << "\n";
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace footnote::generator

int main(int argc, char** argv) {
  std::map<std::string, std::string> flags;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    const size_t equals = arg.find('=');
    if (arg.rfind("--", 0) != 0) {
      std::fprintf(stderr, "answer_bench: unknown argument %s\n", argv[i]);
      return 2;
    }
    flags[arg.substr(2, equals == std::string::npos ? equals : equals - 2)] =
        equals == std::string::npos ? "" : arg.substr(equals + 1);
  }
  const absl::Status status = footnote::generator::Main(flags);
  if (!status.ok()) std::fprintf(stderr, "answer_bench: %s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}
