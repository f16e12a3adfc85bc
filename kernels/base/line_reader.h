#ifndef FOOTNOTE_KERNELS_BASE_LINE_READER_H_
#define FOOTNOTE_KERNELS_BASE_LINE_READER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace footnote::kernels {

// Reads a file line by line, unpacking it if it is gzipped (told by its first
// bytes, not by its name). For one thread.
class LineReader {
 public:
  // A longer line is refused, so that a small gzipped file can't fill memory.
  static constexpr uint64_t kMaxLineBytes = 256ull << 20;

  // Errors: NotFound, PermissionDenied, InvalidArgument (a folder).
  static absl::StatusOr<LineReader> Open(const std::string& path);
  LineReader(LineReader&&) noexcept;
  LineReader& operator=(LineReader&&) noexcept;
  ~LineReader();

  // Puts the next line, without its "\n" or "\r\n", into `*line`; false at the
  // end of the file. Errors: DataLoss (damaged or cut gzip data),
  // ResourceExhausted (a line above kMaxLineBytes), Unknown (reading failed).
  absl::StatusOr<bool> Next(std::string* line);

  // The number of the line that Next returned last, from 1.
  int64_t line_number() const;
  const std::string& path() const;
  // "path:line", for messages about the line that Next returned last.
  std::string Where() const;

 private:
  struct State;
  explicit LineReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The whole of a file, unpacked if it is gzipped. Errors: as LineReader's;
// ResourceExhausted above `max_bytes` unpacked.
absl::StatusOr<std::string> ReadMaybeGzippedFile(const std::string& path, uint64_t max_bytes);

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_BASE_LINE_READER_H_
