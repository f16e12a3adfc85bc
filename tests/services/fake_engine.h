#ifndef FOOTNOTE_TESTS_SERVICES_FAKE_ENGINE_H_
#define FOOTNOTE_TESTS_SERVICES_FAKE_ENGINE_H_

#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "retrieval/engine.h"

namespace footnote::services {

// A store in memory whose search returns each document that the asker may see
// as one passage, in order of id. For tests of the layer above.
class FakeEngine : public retrieval::Engine {
 public:
  absl::StatusOr<uint64_t> Apply(absl::Span<const retrieval::DocumentWrite> writes) override {
    for (const retrieval::DocumentWrite& write : writes) {
      documents[write.document.id] = write.document;
    }
    return ++sequence;
  }

  absl::StatusOr<Deleted> Delete(absl::string_view, absl::Span<const std::string> ids,
                                 const std::optional<std::vector<std::string>>&) override {
    Deleted deleted;
    for (const std::string& id : ids) deleted.documents += documents.erase(id);
    deleted.sequence = ++sequence;
    return deleted;
  }

  absl::StatusOr<Deleted> DeleteMatching(absl::string_view, const retrieval::Filter& filter,
                                         const std::optional<std::vector<std::string>>&) override {
    last_filter = filter;
    Deleted deleted;
    deleted.documents = documents.size();
    documents.clear();
    deleted.sequence = ++sequence;
    return deleted;
  }

  absl::StatusOr<uint64_t> SetCollectionAccess(absl::string_view,
                                               const retrieval::AccessList& access) override {
    last_access = access;
    return ++sequence;
  }

  absl::StatusOr<uint64_t> SetDenseWeight(absl::string_view, std::optional<double>) override {
    return absl::UnimplementedError("the fake has no weights");
  }

  absl::Status Compact() override { return absl::OkStatus(); }

  absl::StatusOr<retrieval::SearchResult> Search(
      const retrieval::SearchRequest& request) const override {
    last_search = request;
    if (on_search) on_search(request);
    if (request.cancelled && request.cancelled()) return absl::CancelledError("cancelled");
    if (request.collection != retrieval::kDefaultCollection) {
      return absl::NotFoundError("no collection " + request.collection);
    }
    retrieval::SearchResult result = said_of_query;
    for (const auto& [id, document] : documents) {
      if (!Visible(document, request.principals)) continue;
      if (static_cast<int>(result.hits.size()) == request.k) break;
      retrieval::Hit hit;
      hit.doc = id;
      hit.title = document.title;
      hit.text = document.text;
      hit.end = static_cast<uint32_t>(document.text.size());
      hit.score = 0.5;
      hit.dense = {0.75, 1};
      result.hits.push_back(hit);
    }
    result.sequence = sequence;
    result.times.push_back({"embed", 1.25});
    return result;
  }

  absl::StatusOr<retrieval::Document> GetDocument(
      absl::string_view, absl::string_view id,
      const std::optional<std::vector<std::string>>& principals) const override {
    const auto it = documents.find(std::string(id));
    if (it == documents.end() || (principals && !Visible(it->second, *principals))) {
      return absl::NotFoundError("no such document");
    }
    ++document_reads;
    return it->second;
  }

  absl::Status ForEachDocumentState(
      absl::string_view,
      const std::function<void(const retrieval::DocumentState&)>&) const override {
    return absl::OkStatus();
  }

  absl::StatusOr<retrieval::EngineStats> Stats() const override {
    retrieval::EngineStats stats;
    retrieval::CollectionStats collection;
    collection.name = "default";
    collection.documents = documents.size() + 3;
    collection.chunks = 12;
    stats.collections.push_back(collection);
    return stats;
  }

  absl::StatusOr<retrieval::VerifyReport> Verify(
      const std::function<void(uint64_t, uint64_t)>&) const override {
    return retrieval::VerifyReport();
  }
  absl::Status Snapshot(const std::string&) const override { return absl::OkStatus(); }

  std::map<std::string, retrieval::Document> documents;
  std::atomic<uint64_t> sequence{0};
  std::function<void(const retrieval::SearchRequest&)> on_search;
  mutable retrieval::SearchRequest last_search;
  retrieval::SearchResult said_of_query;         // what results begin with
  std::optional<retrieval::Filter> last_filter;  // of DeleteMatching
  retrieval::AccessList last_access;             // of SetCollectionAccess
  mutable std::atomic<int> document_reads{0};

 private:
  static bool Visible(const retrieval::Document& document,
                      const std::vector<std::string>& principals) {
    return document.access.allow.empty() ||
           std::any_of(principals.begin(), principals.end(), [&](const std::string& p) {
             return std::find(document.access.allow.begin(), document.access.allow.end(), p) !=
                    document.access.allow.end();
           });
  }
};

}  // namespace footnote::services

#endif  // FOOTNOTE_TESTS_SERVICES_FAKE_ENGINE_H_
