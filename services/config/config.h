#ifndef FOOTNOTE_SERVICES_CONFIG_CONFIG_H_
#define FOOTNOTE_SERVICES_CONFIG_CONFIG_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "kernels/ops.h"
#include "retrieval/ranking.h"
#include "transformer/language_model.h"
#include "transformer/text_encoder.h"

namespace footnote::services {

// Where documents and indexes are.
struct StoreConfig {
  // The data folder. One process at a time may use it. It grows with the
  // documents.
  std::string data_dir = "footnote-data";
  // Memory for RocksDB's block cache. Less costs disk reads when passages are
  // fetched.
  uint64_t block_cache_bytes = 256ull << 20;
  // Whether a write waits for the disk. False loses the last acknowledged
  // writes at a power cut (not at a kill) and ingests faster on slow disks.
  bool sync_writes = true;
  friend bool operator==(const StoreConfig&, const StoreConfig&) = default;
};

// The embedding model.
struct ModelConfig {
  // A known model's name or a folder in the Hugging Face layout. A store
  // belongs to the model that it was ingested with.
  std::string name = "all-MiniLM-L6-v2";
  // int8, bfloat16 or float32. Part of the model's fingerprint: a change needs
  // a new ingest. float32 is the reference and the slowest.
  transformer::Precision precision = transformer::EncoderOptions().precision;
  // CPU threads of the encoder, shared by all requests; 0: one per CPU that
  // the process may use.
  int threads = 0;
  // Put before each question, such as "query: " for e5; empty: what the model's
  // config_sentence_transformers.json says. Part of the model's fingerprint.
  std::string query_prefix;
  // Put before each passage, such as "passage: " for e5; empty: what the model's
  // config_sentence_transformers.json says. Part of the model's fingerprint: a
  // change needs a new ingest.
  std::string passage_prefix;
  friend bool operator==(const ModelConfig&, const ModelConfig&) = default;
};

// Where `footnote model pull` gets models from.
struct ModelsConfig {
  // The URL of a model hub in Hugging Face's layout, such as a mirror inside the
  // organisation.
  std::string mirror = "https://huggingface.co";
  // A file whose first line is the token for the mirror; empty: none. The token
  // goes to the mirror alone, and never unencrypted over a network.
  std::string token_file;
  // A file of certificates (PEM) by which the mirror is known; empty: the
  // system's.
  std::string ca_file;
  friend bool operator==(const ModelsConfig&, const ModelsConfig&) = default;
};

struct GrpcConfig {
  // HOST:PORT; port 0 takes a free one; empty: no gRPC. Beyond 127.0.0.1
  // everyone on the network can read and write: put a proxy before it.
  std::string listen = "127.0.0.1:50051";
  // Whether clients such as grpcurl may ask for the service's definition.
  bool reflection = false;
  // Calls at once on one connection. Further ones wait.
  int max_concurrent_streams = 64;
  // Bytes of a call's metadata. A call with more is refused.
  int max_metadata_bytes = 16 << 10;
  // A connection without a call is closed after this.
  absl::Duration idle_timeout = absl::Minutes(10);
  friend bool operator==(const GrpcConfig&, const GrpcConfig&) = default;
};

struct HttpConfig {
  // HOST:PORT of REST, metrics and the search page; port 0 takes a free one;
  // empty: no HTTP. Beyond 127.0.0.1 everyone on the network can read and
  // write: put a proxy before it.
  std::string listen = "127.0.0.1:8080";
  // Names under which clients reach this server, besides localhost, this
  // machine's name and literal addresses: the DNS name, or a proxy's; "*" for
  // every name. A request to another name is refused, because a foreign web page
  // could have made the browser send it.
  std::vector<std::string> allowed_hosts;
  // Connections at once. Further ones wait in the kernel's queue.
  int max_connections = 512;
  // Bytes of a request's line and headers together.
  int max_header_bytes = 16 << 10;
  // How long a client may take to send the headers.
  absl::Duration header_timeout = absl::Seconds(10);
  // How long a client may take to send the body.
  absl::Duration body_timeout = absl::Seconds(60);
  // How long a client may take to accept a piece of the response.
  absl::Duration write_timeout = absl::Seconds(30);
  // A connection without a request is closed after this.
  absl::Duration idle_timeout = absl::Seconds(60);
  // A stream of events without an event carries a comment this often, so that
  // proxies keep it open.
  absl::Duration heartbeat = absl::Seconds(10);
  friend bool operator==(const HttpConfig&, const HttpConfig&) = default;
};

// What one client may ask of the process.
struct LimitsConfig {
  // Bytes of a request: an HTTP body, a gRPC message. Times
  // max_concurrent_requests it bounds the memory that requests hold.
  uint64_t max_body_bytes = 32ull << 20;
  // Bytes of a question or query; the engine takes no more than 32,768.
  uint64_t max_question_bytes = 8 << 10;
  // Bytes of one document. A larger one is refused, not cut.
  uint64_t max_document_bytes = 64ull << 20;
  // Documents of one ingest or delete call.
  int max_batch_documents = 10000;
  // Principals of one request.
  int max_principals = 1000;
  // Calls at once over both doors. Further ones are refused at once, so that
  // those accepted stay fast.
  int max_concurrent_requests = 64;
  // Threads that run HTTP requests; gRPC starts its own as needed. Requests
  // beyond it wait.
  int worker_threads = 16;
  // Time for a question, a search or a document when the client sets none.
  absl::Duration default_deadline = absl::Seconds(30);
  // Time for an ingest or delete when the client sets none.
  absl::Duration write_deadline = absl::Minutes(10);
  // The longest time that a client may set.
  absl::Duration max_deadline = absl::Hours(1);
  // At the end of the process calls may finish for this long, then they are
  // cancelled.
  absl::Duration drain_timeout = absl::Seconds(20);
  friend bool operator==(const LimitsConfig&, const LimitsConfig&) = default;
};

// How questions are answered.
struct AnswerConfig {
  // Passages that are read for an answer, 1 to 100. More finds more and costs
  // time in proportion.
  int passages = 10;
  // Weight of meaning against words in a hybrid search, 0 (words only) to 1. Not
  // set: what `footnote tune weight` learned for the collection, else 0.6.
  std::optional<double> dense_weight;
  // The least confidence that is answered, 0 to 1; below it the outcome is
  // ABSTAINED. Higher answers less often and errs less often. Where a model writes
  // it holds for each sentence: its support times the probability of its words.
  double min_confidence = 0.5;
  // Sentences of an answer.
  int max_sentences = 3;
  // When a passage supports a sentence that a model wrote, each 0 to 1. They were
  // chosen, not fitted to data: higher drops more sentences in other words than
  // their source's, lower lets more through that add something to it. The share of
  // the sentence's words that the passage and its headings have.
  double min_passage_overlap = 0.8;
  // The share of the sentence's words that the quoted part of the passage has.
  double min_quote_overlap = 0.5;
  // Cosine of the sentence's and the quote's vectors.
  double min_quote_cosine = 0.5;
  friend bool operator==(const AnswerConfig&, const AnswerConfig&) = default;
};

// The cross-encoder that serves GeneratorService.Rerank and reranks searches.
struct RerankerConfig {
  // A known model's name or a folder in the Hugging Face layout; empty: none.
  std::string model;
  // int8, bfloat16 or float32.
  transformer::Precision precision = transformer::EncoderOptions().precision;
  // CPU threads; 0: one per CPU that the process may use.
  int threads = 0;
  friend bool operator==(const RerankerConfig&, const RerankerConfig&) = default;
};

// The language model that writes answers and serves GeneratorService.
struct GeneratorConfig {
  // A folder in the Hugging Face layout or a GGUF file; empty: none, and answers
  // are made of verbatim sentences.
  std::string model;
  // A LoRA adapter's folder that answers are written with; empty: none.
  std::string adapter;
  // The folder below which LoadAdapter may find adapters; empty: nowhere.
  std::string adapters_dir;
  // Of the weights: as_stored, float32, bfloat16, float16, int8 or int4. Less
  // precision takes less memory and is faster.
  transformer::WeightPrecision precision = transformer::WeightPrecision::kAsStored;
  // Of cached keys and values: float32, bfloat16 or int8.
  kernels::KvFormat kv_precision = kernels::KvFormat::kBf16;
  // CPU threads; 0: one per CPU that the process may use.
  int threads = 0;
  // -1: the CPU; else the CUDA device of that number.
  int cuda_device = -1;
  // Whether on a CUDA device, too, the same request gives the same bits, alone or
  // beside others. Prompts take longer there. The CPU is always so.
  bool deterministic = false;
  // Tokens that all running generations together may hold; 0: one of the
  // model's context, or what fits in memory if that is less.
  uint64_t cache_tokens = 0;
  // Bytes that weights and cache may take; 0: what the device has free at the
  // start. A model that needs more is refused before it is loaded.
  uint64_t memory_limit_bytes = 0;
  // Generations that may wait. Further ones are refused at once.
  int max_queue = 64;
  // Generations that advance together. More serve more users at once and make
  // each of them slower.
  int max_running = 16;
  // Tokens of prompts that one step reads. Less lets cancellations and others'
  // tokens through sooner, more reads long prompts faster.
  int prefill_tokens = 256;
  // Adapters under different names. Each takes memory.
  int max_adapters = 16;
  // Tokens of a text when the client sets none, and of an answer's draft.
  int max_tokens = 256;
  // Time for a generation, or for an answer that the model writes, when the
  // client sets none.
  absl::Duration deadline = absl::Minutes(5);
  friend bool operator==(const GeneratorConfig&, const GeneratorConfig&) = default;
};

enum class LogFormat { kJson, kText };
enum class LogLevel { kDebug, kInfo, kWarning, kError };

struct LogConfig {
  // debug, info, warning or error. info has a line for each call.
  LogLevel level = LogLevel::kInfo;
  // json (one object a line, for machines) or text (for people). On stderr.
  LogFormat format = LogFormat::kJson;
  friend bool operator==(const LogConfig&, const LogConfig&) = default;
};

// How searches and questions rank passages, under a name that requests may give:
// `[profiles.NAME]` in the file, where its keys are `version` and the names of
// RankingOptions. What isn't set there is as in RankingOptions.
struct RankingProfile {
  // Comes with every result that the profile ranked: change it with any other key.
  std::string version = "1";
  retrieval::RankingOptions ranking;
  friend bool operator==(const RankingProfile&, const RankingProfile&) = default;
};
inline constexpr char kDefaultProfile[] = "default";

// Everything that can be set, parsed and validated once. This header is the
// manual: default, meaning and cost stand beside each field. In the file a
// field is `name = value` under `[section]`; a size is a number of bytes, a
// duration a string such as "30s" or "1m30s".
struct Config {
  StoreConfig store;
  ModelConfig model;
  ModelsConfig models;
  GrpcConfig grpc;
  HttpConfig http;
  LimitsConfig limits;
  AnswerConfig answer;
  RerankerConfig reranker;
  GeneratorConfig generator;
  LogConfig log;
  // By name. Without one called kDefaultProfile there is one all the same, whose
  // dense_weight is answer.dense_weight.
  std::map<std::string, RankingProfile> profiles;
  friend bool operator==(const Config&, const Config&) = default;
};

// Parses TOML over the defaults. `file` stands in error messages.
// Errors: InvalidArgument (syntax, an unknown key, a wrong type, a value out of
// range); the message names file, line and key, and lists the known keys.
absl::StatusOr<Config> ParseConfig(absl::string_view toml, absl::string_view file);

// The profile of that name; empty: kDefaultProfile. Errors: InvalidArgument, listing
// the names that there are.
absl::StatusOr<RankingProfile> FindProfile(const Config& config, absl::string_view name);

// ParseConfig of a file. Errors: also NotFound, PermissionDenied.
absl::StatusOr<Config> LoadConfigFile(const std::string& path);

// A setting that overrides the file's: a key such as "http.listen" and a value
// as TOML writes it; quotes may be left out around a string.
using Override = std::pair<std::string, std::string>;

// Sets each of `overrides` in order. Errors: InvalidArgument, naming the key.
absl::Status ApplyOverrides(absl::Span<const Override> overrides, Config* config);

// `config` as a TOML file, with each field's meaning as a comment. ParseConfig
// of it gives an equal Config.
std::string ToToml(const Config& config);

// Every key, in the order of this header: "store.data_dir", ...
std::vector<std::string> ConfigKeys();

// The names that files and flags use.
absl::string_view PrecisionName(transformer::Precision precision);
absl::StatusOr<transformer::Precision> ParsePrecision(absl::string_view name);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_CONFIG_CONFIG_H_
