#include "kernels/base/memory.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>

namespace footnote::kernels {
namespace {

// The number of the line "KEY: 123 kB", or of "KEY 123", in bytes as written.
std::optional<uint64_t> NumberAfter(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  std::string word;
  while (file >> word) {
    uint64_t value = 0;
    if (word == key && file >> value) return value;
  }
  return std::nullopt;
}

// A file that holds one number. None: absent, or "max".
std::optional<uint64_t> Number(const std::string& path) {
  std::ifstream file(path);
  uint64_t value = 0;
  if (file >> value) return value;
  return std::nullopt;
}

// What one cgroup leaves: its limit less what it uses, of which the pages of
// files that weren't used lately don't count, as the system can drop them.
std::optional<uint64_t> Left(const std::string& dir, const char* limit_name, const char* usage_name,
                             const char* inactive_key) {
  const auto limit = Number(dir + "/" + limit_name);
  const auto used = Number(dir + "/" + usage_name);
  if (!limit.has_value() || !used.has_value()) return std::nullopt;
  const uint64_t inactive = NumberAfter(dir + "/memory.stat", inactive_key).value_or(0);
  const uint64_t held = *used - std::min(*used, inactive);
  return *limit - std::min(*limit, held);
}

// The process's cgroup and all above it, of one hierarchy.
uint64_t LeastLeft(const std::string& mount, std::string group, bool v2, uint64_t least) {
  while (true) {
    const std::string dir = mount + group;
    const auto left =
        v2 ? Left(dir, "memory.max", "memory.current", "inactive_file")
           : Left(dir, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file");
    if (left.has_value()) least = std::min(least, *left);
    if (group.empty()) return least;
    group.erase(group.find_last_of('/'));
  }
}

}  // namespace

uint64_t AvailableMemoryUnder(const std::string& root) {
  const auto available = NumberAfter(root + "proc/meminfo", "MemAvailable:");
  if (!available.has_value()) return 0;
  uint64_t least = *available * 1024;
  // Lines are "ID:CONTROLLERS:PATH"; version 2 has ID 0 and no controllers.
  std::ifstream groups(root + "proc/self/cgroup");
  std::string line;
  while (std::getline(groups, line)) {
    std::istringstream fields(line);
    std::string id, controllers, path;
    std::getline(fields, id, ':');
    std::getline(fields, controllers, ':');
    std::getline(fields, path);
    if (path.empty() || path[0] != '/') continue;
    if (path == "/") path.clear();
    const std::string mount = root + "sys/fs/cgroup";
    if (controllers.empty()) least = LeastLeft(mount, path, true, least);
    if (controllers == "memory") least = LeastLeft(mount + "/memory", path, false, least);
  }
  return least;
}

uint64_t AvailableMemory() { return AvailableMemoryUnder("/"); }

}  // namespace footnote::kernels
