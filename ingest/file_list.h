#ifndef FOOTNOTE_INGEST_FILE_LIST_H_
#define FOOTNOTE_INGEST_FILE_LIST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "ingest/readers/registry.h"

namespace footnote::ingest {

struct ListedFile {
  std::string path;  // absolute, without links in its folders
  std::string root;  // the folder that was asked for; empty if the file was
  const Reader* reader = nullptr;
  int64_t mtime_ns = 0;
  uint64_t bytes = 0;
};

struct UnreadableFolder {
  std::string path;
  absl::Status status;
};

struct FileList {
  std::vector<ListedFile> files;             // ascending by path, each once
  std::vector<std::string> roots;            // folders that were asked for, absolute
  std::vector<UnreadableFolder> unreadable;  // inside roots
};

// The files to ingest: those named in `paths` and, recursively, those of known
// types in the folders named. Hidden files and folders (a leading dot), other
// types, and whatever isn't a regular file are left out. Symbolic links inside
// folders are followed to files within the same root that aren't found anyway.
//
// Errors, with the path's name: InvalidArgument (no path; a named file of unknown
// type; not a file or folder), NotFound, PermissionDenied (a root can't be read).
absl::StatusOr<FileList> ListFiles(absl::Span<const std::string> paths);

// Whether an absolute path names something below the folder `root`.
bool IsInside(absl::string_view path, absl::string_view root);

// Whether there is a file at `path` now, and no link on the way to it.
bool FileStandsAt(const std::string& path);

// The file's bytes; `*mtime_ns` gets its time of change from before reading.
// Errors: NotFound, PermissionDenied, InvalidArgument (more than `max_bytes`;
// nothing is read then). Their messages don't repeat the path.
absl::StatusOr<std::string> ReadFile(const std::string& path, uint64_t max_bytes,
                                     int64_t* mtime_ns);

}  // namespace footnote::ingest

#endif  // FOOTNOTE_INGEST_FILE_LIST_H_
