#include "services/config/fields.h"

#include "retrieval/filter/boost.h"

namespace footnote::services::internal {
namespace {

const Field kFields[] = {
    {"store", "data_dir",
     "The data folder. One process at a time may use it. It grows with the documents.",
     [](Config& c) -> FieldRef { return &c.store.data_dir; }},
    {"store", "block_cache_bytes",
     "Memory for RocksDB's block cache. Less costs disk reads when passages are fetched.",
     [](Config& c) -> FieldRef { return &c.store.block_cache_bytes; }, 1048576, 1099511627776},
    {"store", "sync_writes",
     "Whether a write waits for the disk. False loses the last acknowledged writes at a "
     "power cut (not at a kill) and ingests faster on slow disks.",
     [](Config& c) -> FieldRef { return &c.store.sync_writes; }},
    {"model", "name",
     "A known model's name or a folder in the Hugging Face layout. A store belongs to the "
     "model that it was ingested with.",
     [](Config& c) -> FieldRef { return &c.model.name; }},
    {"model", "precision",
     "int8, bfloat16 or float32. Part of the model's fingerprint: a change needs a new "
     "ingest. float32 is the reference and the slowest.",
     [](Config& c) -> FieldRef { return &c.model.precision; }},
    {"model", "threads",
     "CPU threads of the encoder, shared by all requests; 0: one per CPU that the process "
     "may use.",
     [](Config& c) -> FieldRef { return &c.model.threads; }, 0, 1024},
    {"model", "query_prefix",
     "Put before each question, such as \"query: \" for e5; empty: what the model's "
     "config_sentence_transformers.json says. Part of the model's fingerprint.",
     [](Config& c) -> FieldRef { return &c.model.query_prefix; }},
    {"model", "passage_prefix",
     "Put before each passage, such as \"passage: \" for e5; empty: what the model's "
     "config_sentence_transformers.json says. Part of the model's fingerprint: a change needs a "
     "new ingest.",
     [](Config& c) -> FieldRef { return &c.model.passage_prefix; }},
    {"models", "mirror",
     "The URL of a model hub in Hugging Face's layout, such as a mirror inside the "
     "organisation.",
     [](Config& c) -> FieldRef { return &c.models.mirror; }},
    {"models", "token_file",
     "A file whose first line is the token for the mirror; empty: none. The token goes to the "
     "mirror alone, and never unencrypted over a network.",
     [](Config& c) -> FieldRef { return &c.models.token_file; }},
    {"models", "ca_file",
     "A file of certificates (PEM) by which the mirror is known; empty: the system's.",
     [](Config& c) -> FieldRef { return &c.models.ca_file; }},
    {"grpc", "listen",
     "HOST:PORT; port 0 takes a free one; empty: no gRPC. Beyond 127.0.0.1 everyone on the "
     "network can read and write: put a proxy before it.",
     [](Config& c) -> FieldRef { return &c.grpc.listen; }},
    {"grpc", "reflection", "Whether clients such as grpcurl may ask for the service's definition.",
     [](Config& c) -> FieldRef { return &c.grpc.reflection; }},
    {"grpc", "max_concurrent_streams", "Calls at once on one connection. Further ones wait.",
     [](Config& c) -> FieldRef { return &c.grpc.max_concurrent_streams; }, 1, 100000},
    {"grpc", "max_metadata_bytes", "Bytes of a call's metadata. A call with more is refused.",
     [](Config& c) -> FieldRef { return &c.grpc.max_metadata_bytes; }, 1024, 1048576},
    {"grpc", "idle_timeout", "A connection without a call is closed after this.",
     [](Config& c) -> FieldRef { return &c.grpc.idle_timeout; }, 1, 86400},
    {"http", "listen",
     "HOST:PORT of REST, metrics and the search page; port 0 takes a free one; empty: no "
     "HTTP. Beyond 127.0.0.1 everyone on the network can read and write: put a proxy "
     "before it.",
     [](Config& c) -> FieldRef { return &c.http.listen; }},
    {"http", "allowed_hosts",
     "Names under which clients reach this server, besides localhost, this machine's name "
     "and literal addresses: the DNS name, or a proxy's; \"*\" for every name. A request to "
     "another name is refused, because a foreign web page could have made the browser send "
     "it.",
     [](Config& c) -> FieldRef { return &c.http.allowed_hosts; }},
    {"http", "max_connections", "Connections at once. Further ones wait in the kernel's queue.",
     [](Config& c) -> FieldRef { return &c.http.max_connections; }, 1, 100000},
    {"http", "max_header_bytes", "Bytes of a request's line and headers together.",
     [](Config& c) -> FieldRef { return &c.http.max_header_bytes; }, 1024, 1048576},
    {"http", "header_timeout", "How long a client may take to send the headers.",
     [](Config& c) -> FieldRef { return &c.http.header_timeout; }, 0.1, 3600},
    {"http", "body_timeout", "How long a client may take to send the body.",
     [](Config& c) -> FieldRef { return &c.http.body_timeout; }, 0.1, 3600},
    {"http", "write_timeout", "How long a client may take to accept a piece of the response.",
     [](Config& c) -> FieldRef { return &c.http.write_timeout; }, 0.1, 3600},
    {"http", "idle_timeout", "A connection without a request is closed after this.",
     [](Config& c) -> FieldRef { return &c.http.idle_timeout; }, 1, 86400},
    {"http", "heartbeat",
     "A stream of events without an event carries a comment this often, so that proxies "
     "keep it open.",
     [](Config& c) -> FieldRef { return &c.http.heartbeat; }, 0.1, 3600},
    {"limits", "max_body_bytes",
     "Bytes of a request: an HTTP body, a gRPC message. Times max_concurrent_requests it "
     "bounds the memory that requests hold.",
     [](Config& c) -> FieldRef { return &c.limits.max_body_bytes; }, 1024, 1073741824},
    {"limits", "max_question_bytes",
     "Bytes of a question or query; the engine takes no more than 32,768.",
     [](Config& c) -> FieldRef { return &c.limits.max_question_bytes; }, 1, 32768},
    {"limits", "max_document_bytes", "Bytes of one document. A larger one is refused, not cut.",
     [](Config& c) -> FieldRef { return &c.limits.max_document_bytes; }, 1, 4294967296},
    {"limits", "max_batch_documents", "Documents of one ingest or delete call.",
     [](Config& c) -> FieldRef { return &c.limits.max_batch_documents; }, 1, 1000000},
    {"limits", "max_principals", "Principals of one request.",
     [](Config& c) -> FieldRef { return &c.limits.max_principals; }, 0, 1000000},
    {"limits", "max_concurrent_requests",
     "Calls at once over both doors. Further ones are refused at once, so that those "
     "accepted stay fast.",
     [](Config& c) -> FieldRef { return &c.limits.max_concurrent_requests; }, 1, 100000},
    {"limits", "worker_threads",
     "Threads that run HTTP requests; gRPC starts its own as needed. Requests beyond it "
     "wait.",
     [](Config& c) -> FieldRef { return &c.limits.worker_threads; }, 1, 1024},
    {"limits", "default_deadline",
     "Time for a question, a search or a document when the client sets none.",
     [](Config& c) -> FieldRef { return &c.limits.default_deadline; }, 0.001, 86400},
    {"limits", "write_deadline", "Time for an ingest or delete when the client sets none.",
     [](Config& c) -> FieldRef { return &c.limits.write_deadline; }, 0.001, 86400},
    {"limits", "max_deadline", "The longest time that a client may set.",
     [](Config& c) -> FieldRef { return &c.limits.max_deadline; }, 0.001, 604800},
    {"limits", "drain_timeout",
     "At the end of the process calls may finish for this long, then they are cancelled.",
     [](Config& c) -> FieldRef { return &c.limits.drain_timeout; }, 0, 3600},
    {"answer", "passages",
     "Passages that are read for an answer, 1 to 100. More finds more and costs time in "
     "proportion.",
     [](Config& c) -> FieldRef { return &c.answer.passages; }, 1, 100},
    {"answer", "dense_weight",
     "Weight of meaning against words in a hybrid search, 0 (words only) to 1. Not set: what "
     "`footnote tune weight` learned for the collection, else 0.6.",
     [](Config& c) -> FieldRef { return &c.answer.dense_weight; }, 0, 1},
    {"answer", "min_confidence",
     "The least confidence that is answered, 0 to 1; below it the outcome is ABSTAINED. "
     "Higher answers less often and errs less often. Where a model writes it holds for each "
     "sentence: its support times the probability of its words.",
     [](Config& c) -> FieldRef { return &c.answer.min_confidence; }, 0, 1},
    {"answer", "max_sentences", "Sentences of an answer.",
     [](Config& c) -> FieldRef { return &c.answer.max_sentences; }, 1, 100},
    {"answer", "min_passage_overlap",
     "When a passage supports a sentence that a model wrote, each 0 to 1. They were chosen, not "
     "fitted to data: higher drops more sentences in other words than their source's, lower lets "
     "more through that add something to it. The share of the sentence's words that the passage "
     "and its headings have.",
     [](Config& c) -> FieldRef { return &c.answer.min_passage_overlap; }, 0, 1},
    {"answer", "min_quote_overlap",
     "The share of the sentence's words that the quoted part of the passage has.",
     [](Config& c) -> FieldRef { return &c.answer.min_quote_overlap; }, 0, 1},
    {"answer", "min_quote_cosine", "Cosine of the sentence's and the quote's vectors.",
     [](Config& c) -> FieldRef { return &c.answer.min_quote_cosine; }, 0, 1},
    {"reranker", "model",
     "A known model's name or a folder in the Hugging Face layout; empty: none.",
     [](Config& c) -> FieldRef { return &c.reranker.model; }},
    {"reranker", "precision", "int8, bfloat16 or float32.",
     [](Config& c) -> FieldRef { return &c.reranker.precision; }},
    {"reranker", "threads", "CPU threads; 0: one per CPU that the process may use.",
     [](Config& c) -> FieldRef { return &c.reranker.threads; }, 0, 1024},
    {"generator", "model",
     "A folder in the Hugging Face layout or a GGUF file; empty: none, and answers are made "
     "of verbatim sentences.",
     [](Config& c) -> FieldRef { return &c.generator.model; }},
    {"generator", "adapter", "A LoRA adapter's folder that answers are written with; empty: none.",
     [](Config& c) -> FieldRef { return &c.generator.adapter; }},
    {"generator", "adapters_dir",
     "The folder below which LoadAdapter may find adapters; empty: nowhere.",
     [](Config& c) -> FieldRef { return &c.generator.adapters_dir; }},
    {"generator", "precision",
     "Of the weights: as_stored, float32, bfloat16, float16, int8 or int4. Less precision "
     "takes less memory and is faster.",
     [](Config& c) -> FieldRef { return &c.generator.precision; }},
    {"generator", "kv_precision", "Of cached keys and values: float32, bfloat16 or int8.",
     [](Config& c) -> FieldRef { return &c.generator.kv_precision; }},
    {"generator", "threads", "CPU threads; 0: one per CPU that the process may use.",
     [](Config& c) -> FieldRef { return &c.generator.threads; }, 0, 1024},
    {"generator", "cuda_device", "-1: the CPU; else the CUDA device of that number.",
     [](Config& c) -> FieldRef { return &c.generator.cuda_device; }, -1, 1023},
    {"generator", "deterministic",
     "Whether on a CUDA device, too, the same request gives the same bits, alone or beside "
     "others. Prompts take longer there. The CPU is always so.",
     [](Config& c) -> FieldRef { return &c.generator.deterministic; }},
    {"generator", "cache_tokens",
     "Tokens that all running generations together may hold; 0: one of the model's context, "
     "or what fits in memory if that is less.",
     [](Config& c) -> FieldRef { return &c.generator.cache_tokens; }, 0, 1073741824},
    {"generator", "memory_limit_bytes",
     "Bytes that weights and cache may take; 0: what the device has free at the start. A "
     "model that needs more is refused before it is loaded.",
     [](Config& c) -> FieldRef { return &c.generator.memory_limit_bytes; }, 0, 1125899906842624},
    {"generator", "max_queue", "Generations that may wait. Further ones are refused at once.",
     [](Config& c) -> FieldRef { return &c.generator.max_queue; }, 1, 100000},
    {"generator", "max_running",
     "Generations that advance together. More serve more users at once and make each of them "
     "slower.",
     [](Config& c) -> FieldRef { return &c.generator.max_running; }, 1, 10000},
    {"generator", "prefill_tokens",
     "Tokens of prompts that one step reads. Less lets cancellations and others' tokens "
     "through sooner, more reads long prompts faster.",
     [](Config& c) -> FieldRef { return &c.generator.prefill_tokens; }, 1, 1048576},
    {"generator", "max_adapters", "Adapters under different names. Each takes memory.",
     [](Config& c) -> FieldRef { return &c.generator.max_adapters; }, 1, 10000},
    {"generator", "max_tokens",
     "Tokens of a text when the client sets none, and of an answer's draft.",
     [](Config& c) -> FieldRef { return &c.generator.max_tokens; }, 1, 1048576},
    {"generator", "deadline",
     "Time for a generation, or for an answer that the model writes, when the client sets "
     "none.",
     [](Config& c) -> FieldRef { return &c.generator.deadline; }, 0.001, 86400},
    {"log", "level", "debug, info, warning or error. info has a line for each call.",
     [](Config& c) -> FieldRef { return &c.log.level; }},
    {"log", "format", "json (one object a line, for machines) or text (for people). On stderr.",
     [](Config& c) -> FieldRef { return &c.log.format; }},
};

using Profile = RankingProfile;

const ProfileField kProfileFields[] = {
    {"version", "Comes with every result that the profile ranked: change it with any other key.",
     [](Profile& p) -> FieldRef { return &p.version; }},
    {"mode", "Which stages find passages: hybrid, dense (meaning) or lexical (words).",
     [](Profile& p) -> FieldRef { return &p.ranking.mode; }},
    {"candidates", "Passages that a stage hands to fusion.",
     [](Profile& p) -> FieldRef { return &p.ranking.candidates; }, 1, retrieval::kMaxCandidates},
    {"fusion", "How hybrid joins the two rankings: convex or rrf.",
     [](Profile& p) -> FieldRef { return &p.ranking.fusion; }},
    {"dense_weight",
     "Weight of meaning against words in the convex fusion, 0 to 1. Not set: the collection's.",
     [](Profile& p) -> FieldRef { return &p.ranking.dense_weight; }, 0, 1},
    {"boost",
     "By which the fused scores are multiplied, over the documents' fields, such as "
     "1 + 0.5 * recent(updated, 180) + 0.2 * passes(type = 'manual'); see search --help.",
     [](Profile& p) -> FieldRef { return &p.ranking.boost; }, 0, 0,
     [](absl::string_view text) {
       return text.empty() ? absl::OkStatus() : retrieval::ParseBoost(text).status();
     }},
    {"rerank", "Whether the cross-encoder of reranker.model orders the best anew.",
     [](Profile& p) -> FieldRef { return &p.ranking.rerank; }},
    {"rerank_candidates", "How many of them. Time grows with them.",
     [](Profile& p) -> FieldRef { return &p.ranking.rerank_candidates; }, 1,
     retrieval::kMaxCandidates},
    {"fold_similarity",
     "Passages whose text resembles a better one's this much are folded into it, 0 to 1; 0: "
     "none.",
     [](Profile& p) -> FieldRef { return &p.ranking.fold_similarity; }, 0, 1},
    {"max_per_document", "Passages of one document; 0: any number.",
     [](Profile& p) -> FieldRef { return &p.ranking.max_per_document; }, 0, retrieval::kMaxK},
    {"mmr_lambda", "Weight of relevance against novelty, 0 to 1; 1: relevance alone.",
     [](Profile& p) -> FieldRef { return &p.ranking.mmr_lambda; }, 0, 1},
    {"fuzzy",
     "Whether a word that no passage has counts as those that resemble it, with less weight.",
     [](Profile& p) -> FieldRef { return &p.ranking.fuzzy; }},
};

// In the order of the enumerators.
constexpr const char* kPrecisions[] = {"float32", "bfloat16", "int8"};
constexpr const char* kWeightPrecisions[] = {"as_stored", "float32", "bfloat16",
                                             "float16",   "int8",    "int4"};
constexpr const char* kKvFormats[] = {"float32", "bfloat16", "int8"};
constexpr const char* kLogFormats[] = {"json", "text"};
constexpr const char* kLogLevels[] = {"debug", "info", "warning", "error"};
constexpr const char* kSearchModes[] = {"hybrid", "dense", "lexical"};
constexpr const char* kFusions[] = {"convex", "rrf"};

}  // namespace

absl::Span<const Field> Fields() { return kFields; }
absl::Span<const ProfileField> ProfileFields() { return kProfileFields; }

absl::Span<const char* const> EnumNames(transformer::Precision) { return kPrecisions; }
absl::Span<const char* const> EnumNames(transformer::WeightPrecision) { return kWeightPrecisions; }
absl::Span<const char* const> EnumNames(kernels::KvFormat) { return kKvFormats; }
absl::Span<const char* const> EnumNames(LogFormat) { return kLogFormats; }
absl::Span<const char* const> EnumNames(LogLevel) { return kLogLevels; }
absl::Span<const char* const> EnumNames(retrieval::SearchMode) { return kSearchModes; }
absl::Span<const char* const> EnumNames(retrieval::Fusion) { return kFusions; }

}  // namespace footnote::services::internal
