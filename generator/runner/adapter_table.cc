#include "generator/runner/adapter_table.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace footnote::generator {

absl::Status AdapterTable::CheckRoomFor(const std::string& name) const {
  if (name.empty()) return absl::InvalidArgumentError("an adapter needs a name");
  const std::lock_guard<std::mutex> lock(mu_);
  if (adapters_.contains(name) || adapters_.size() < static_cast<size_t>(max_adapters_)) {
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("there are ", adapters_.size(), " adapters already, the most that may be; load ",
                   "this one under the name of one that it replaces"));
}

void AdapterTable::Put(const std::string& name, AdapterRef adapter) {
  const std::lock_guard<std::mutex> lock(mu_);
  AdapterRef& place = adapters_[name];
  if (place != nullptr) replaced_.push_back(std::move(place));
  place = std::move(adapter);
}

absl::StatusOr<AdapterRef> AdapterTable::Find(const std::string& name) const {
  if (name.empty()) return AdapterRef();
  const std::lock_guard<std::mutex> lock(mu_);
  const auto found = adapters_.find(name);
  if (found != adapters_.end()) return found->second;
  if (adapters_.empty()) {
    return absl::NotFoundError(absl::StrCat("no adapter \"", name, "\": none is loaded"));
  }
  return absl::NotFoundError(absl::StrCat(
      "no adapter \"", name, "\"; loaded are ",
      absl::StrJoin(adapters_, ", ",
                    [](std::string* out, const auto& entry) { out->append(entry.first); })));
}

std::vector<AdapterInfo> AdapterTable::List() const {
  const std::lock_guard<std::mutex> lock(mu_);
  std::vector<AdapterInfo> result;
  for (const auto& [name, adapter] : adapters_) {
    result.push_back({name, adapter->content_hash()});
  }
  return result;
}

void AdapterTable::FreeReplaced() {
  const std::lock_guard<std::mutex> lock(mu_);
  std::erase_if(replaced_, [](const AdapterRef& adapter) { return adapter.use_count() == 1; });
}

}  // namespace footnote::generator
