#ifndef FOOTNOTE_SERVICES_CLI_RANKING_FLAGS_H_
#define FOOTNOTE_SERVICES_CLI_RANKING_FLAGS_H_

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "footnote/v1/footnote.pb.h"
#include "retrieval/ranking.h"
#include "services/application.h"
#include "services/cli/flags.h"

// How passages are ranked, as flags that several commands share. What isn't given
// stays as it was. The targets must outlive the parse.
namespace footnote::services::cli {

// --rerank and --reranker
struct RerankFlags {
  std::optional<bool> on;
  std::string model;  // empty: the configured one
};
void AddRerankFlags(CLI::App& app, RerankFlags* flags);

// Whether there is a model to rerank with, where that is asked for: the flags' or
// `configured`, which may be empty. Errors: that of UsageError.
absl::Status CheckRerank(const RerankFlags& flags, absl::string_view configured);

// --profile
void AddProfileFlag(CLI::App& app, std::string* profile);

// OpenApplication over the store that is there, to rank with these flags. Errors
// also: that of UsageError before anything is opened, where no model is there to
// rerank with as asked, or there is no such profile.
absl::StatusOr<std::unique_ptr<Application>> OpenToRank(StoreFlags store, const RerankFlags& rerank,
                                                        absl::string_view profile = "");

// --mode, --fusion, --dense-weight, --candidates, --rerank, --reranker,
// --rerank-candidates, --fold, --max-per-document, --mmr-lambda, --fuzzy
struct RankingFlags {
  std::optional<retrieval::SearchMode> mode;
  std::optional<retrieval::Fusion> fusion;
  std::optional<double> dense_weight;
  std::optional<int> candidates;
  RerankFlags rerank;
  std::optional<int> rerank_candidates;
  std::optional<double> fold_similarity;
  std::optional<int> max_per_document;
  std::optional<double> mmr_lambda;
  std::optional<bool> fuzzy;
  std::optional<std::string> boost;

  void ApplyTo(retrieval::RankingOptions* options) const;
  void ApplyTo(v1::SearchRequest* request) const;
};
void AddRankingFlags(CLI::App& app, RankingFlags* flags);

}  // namespace footnote::services::cli

#endif  // FOOTNOTE_SERVICES_CLI_RANKING_FLAGS_H_
