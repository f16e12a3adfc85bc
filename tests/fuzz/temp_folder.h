#ifndef FOOTNOTE_TESTS_FUZZ_TEMP_FOLDER_H_
#define FOOTNOTE_TESTS_FUZZ_TEMP_FOLDER_H_

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/string_view.h"

namespace footnote::transformer {

// A folder of this process for a target that reads files, removed at its end.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "fuzz_XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) abort();
    dir_ = name;
  }
  ~TempFolder() { std::filesystem::remove_all(dir_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  void MakeFolder(const std::string& name) const {
    std::filesystem::create_directory(dir_ + "/" + name);
  }
  // A new file each time: some file systems wait for the disk where one is
  // written over.
  void Write(const std::string& name, absl::string_view text) const {
    Remove(name);
    std::ofstream(dir_ + "/" + name, std::ios::binary) << text;
  }
  void Remove(const std::string& name) const { std::filesystem::remove(dir_ + "/" + name); }
  const std::string& dir() const { return dir_; }

 private:
  std::string dir_;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TESTS_FUZZ_TEMP_FOLDER_H_
