#ifndef FOOTNOTE_RETRIEVAL_STORE_STORE_H_
#define FOOTNOTE_RETRIEVAL_STORE_STORE_H_

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rocksdb/db.h"
#include "rocksdb/write_batch.h"

namespace footnote::retrieval {

enum class Table { kDocuments, kChunks, kPostings, kVectors, kAcl, kJobs, kFeedback, kMeta };
inline constexpr int kTables = 8;
// The column family's name. Persistent.
absl::string_view TableName(Table table);

inline rocksdb::Slice ToSlice(absl::string_view s) { return {s.data(), s.size()}; }
inline absl::string_view ToView(const rocksdb::Slice& s) { return {s.data(), s.size()}; }

struct StoreOptions {
  std::string dir;  // the data folder; RocksDB's files are in its folder "store"
  bool create_if_missing = false;
  uint64_t block_cache_bytes = 256ull << 20;
  bool sync_writes = true;
};

class Store;

// The store as it was at one moment. Holds the moment open; must not outlive the
// store. Thread-safe.
class StoreView {
 public:
  explicit StoreView(const Store* store);
  ~StoreView();
  StoreView(const StoreView&) = delete;
  StoreView& operator=(const StoreView&) = delete;

  // nullopt: no such key.
  absl::StatusOr<std::optional<std::string>> Get(Table table, absl::string_view key) const;
  // Over the keys that begin with `prefix`, ascending, positioned at the first.
  // The caller checks status() at the end, with Check().
  class Scan {
   public:
    bool Valid() const { return it_->Valid(); }
    void Next() { it_->Next(); }
    absl::string_view key() const { return ToView(it_->key()); }
    absl::string_view value() const { return ToView(it_->value()); }
    absl::Status Check() const;

   private:
    friend class StoreView;
    const Store* store_ = nullptr;
    std::string bound_;
    rocksdb::Slice bound_slice_;
    std::unique_ptr<rocksdb::Iterator> it_;
  };
  // `whole`: a long scan that shouldn't push what searches use out of the cache.
  std::unique_ptr<Scan> NewScan(Table table, absl::string_view prefix, bool whole) const;

 private:
  const Store* store_;
  const rocksdb::Snapshot* snapshot_;
};

// The RocksDB database of a data folder: opening, format check, reading at a
// moment, atomic writing. Reads are thread-safe; Write calls must be serialised
// by the caller. Errors are as FromRocks gives them.
class Store {
 public:
  // Errors: NotFound (no store and not create_if_missing), FailedPrecondition (in
  // use, or a newer format), PermissionDenied, DataLoss.
  static absl::StatusOr<std::unique_ptr<Store>> Open(const StoreOptions& options);
  ~Store();

  // All or nothing, on disk when it returns (see sync_writes). After a failed
  // write RocksDB refuses further ones until it is told to resume; the next call
  // does that first.
  absl::Status Write(rocksdb::WriteBatch* batch);
  void Put(Table table, absl::string_view key, absl::string_view value,
           rocksdb::WriteBatch* batch) const;
  void Delete(Table table, absl::string_view key, rocksdb::WriteBatch* batch) const;
  // All keys that begin with `prefix`, which has a byte below 0xFF.
  void DeletePrefix(Table table, absl::string_view prefix, rocksdb::WriteBatch* batch) const;

  // A consistent copy of RocksDB's files in `target`, which must not exist.
  absl::Status Checkpoint(const std::string& target) const;

  // Rewrites all tables without what was deleted or overwritten before the oldest
  // StoreView. Thread-safe beside reads and writes.
  absl::Status Compact() const;

  uint64_t DiskBytes() const;
  const std::string& dir() const { return options_.dir; }

 private:
  friend class StoreView;
  friend class StoreView::Scan;
  explicit Store(const StoreOptions& options) : options_(options) {}
  absl::StatusOr<bool> CheckFormat();
  absl::Status WriteFormat();
  absl::Status DropEmptyLogs();
  rocksdb::ColumnFamilyHandle* Handle(Table table) const {
    return handles_[static_cast<size_t>(table)];
  }

  StoreOptions options_;
  std::unique_ptr<rocksdb::DB> db_;
  std::array<rocksdb::ColumnFamilyHandle*, kTables> handles_{};
  std::vector<rocksdb::ColumnFamilyHandle*> foreign_handles_;
  bool write_failed_ = false;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_STORE_STORE_H_
