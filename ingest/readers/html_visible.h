#ifndef FOOTNOTE_INGEST_READERS_HTML_VISIBLE_H_
#define FOOTNOTE_INGEST_READERS_HTML_VISIBLE_H_

#include <gumbo.h>

#include <initializer_list>
#include <string>

#include "absl/strings/string_view.h"

namespace footnote::ingest {

// Whether a reader of the page would take the element for part of what it says:
// not navigation, a page's header or footer, a script, a control, or hidden.
bool IsContent(const GumboNode* node);

// Begins on a line of its own.
bool IsBlockElement(GumboTag tag);

// Whether one of the words of the element's class attribute is one of `names`.
bool HasClass(const GumboElement& element, std::initializer_list<absl::string_view> names);

// The text of <sup> in superscript characters where there are some for all of
// it ("32"), else as it is. 2<sup>32</sup> isn't 232.
std::string Superscript(absl::string_view text);

}  // namespace footnote::ingest

#endif  // FOOTNOTE_INGEST_READERS_HTML_VISIBLE_H_
