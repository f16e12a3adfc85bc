#ifndef FOOTNOTE_GENERATOR_RUNNER_ADAPTER_TABLE_H_
#define FOOTNOTE_GENERATOR_RUNNER_ADAPTER_TABLE_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "generator/runner/model_runner.h"
#include "transformer/language_model.h"

namespace footnote::generator {

using AdapterRef = std::shared_ptr<const transformer::Adapter>;

// The adapters of one model by name. A name is only a way to find one: whoever
// uses an adapter holds it, so that a later one of the same name changes nothing
// for him. Thread-safe.
class AdapterTable {
 public:
  explicit AdapterTable(int max_adapters) : max_adapters_(max_adapters) {}

  // Errors: InvalidArgument (no name), ResourceExhausted.
  absl::Status CheckRoomFor(const std::string& name) const;
  void Put(const std::string& name, AdapterRef adapter);
  // Empty: null, the base model. Errors: NotFound (the message has the names).
  absl::StatusOr<AdapterRef> Find(const std::string& name) const;
  std::vector<AdapterInfo> List() const;
  // Frees replaced adapters that nobody uses. On the model's thread, because they
  // are the model's memory.
  void FreeReplaced();

 private:
  const int max_adapters_;
  mutable std::mutex mu_;
  std::map<std::string, AdapterRef> adapters_;
  std::vector<AdapterRef> replaced_;
};

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_RUNNER_ADAPTER_TABLE_H_
