#include "retrieval/store/store.h"

#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "retrieval/codec/keys.h"
#include "retrieval/codec/records.h"
#include "retrieval/store/status.h"
#include "rocksdb/cache.h"
#include "rocksdb/env.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/listener.h"
#include "rocksdb/options.h"
#include "rocksdb/table.h"
#include "rocksdb/utilities/checkpoint.h"

namespace footnote::retrieval {
namespace {

constexpr const char* kTableNames[kTables] = {"documents", "chunks", "postings", "vectors",
                                              "acl",       "jobs",   "feedback", "meta"};

constexpr size_t kMaxIdleLogs = 8;

// RocksDB's own log, discarded: what matters arrives as a status. Its usual log
// is a file in the data folder, and Debian's RocksDB, compiled with assertions,
// aborts the process when a line can't be appended to it on a full disk.
class NoLog final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char* /*format*/, va_list /*args*/) override {}
};

// RocksDB would look for free space every few seconds after a full disk, and
// refuse to be resumed meanwhile. Write() resumes it as soon as it is asked again.
class ResumeWhenAsked final : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason /*reason*/, rocksdb::Status /*error*/,
                            bool* automatic) override {
    *automatic = false;
  }
};

rocksdb::ColumnFamilyOptions TableOptions(absl::string_view name,
                                          const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.format_version = 5;
  // A posting list is read from end to end: larger blocks, fewer seeks.
  table.block_size = name == "postings" ? 16 << 10 : 8 << 10;
  rocksdb::ColumnFamilyOptions options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = 32 << 20;
  options.level_compaction_dynamic_level_bytes = true;
  if (name == "documents") {
    options.compression = rocksdb::kZSTD;
  } else if (name == "vectors") {
    options.compression = rocksdb::kNoCompression;  // random bits
  } else {
    options.compression = rocksdb::kLZ4Compression;
  }
  return options;
}

rocksdb::DBOptions DatabaseOptions(bool create) {
  rocksdb::DBOptions options;
  options.create_if_missing = create;
  options.create_missing_column_families = create;
  options.paranoid_checks = true;
  options.max_background_jobs = 2;
  options.max_total_wal_size = 256 << 20;
  options.info_log = std::make_shared<NoLog>();
  options.listeners.push_back(std::make_shared<ResumeWhenAsked>());
  options.db_host_id = "footnote";  // RocksDB would put the machine's name into every file
  // A write torn by a crash at the end of the log was never acknowledged and is
  // dropped; damage before it is an error rather than a silent loss.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.track_and_verify_wals_in_manifest = true;
  return options;
}

std::string DatabaseDir(const std::string& data_dir) { return data_dir + "/store"; }

// Whether files of a database lie there. Where RocksDB's file CURRENT is lost it
// would begin a new database among them, and clear them away.
bool HoldsRemains(const std::string& db_dir) {
  std::error_code error;
  std::filesystem::directory_iterator it(db_dir, error), end;
  for (; !error && it != end; it.increment(error)) {
    const std::string extension = it->path().extension().string();
    if (extension == ".sst" || extension == ".log") return true;
  }
  return false;
}

absl::Status CheckFolder(const StoreOptions& options, bool exists) {
  std::error_code error;
  if (!exists && HoldsRemains(DatabaseDir(options.dir))) {
    return absl::DataLossError(absl::StrCat("the store in ", options.dir,
                                            " is damaged: its file store/CURRENT is lost. Restore "
                                            "a snapshot, or remove the folder and ingest again"));
  }
  if (!exists && !options.create_if_missing) {
    return absl::NotFoundError(absl::StrCat("no store in ", options.dir,
                                            ": ingest documents into it first, or name another "
                                            "data folder"));
  }
  if (!exists) {
    std::filesystem::create_directories(options.dir, error);
    if (error == std::errc::permission_denied || error == std::errc::read_only_file_system) {
      return absl::PermissionDeniedError(absl::StrCat("can't create the data folder ", options.dir,
                                                      ": ", error.message(),
                                                      "; create it for this user"));
    }
    if (error) {
      return absl::FailedPreconditionError(
          absl::StrCat("can't create the data folder ", options.dir, ": ", error.message()));
    }
  }
  for (const std::string& dir : {options.dir, DatabaseDir(options.dir)}) {
    if (std::filesystem::exists(dir, error) && access(dir.c_str(), R_OK | W_OK | X_OK) != 0) {
      return absl::PermissionDeniedError(absl::StrCat(
          "no permission to read and write ", dir, "; give this user access to the data folder"));
    }
  }
  return absl::OkStatus();
}

// The first key after all that begin with `prefix`; empty: there is none.
std::string PrefixEnd(absl::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xFF) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

}  // namespace

absl::string_view TableName(Table table) { return kTableNames[static_cast<size_t>(table)]; }

absl::StatusOr<std::unique_ptr<Store>> Store::Open(const StoreOptions& options) {
  const std::string db_dir = DatabaseDir(options.dir);
  const bool exists = access((db_dir + "/CURRENT").c_str(), F_OK) == 0;
  if (!exists && access(options.dir.c_str(), F_OK) == 0 &&
      access(options.dir.c_str(), R_OK | X_OK) != 0) {
    return absl::PermissionDeniedError(absl::StrCat("no permission to read ", options.dir,
                                                    "; give this user access to the data folder"));
  }
  FN_RETURN_IF_ERROR(CheckFolder(options, exists));

  // The families that are there are opened first and the format is checked
  // before anything is created: a newer program may have more of them.
  std::vector<std::string> names;
  if (exists) {
    FN_RETURN_IF_ERROR(
        FromRocks(rocksdb::DB::ListColumnFamilies(DatabaseOptions(false), db_dir, &names),
                  "opening", options.dir));
  }
  if (!exists) names.assign(std::begin(kTableNames), std::end(kTableNames));
  if (!exists) names.push_back(rocksdb::kDefaultColumnFamilyName);

  const auto cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.reserve(names.size());
  for (const std::string& name : names) families.emplace_back(name, TableOptions(name, cache));
  std::unique_ptr<Store> store(new Store(options));
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  FN_RETURN_IF_ERROR(
      FromRocks(rocksdb::DB::Open(DatabaseOptions(!exists), db_dir, families, &handles, &db),
                "opening", options.dir));
  store->db_.reset(db);
  for (size_t i = 0; i < handles.size(); ++i) {
    const char* const* known = std::find(std::begin(kTableNames), std::end(kTableNames), names[i]);
    if (known == std::end(kTableNames)) {
      store->foreign_handles_.push_back(handles[i]);
    } else {
      store->handles_[known - std::begin(kTableNames)] = handles[i];
    }
  }
  FN_ASSIGN_OR_RETURN(const bool fresh, store->CheckFormat());
  for (int t = 0; t < kTables; ++t) {
    if (store->handles_[t] != nullptr) continue;
    const std::string name(kTableNames[t]);
    FN_RETURN_IF_ERROR(
        FromRocks(db->CreateColumnFamily(TableOptions(name, cache), name, &store->handles_[t]),
                  "creating the tables of", options.dir));
  }
  if (fresh) FN_RETURN_IF_ERROR(store->WriteFormat());
  FN_RETURN_IF_ERROR(store->DropEmptyLogs());
  return store;
}

// Returns whether the store is empty: just created, or its creation was cut off.
absl::StatusOr<bool> Store::CheckFormat() {
  if (rocksdb::ColumnFamilyHandle* meta = Handle(Table::kMeta); meta != nullptr) {
    std::string value;
    const rocksdb::Status status = db_->Get({}, meta, FormatKey(), &value);
    if (status.ok()) {
      FN_ASSIGN_OR_RETURN(const uint64_t version, DecodeCounter(value));
      if (version <= kFormatVersion) return false;
      return absl::FailedPreconditionError(
          absl::StrCat(options_.dir, " was written by a newer Footnote (store format ", version,
                       "; this program reads up to ", kFormatVersion,
                       "). Use the newer program, or another data folder"));
    }
    if (!status.IsNotFound()) return FromRocks(status, "opening", options_.dir);
  }
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    if (handle == nullptr) continue;
    std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}, handle));
    it->SeekToFirst();
    FN_RETURN_IF_ERROR(FromRocks(it->status(), "opening", options_.dir));
    if (it->Valid()) {
      return absl::DataLossError(absl::StrCat("the store in ", options_.dir,
                                              " has lost its format version; restore a snapshot"));
    }
  }
  return true;
}

absl::Status Store::WriteFormat() {
  rocksdb::WriteBatch batch;
  Put(Table::kMeta, FormatKey(), EncodeCounter(kFormatVersion), &batch);
  Put(Table::kMeta, SequenceKey(), EncodeCounter(0), &batch);
  Put(Table::kMeta, NextDocumentKey(), EncodeCounter(1), &batch);
  return Write(&batch);
}

// Each opening begins a log, and RocksDB drops the old ones only when something
// is flushed: openings that write nothing would pile up empty files.
absl::Status Store::DropEmptyLogs() {
  size_t logs = 0;
  std::error_code error;
  std::filesystem::directory_iterator it(DatabaseDir(options_.dir), error), end;
  for (; !error && it != end; it.increment(error)) logs += it->path().extension() == ".log" ? 1 : 0;
  if (logs <= kMaxIdleLogs) return absl::OkStatus();
  rocksdb::WriteBatch batch;
  Put(Table::kMeta, FormatKey(), EncodeCounter(kFormatVersion), &batch);
  FN_RETURN_IF_ERROR(Write(&batch));
  return FromRocks(db_->Flush(rocksdb::FlushOptions(), Handle(Table::kMeta)), "writing to",
                   options_.dir);
}

Store::~Store() {
  if (db_ == nullptr) return;
  // So that the next opening need not replay the log. Should it fail, it will.
  std::vector<rocksdb::ColumnFamilyHandle*> known;
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    if (handle != nullptr) known.push_back(handle);
  }
  if (!write_failed_) db_->Flush(rocksdb::FlushOptions(), known).PermitUncheckedError();
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    if (handle != nullptr) db_->DestroyColumnFamilyHandle(handle);
  }
  for (rocksdb::ColumnFamilyHandle* handle : foreign_handles_) {
    db_->DestroyColumnFamilyHandle(handle);
  }
  db_->Close().PermitUncheckedError();
}

absl::Status Store::Write(rocksdb::WriteBatch* batch) {
  if (write_failed_) {
    FN_RETURN_IF_ERROR(FromRocks(db_->Resume(), "resuming after a failed write to", options_.dir));
    write_failed_ = false;
  }
  rocksdb::WriteOptions write;
  write.sync = options_.sync_writes;
  const rocksdb::Status status = db_->Write(write, batch);
  write_failed_ = !status.ok();
  return FromRocks(status, "writing to", options_.dir);
}

// A batch in memory can't refuse a key of one of its column families.
void Store::Put(Table table, absl::string_view key, absl::string_view value,
                rocksdb::WriteBatch* batch) const {
  batch->Put(Handle(table), ToSlice(key), ToSlice(value)).PermitUncheckedError();
}

void Store::Delete(Table table, absl::string_view key, rocksdb::WriteBatch* batch) const {
  batch->Delete(Handle(table), ToSlice(key)).PermitUncheckedError();
}

void Store::DeletePrefix(Table table, absl::string_view prefix, rocksdb::WriteBatch* batch) const {
  const std::string end = PrefixEnd(prefix);
  batch->DeleteRange(Handle(table), ToSlice(prefix), end).PermitUncheckedError();
}

absl::Status Store::Checkpoint(const std::string& target) const {
  rocksdb::Checkpoint* raw = nullptr;
  FN_RETURN_IF_ERROR(
      FromRocks(rocksdb::Checkpoint::Create(db_.get(), &raw), "copying", options_.dir));
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(raw);
  return FromRocks(checkpoint->CreateCheckpoint(target), "writing a snapshot to", target);
}

absl::Status Store::Compact() const {
  rocksdb::CompactRangeOptions options;
  // Files of the last level too: deletions came after they were written.
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  for (rocksdb::ColumnFamilyHandle* handle : handles_) {
    if (handle == nullptr) continue;
    FN_RETURN_IF_ERROR(FromRocks(db_->CompactRange(options, handle, nullptr, nullptr), "compacting",
                                 options_.dir));
  }
  return absl::OkStatus();
}

uint64_t Store::DiskBytes() const {
  uint64_t bytes = 0;
  std::error_code error;
  std::filesystem::directory_iterator it(DatabaseDir(options_.dir), error), end;
  // Files come and go under compaction; one that has gone counts as none.
  for (; !error && it != end; it.increment(error)) {
    std::error_code gone;
    const uint64_t size = it->file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

StoreView::StoreView(const Store* store) : store_(store), snapshot_(store->db_->GetSnapshot()) {}

StoreView::~StoreView() { store_->db_->ReleaseSnapshot(snapshot_); }

absl::StatusOr<std::optional<std::string>> StoreView::Get(Table table,
                                                          absl::string_view key) const {
  rocksdb::ReadOptions read;
  read.snapshot = snapshot_;
  std::string value;
  const rocksdb::Status status =
      store_->db_->Get(read, store_->Handle(table), ToSlice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  FN_RETURN_IF_ERROR(FromRocks(status, "reading", store_->dir()));
  return value;
}

std::unique_ptr<StoreView::Scan> StoreView::NewScan(Table table, absl::string_view prefix,
                                                    bool whole) const {
  auto scan = std::make_unique<Scan>();
  scan->store_ = store_;
  rocksdb::ReadOptions read;
  read.snapshot = snapshot_;
  read.fill_cache = !whole;
  if (whole) read.readahead_size = 2 << 20;
  scan->bound_ = PrefixEnd(prefix);
  if (!scan->bound_.empty()) {
    scan->bound_slice_ = scan->bound_;
    read.iterate_upper_bound = &scan->bound_slice_;
  }
  scan->it_.reset(store_->db_->NewIterator(read, store_->Handle(table)));
  scan->it_->Seek(ToSlice(prefix));
  return scan;
}

absl::Status StoreView::Scan::Check() const {
  return FromRocks(it_->status(), "reading", store_->dir());
}

}  // namespace footnote::retrieval
