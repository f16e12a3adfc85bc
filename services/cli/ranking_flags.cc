#include "services/cli/ranking_flags.h"

#include "kernels/base/status_macros.h"
#include "retrieval/filter/boost.h"
#include "services/cli/command.h"

namespace footnote::services::cli {
namespace {

using retrieval::Fusion;
using retrieval::kMaxCandidates;
using retrieval::kMaxK;
using retrieval::SearchMode;

v1::SearchRequest::Mode ToProto(SearchMode mode) {
  switch (mode) {
    case SearchMode::kDense:
      return v1::SearchRequest::DENSE;
    case SearchMode::kLexical:
      return v1::SearchRequest::LEXICAL;
    case SearchMode::kHybrid:
      break;
  }
  return v1::SearchRequest::HYBRID;
}

}  // namespace

void AddRerankFlags(CLI::App& app, RerankFlags* flags) {
  AddChoice<bool>(app, "--rerank", &flags->on, {{"off", false}, {"on", true}},
                  "Whether a cross-encoder orders the best passages anew (default off)");
  app.add_option("--reranker", flags->model,
                 "The cross-encoder: a known model's name or a folder (default: reranker.model of "
                 "the configuration, if there is one)")
      ->type_name("NAME|DIR");
}

void AddProfileFlag(CLI::App& app, std::string* profile) {
  app.add_option("--profile", *profile,
                 "A ranking profile of the configuration (default \"default\"); other flags "
                 "override it")
      ->type_name("NAME");
}

absl::Status CheckRerank(const RerankFlags& flags, absl::string_view configured) {
  if (!flags.on.value_or(false) || !flags.model.empty() || !configured.empty()) {
    return absl::OkStatus();
  }
  return UsageError(
      "--rerank on: no reranker is installed; name a cross-encoder with --reranker DIR, set "
      "reranker.model in the configuration, or leave it off");
}

absl::StatusOr<std::unique_ptr<Application>> OpenToRank(StoreFlags store, const RerankFlags& rerank,
                                                        absl::string_view profile) {
  if (!rerank.model.empty()) store.reranker = rerank.model;
  FN_ASSIGN_OR_RETURN(const Config config, MakeConfig(store));
  FN_RETURN_IF_ERROR(CheckRerank(rerank, config.reranker.model));
  if (const auto found = FindProfile(config, profile); !found.ok()) {
    return UsageError(found.status().message());
  }
  return OpenApplication(config, /*create_if_missing=*/false);
}

void RankingFlags::ApplyTo(retrieval::RankingOptions* options) const {
  if (mode.has_value()) options->mode = *mode;
  if (fusion.has_value()) options->fusion = *fusion;
  if (dense_weight.has_value()) options->dense_weight = *dense_weight;
  if (candidates.has_value()) options->candidates = *candidates;
  if (rerank.on.has_value()) options->rerank = *rerank.on;
  if (rerank_candidates.has_value()) options->rerank_candidates = *rerank_candidates;
  if (fold_similarity.has_value()) options->fold_similarity = *fold_similarity;
  if (max_per_document.has_value()) options->max_per_document = *max_per_document;
  if (mmr_lambda.has_value()) options->mmr_lambda = *mmr_lambda;
  if (fuzzy.has_value()) options->fuzzy = *fuzzy;
  if (boost.has_value()) options->boost = *boost;
}

void RankingFlags::ApplyTo(v1::SearchRequest* request) const {
  if (mode.has_value()) request->set_mode(ToProto(*mode));
  if (fusion.has_value()) {
    request->set_fusion(*fusion == Fusion::kConvex ? v1::SearchRequest::CONVEX
                                                   : v1::SearchRequest::RECIPROCAL_RANK);
  }
  if (dense_weight.has_value()) request->set_dense_weight(*dense_weight);
  if (candidates.has_value()) request->set_candidates(*candidates);
  if (rerank.on.has_value()) request->set_rerank(*rerank.on);
  if (rerank_candidates.has_value()) request->set_rerank_candidates(*rerank_candidates);
  if (fold_similarity.has_value()) request->set_fold_similarity(*fold_similarity);
  if (max_per_document.has_value()) request->set_max_per_document(*max_per_document);
  if (mmr_lambda.has_value()) request->set_mmr_lambda(*mmr_lambda);
  if (fuzzy.has_value()) request->set_fuzzy(*fuzzy);
  if (boost.has_value()) request->set_boost(*boost);
}

void AddRankingFlags(CLI::App& app, RankingFlags* flags) {
  AddChoice<SearchMode>(app, "--mode", &flags->mode,
                        {{"hybrid", SearchMode::kHybrid},
                         {"dense", SearchMode::kDense},
                         {"lexical", SearchMode::kLexical}},
                        "How passages are found (default hybrid)");
  AddChoice<Fusion>(app, "--fusion", &flags->fusion,
                    {{"convex", Fusion::kConvex}, {"rrf", Fusion::kReciprocalRank}},
                    "How hybrid joins the two rankings (default convex)");
  app.add_option("--dense-weight", flags->dense_weight,
                 "Weight of the dense score in the convex fusion, 0 to 1 (default 0.6)")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("W");
  app.add_option("--candidates", flags->candidates,
                 "Passages that each stage hands to fusion, 1 to 1000 (default 200)")
      ->check(CLI::Range(1, kMaxCandidates))
      ->type_name("N");
  app.add_option("--boost", flags->boost,
                 "Multiply scores by an expression over the documents' fields, such as "
                 "'1 + 0.5 * recent(updated, 180)' (default: nothing)")
      ->check([](const std::string& text) {
        return std::string(retrieval::ParseBoost(text).status().message());
      })
      ->type_name("EXPR");
  AddRerankFlags(app, &flags->rerank);
  app.add_option("--rerank-candidates", flags->rerank_candidates,
                 "Passages that it orders, 1 to 1000 (default 50)")
      ->check(CLI::Range(1, kMaxCandidates))
      ->type_name("N");
  app.add_option("--fold", flags->fold_similarity,
                 "Fold passages into a better one whose text resembles theirs this much, 0 to 1 "
                 "(default 0: none; 1: the same words)")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("S");
  app.add_option("--max-per-document", flags->max_per_document,
                 "Passages of one document (default 0: any number)")
      ->check(CLI::Range(0, kMaxK))
      ->type_name("N");
  app.add_option("--mmr-lambda", flags->mmr_lambda,
                 "Weight of relevance against novelty, 0 to 1 (default 1: relevance alone)")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("L");
  AddChoice<bool>(app, "--fuzzy", &flags->fuzzy, {{"off", false}, {"on", true}},
                  "Whether a word that no passage has counts as those that resemble it (default "
                  "on)");
}

}  // namespace footnote::services::cli
