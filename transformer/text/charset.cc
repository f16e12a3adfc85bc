#include "transformer/text/charset.h"

#include <unicode/ucnv.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "transformer/text/utf8.h"

namespace footnote::transformer {
namespace {

struct CloseConverter {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};

bool IsLatin1(absl::string_view name) {
  for (absl::string_view label :
       {"iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "latin-1", "l1", "us-ascii", "ascii"}) {
    if (name == label) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<std::string> ConvertToUtf8(absl::string_view bytes, absl::string_view charset,
                                          uint64_t* replaced) {
  *replaced = 0;
  if (bytes.size() > (1u << 30)) {
    return absl::ResourceExhaustedError("a text over 1 GiB can't be converted to UTF-8");
  }
  std::string name = absl::AsciiStrToLower(absl::StripAsciiWhitespace(charset));
  if (IsLatin1(name)) name = "windows-1252";
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, CloseConverter> converter(ucnv_open(name.c_str(), &error));
  // An empty name would give the process's default converter.
  if (U_FAILURE(error) || name.empty()) {
    return absl::NotFoundError(absl::StrCat("unknown character encoding \"", charset, "\""));
  }
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 8);
  const char* source = bytes.data();
  const char* const limit = source + bytes.size();
  while (source < limit) {
    error = U_ZERO_ERROR;
    const char* const before = source;
    const UChar32 c = ucnv_getNextUChar(converter.get(), &source, limit, &error);
    if (error == U_INDEX_OUTOFBOUNDS_ERROR) break;
    if (U_FAILURE(error) || c == 0xFFFD) {
      ++*replaced;
      AppendUtf8(0xFFFD, &out);
      if (source == before) ++source;
      continue;
    }
    AppendUtf8(static_cast<char32_t>(c), &out);
  }
  return ReplaceInvalidUtf8(out);
}

}  // namespace footnote::transformer
