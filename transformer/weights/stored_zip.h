#ifndef FOOTNOTE_TRANSFORMER_WEIGHTS_STORED_ZIP_H_
#define FOOTNOTE_TRANSFORMER_WEIGHTS_STORED_ZIP_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace footnote::transformer {

// The entries of a zip archive that stores them as they are, as PyTorch writes
// it; the views point into `file`. Names are not paths to this reader: nothing
// is unpacked. Zip64 is read.
//
// Every offset and size is checked against the file; local headers must agree
// with the central directory, and entries must not overlap or share a name.
//
// Errors: DataLoss (the message says what is wrong), Unimplemented (compressed
// or encrypted entries, an archive in several parts).
// Source: PKWARE, APPNOTE.TXT 6.3.9, sections 4.3 to 4.5
absl::StatusOr<std::map<std::string, absl::string_view, std::less<>>> ParseStoredZip(
    absl::string_view file);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_WEIGHTS_STORED_ZIP_H_
