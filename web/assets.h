#ifndef FOOTNOTE_WEB_ASSETS_H_
#define FOOTNOTE_WEB_ASSETS_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace footnote::web {

// A file of the search page, embedded in the binary at build time. Everything
// lives as long as the process.
struct Asset {
  absl::string_view path;          // of the URL: "/" for the page itself, "/js/app.js", ...
  absl::string_view content_type;  // as the header carries it, charset included
  absl::string_view bytes;
  absl::string_view etag;  // with its quotes; changes when the bytes do
};

// Every file of the page, ascending by path. The page fetches nothing from
// another origin and has no inline script or style, so that it works under
// Content-Security-Policy: default-src 'self'.
absl::Span<const Asset> WebAssets();

}  // namespace footnote::web

#endif  // FOOTNOTE_WEB_ASSETS_H_
