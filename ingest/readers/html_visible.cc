#include "ingest/readers/html_visible.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ingest/readers/html_tree.h"

namespace footnote::ingest {
namespace {

// Whether the element stands in a part of the page, whose <header> then is that
// part's own heading rather than the page's.
bool InSection(const GumboNode* node) {
  for (const GumboNode* up = node->parent; up != nullptr && up->type == GUMBO_NODE_ELEMENT;
       up = up->parent) {
    switch (up->v.element.tag) {
      case GUMBO_TAG_ARTICLE:
      case GUMBO_TAG_MAIN:
      case GUMBO_TAG_SECTION:
        return true;
      default:
        break;
    }
  }
  return false;
}

bool IsHidden(const GumboElement& element) {
  if (Attribute(element, "hidden") != nullptr) return true;
  const char* aria = Attribute(element, "aria-hidden");
  if (aria != nullptr && absl::EqualsIgnoreCase(aria, "true")) return true;
  const char* style = Attribute(element, "style");
  if (style == nullptr) return false;
  std::string plain = absl::AsciiStrToLower(style);
  plain.erase(std::remove_if(plain.begin(), plain.end(), absl::ascii_isspace), plain.end());
  return absl::StrContains(plain, "display:none") || absl::StrContains(plain, "visibility:hidden");
}

bool IsNavigationRole(const GumboElement& element) {
  const char* role = Attribute(element, "role");
  if (role == nullptr) return false;
  for (absl::string_view name :
       {"navigation", "banner", "contentinfo", "search", "menu", "menubar", "dialog"}) {
    if (absl::EqualsIgnoreCase(role, name)) return true;
  }
  return false;
}

}  // namespace

bool IsContent(const GumboNode* node) {
  if (node->type == GUMBO_NODE_TEMPLATE || node->type == GUMBO_NODE_COMMENT) return false;
  if (node->type != GUMBO_NODE_ELEMENT) return true;
  const GumboElement& element = node->v.element;
  switch (element.tag) {
    case GUMBO_TAG_HEAD:
    case GUMBO_TAG_SCRIPT:
    case GUMBO_TAG_STYLE:
    case GUMBO_TAG_NOSCRIPT:
    case GUMBO_TAG_TEMPLATE:
    case GUMBO_TAG_TITLE:
    case GUMBO_TAG_NAV:
    case GUMBO_TAG_IFRAME:
    case GUMBO_TAG_NOFRAMES:
    case GUMBO_TAG_NOEMBED:
    case GUMBO_TAG_SVG:
    case GUMBO_TAG_CANVAS:
    case GUMBO_TAG_AUDIO:
    case GUMBO_TAG_VIDEO:
    case GUMBO_TAG_INPUT:
    case GUMBO_TAG_BUTTON:
    case GUMBO_TAG_SELECT:
    case GUMBO_TAG_TEXTAREA:
    case GUMBO_TAG_DATALIST:
    case GUMBO_TAG_RP:
      return false;
    case GUMBO_TAG_FOOTER:
    case GUMBO_TAG_HEADER:
      if (!InSection(node)) return false;
      break;
    case GUMBO_TAG_A:
      // The marks beside headings that link to themselves.
      if (HasClass(element, {"id_link", "headerlink", "permalink", "anchorjs-link"})) return false;
      break;
    default:
      break;
  }
  if (element.attributes.length == 0) return true;
  return !HasClass(element, {"navheader", "navfooter", "navbar", "breadcrumb", "breadcrumbs"}) &&
         !IsNavigationRole(element) && !IsHidden(element);
}

bool IsBlockElement(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_ADDRESS:
    case GUMBO_TAG_ARTICLE:
    case GUMBO_TAG_ASIDE:
    case GUMBO_TAG_BLOCKQUOTE:
    case GUMBO_TAG_BODY:
    case GUMBO_TAG_CAPTION:
    case GUMBO_TAG_CENTER:
    case GUMBO_TAG_DD:
    case GUMBO_TAG_DETAILS:
    case GUMBO_TAG_DIR:
    case GUMBO_TAG_DIV:
    case GUMBO_TAG_DL:
    case GUMBO_TAG_DT:
    case GUMBO_TAG_FIELDSET:
    case GUMBO_TAG_FIGCAPTION:
    case GUMBO_TAG_FIGURE:
    case GUMBO_TAG_FOOTER:
    case GUMBO_TAG_FORM:
    case GUMBO_TAG_H1:
    case GUMBO_TAG_H2:
    case GUMBO_TAG_H3:
    case GUMBO_TAG_H4:
    case GUMBO_TAG_H5:
    case GUMBO_TAG_H6:
    case GUMBO_TAG_HEADER:
    case GUMBO_TAG_HGROUP:
    case GUMBO_TAG_HR:
    case GUMBO_TAG_HTML:
    case GUMBO_TAG_LEGEND:
    case GUMBO_TAG_LI:
    case GUMBO_TAG_LISTING:
    case GUMBO_TAG_MAIN:
    case GUMBO_TAG_MENU:
    case GUMBO_TAG_OL:
    case GUMBO_TAG_P:
    case GUMBO_TAG_PLAINTEXT:
    case GUMBO_TAG_PRE:
    case GUMBO_TAG_SECTION:
    case GUMBO_TAG_SUMMARY:
    case GUMBO_TAG_TABLE:
    case GUMBO_TAG_TBODY:
    case GUMBO_TAG_TD:
    case GUMBO_TAG_TFOOT:
    case GUMBO_TAG_TH:
    case GUMBO_TAG_THEAD:
    case GUMBO_TAG_TR:
    case GUMBO_TAG_UL:
    case GUMBO_TAG_XMP:
      return true;
    default:
      return false;
  }
}

bool HasClass(const GumboElement& element, std::initializer_list<absl::string_view> names) {
  const char* value = Attribute(element, "class");
  if (value == nullptr) return false;
  absl::string_view rest(value);
  while (!rest.empty()) {
    size_t end = 0;
    while (end < rest.size() && !absl::ascii_isspace(rest[end])) ++end;
    if (absl::c_linear_search(names, rest.substr(0, end))) return true;
    rest.remove_prefix(end < rest.size() ? end + 1 : end);
  }
  return false;
}

std::string Superscript(absl::string_view text) {
  constexpr absl::string_view kPlain = "0123456789+-=()n";
  constexpr absl::string_view kRaised[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷",
                                           "⁸", "⁹", "⁺", "⁻", "⁼", "⁽", "⁾", "ⁿ"};
  std::string out;
  for (char c : absl::StripAsciiWhitespace(text)) {
    const size_t i = kPlain.find(c);
    if (i == absl::string_view::npos) return std::string(text);
    absl::StrAppend(&out, kRaised[i]);
  }
  return out;
}

}  // namespace footnote::ingest
