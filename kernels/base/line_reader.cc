#include "kernels/base/line_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"

namespace footnote::kernels {
namespace {

constexpr size_t kBufferBytes = 256 << 10;

struct GzClose {
  void operator()(gzFile file) const { gzclose_r(file); }
};
using GzHandle = std::unique_ptr<std::remove_pointer_t<gzFile>, GzClose>;

absl::StatusOr<GzHandle> OpenGz(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  struct stat info;
  if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    close(fd);
    return absl::InvalidArgumentError(absl::StrCat(path, " is a folder, not a file"));
  }
  GzHandle file(gzdopen(fd, "rb"));
  if (file == nullptr) {
    close(fd);
    return absl::ResourceExhaustedError(absl::StrCat("no memory to read ", path));
  }
  gzbuffer(file.get(), kBufferBytes);
  return file;
}

// Reads up to `size` bytes; 0 at the end of the file.
absl::StatusOr<size_t> Read(gzFile file, const std::string& path, char* out, size_t size) {
  const int got = gzread(file, out, static_cast<unsigned>(size));
  int error = Z_OK;
  const char* message = gzerror(file, &error);
  // Z_BUF_ERROR: the file ends within a gzip stream.
  if (got < 0 || error == Z_BUF_ERROR || error == Z_DATA_ERROR) {
    if (error == Z_ERRNO) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path));
    return absl::DataLossError(
        absl::StrCat(path, " is damaged or cut short (", message, "); fetch it again"));
  }
  return static_cast<size_t>(got);
}

}  // namespace

struct LineReader::State {
  std::string path;
  GzHandle file;
  std::vector<char> buffer = std::vector<char>(kBufferBytes);
  size_t begin = 0;  // unread bytes of buffer: [begin, end)
  size_t end = 0;
  int64_t line_number = 0;
};

LineReader::LineReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
LineReader::LineReader(LineReader&&) noexcept = default;
LineReader& LineReader::operator=(LineReader&&) noexcept = default;
LineReader::~LineReader() = default;

absl::StatusOr<LineReader> LineReader::Open(const std::string& path) {
  auto state = std::make_unique<State>();
  state->path = path;
  FN_ASSIGN_OR_RETURN(state->file, OpenGz(path));
  return LineReader(std::move(state));
}

absl::StatusOr<bool> LineReader::Next(std::string* line) {
  State& s = *state_;
  line->clear();
  bool any = false;
  while (true) {
    if (s.begin == s.end) {
      FN_ASSIGN_OR_RETURN(s.end, Read(s.file.get(), s.path, s.buffer.data(), s.buffer.size()));
      s.begin = 0;
      if (s.end == 0) break;
    }
    if (!any) ++s.line_number;
    any = true;
    const char* from = s.buffer.data() + s.begin;
    const char* newline = static_cast<const char*>(std::memchr(from, '\n', s.end - s.begin));
    const size_t size = newline != nullptr ? newline - from : s.end - s.begin;
    if (line->size() + size > kMaxLineBytes) {
      return absl::ResourceExhaustedError(
          absl::StrCat(Where(), ": a line of more than ", kMaxLineBytes, " bytes"));
    }
    line->append(from, size);
    s.begin += size;
    if (newline != nullptr) {
      ++s.begin;
      break;
    }
  }
  if (!line->empty() && line->back() == '\r') line->pop_back();
  return any;
}

int64_t LineReader::line_number() const { return state_->line_number; }
const std::string& LineReader::path() const { return state_->path; }
std::string LineReader::Where() const { return absl::StrCat(path(), ":", line_number()); }

absl::StatusOr<std::string> ReadMaybeGzippedFile(const std::string& path, uint64_t max_bytes) {
  FN_ASSIGN_OR_RETURN(const GzHandle file, OpenGz(path));
  std::string contents;
  std::vector<char> buffer(kBufferBytes);
  while (true) {
    FN_ASSIGN_OR_RETURN(const size_t got, Read(file.get(), path, buffer.data(), buffer.size()));
    if (got == 0) return contents;
    if (contents.size() + got > max_bytes) {
      return absl::ResourceExhaustedError(
          absl::StrCat(path, " holds more than ", max_bytes, " bytes"));
    }
    contents.append(buffer.data(), got);
  }
}

}  // namespace footnote::kernels
