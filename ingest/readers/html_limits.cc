#include "ingest/readers/html_limits.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/hash.h"

namespace footnote::ingest {
namespace {

// How the parser treats a tag, as far as the number of open elements goes.
enum class TagKind : uint8_t {
  kOrdinary,    // span and everything unknown: its end tag can't pass a special one
  kSpecial,     // div: its end tag closes what is open in it
  kBarrier,     // object: end tags in it don't reach out of it
  kTable,       // a barrier, and table parts close up to it
  kTablePart,   // tr, td: closes other parts of the same table
  kCell,        // td, th, caption: a table part and a barrier
  kFormatting,  // b: reopened in what follows until its end tag
  kHeading,     // h1 to h6: close each other
  kUncounted,   // void, closed by its like, or there once
  kRawText,     // script: no tags up to its end tag
  kForeign,     // svg, math: raw text elements are ordinary in them
};

struct TagRow {
  absl::string_view name;
  TagKind kind;
};

constexpr TagRow kTags[] = {
    {"a", TagKind::kFormatting},       {"address", TagKind::kSpecial},
    {"applet", TagKind::kBarrier},     {"area", TagKind::kUncounted},
    {"article", TagKind::kSpecial},    {"aside", TagKind::kSpecial},
    {"b", TagKind::kFormatting},       {"base", TagKind::kUncounted},
    {"basefont", TagKind::kUncounted}, {"bgsound", TagKind::kUncounted},
    {"big", TagKind::kFormatting},     {"blockquote", TagKind::kSpecial},
    {"body", TagKind::kUncounted},     {"br", TagKind::kUncounted},
    {"button", TagKind::kSpecial},     {"caption", TagKind::kCell},
    {"center", TagKind::kSpecial},     {"code", TagKind::kFormatting},
    {"col", TagKind::kUncounted},      {"colgroup", TagKind::kUncounted},
    {"dd", TagKind::kUncounted},       {"details", TagKind::kSpecial},
    {"dir", TagKind::kSpecial},        {"div", TagKind::kSpecial},
    {"dl", TagKind::kSpecial},         {"dt", TagKind::kUncounted},
    {"em", TagKind::kFormatting},      {"embed", TagKind::kUncounted},
    {"fieldset", TagKind::kSpecial},   {"figcaption", TagKind::kSpecial},
    {"figure", TagKind::kSpecial},     {"font", TagKind::kFormatting},
    {"footer", TagKind::kSpecial},     {"form", TagKind::kUncounted},
    {"frame", TagKind::kUncounted},    {"frameset", TagKind::kSpecial},
    {"h1", TagKind::kHeading},         {"h2", TagKind::kHeading},
    {"h3", TagKind::kHeading},         {"h4", TagKind::kHeading},
    {"h5", TagKind::kHeading},         {"h6", TagKind::kHeading},
    {"head", TagKind::kUncounted},     {"header", TagKind::kSpecial},
    {"hgroup", TagKind::kSpecial},     {"hr", TagKind::kUncounted},
    {"html", TagKind::kUncounted},     {"i", TagKind::kFormatting},
    {"iframe", TagKind::kRawText},     {"image", TagKind::kUncounted},
    {"img", TagKind::kUncounted},      {"input", TagKind::kUncounted},
    {"li", TagKind::kUncounted},       {"link", TagKind::kUncounted},
    {"listing", TagKind::kSpecial},    {"main", TagKind::kSpecial},
    {"marquee", TagKind::kBarrier},    {"math", TagKind::kForeign},
    {"menu", TagKind::kSpecial},       {"meta", TagKind::kUncounted},
    {"nav", TagKind::kSpecial},        {"nobr", TagKind::kFormatting},
    {"noembed", TagKind::kRawText},    {"noframes", TagKind::kRawText},
    {"object", TagKind::kBarrier},     {"ol", TagKind::kSpecial},
    {"optgroup", TagKind::kUncounted}, {"option", TagKind::kUncounted},
    {"p", TagKind::kUncounted},        {"param", TagKind::kUncounted},
    {"plaintext", TagKind::kRawText},  {"pre", TagKind::kSpecial},
    {"rb", TagKind::kUncounted},       {"rp", TagKind::kUncounted},
    {"rt", TagKind::kUncounted},       {"rtc", TagKind::kUncounted},
    {"s", TagKind::kFormatting},       {"script", TagKind::kRawText},
    {"section", TagKind::kSpecial},    {"select", TagKind::kUncounted},
    {"small", TagKind::kFormatting},   {"source", TagKind::kUncounted},
    {"strike", TagKind::kFormatting},  {"strong", TagKind::kFormatting},
    {"style", TagKind::kRawText},      {"summary", TagKind::kSpecial},
    {"svg", TagKind::kForeign},        {"table", TagKind::kTable},
    {"tbody", TagKind::kTablePart},    {"td", TagKind::kCell},
    {"template", TagKind::kBarrier},   {"textarea", TagKind::kRawText},
    {"tfoot", TagKind::kTablePart},    {"th", TagKind::kCell},
    {"thead", TagKind::kTablePart},    {"title", TagKind::kRawText},
    {"tr", TagKind::kTablePart},       {"track", TagKind::kUncounted},
    {"tt", TagKind::kFormatting},      {"u", TagKind::kFormatting},
    {"ul", TagKind::kSpecial},         {"wbr", TagKind::kUncounted},
    {"xmp", TagKind::kRawText},
};

const absl::flat_hash_map<absl::string_view, TagKind>& Tags() {
  static const auto* const tags = [] {
    auto* map = new absl::flat_hash_map<absl::string_view, TagKind>();
    for (const TagRow& row : kTags) map->emplace(row.name, row.kind);
    return map;
  }();
  return *tags;
}

bool IsBarrier(TagKind kind) {
  return kind == TagKind::kBarrier || kind == TagKind::kTable || kind == TagKind::kCell;
}

uint64_t NameId(absl::string_view name) { return kernels::Hash64(name) | 1; }

const uint64_t kLink = NameId("a");
const uint64_t kNoBreak = NameId("nobr");

// The elements that would be open.
class OpenElements {
 public:
  void Start(uint64_t name, TagKind kind, uint64_t whole_tag) {
    if (kind == TagKind::kTablePart || kind == TagKind::kCell) CloseToTable();
    if (kind == TagKind::kHeading && !open_.empty() && open_.back().kind == kind) open_.pop_back();
    // A link or a nobr in another one ends that.
    if (name == kLink || name == kNoBreak) End(name, kind);
    if (kind == TagKind::kFormatting) StartFormatting(name, whole_tag);
    if (IsBarrier(kind)) formatting_.push_back({0, 0});
    open_.push_back({name, kind});
    foreign_ += kind == TagKind::kForeign;
  }

  void End(uint64_t name, TagKind kind) {
    if (kind == TagKind::kFormatting) EndFormatting(name);
    for (size_t i = open_.size(); i-- > 0;) {
      const Element& element = open_[i];
      const bool same = kind == TagKind::kHeading ? element.kind == kind : element.name == name;
      if (same) {
        if (kind == TagKind::kFormatting) {
          open_.erase(open_.begin() + i);
        } else {
          CloseTo(i);
        }
        return;
      }
      const bool part =
          kind == TagKind::kTable || kind == TagKind::kTablePart || kind == TagKind::kCell;
      if (part ? element.kind == TagKind::kTable : IsBarrier(element.kind)) return;
      if (kind == TagKind::kOrdinary && element.kind != TagKind::kOrdinary &&
          element.kind != TagKind::kFormatting) {
        return;
      }
    }
  }

  size_t depth() const { return open_.size() + formatting_.size(); }
  bool in_foreign() const { return foreign_ > 0; }

 private:
  struct Element {
    uint64_t name;
    TagKind kind;
  };
  struct Formatting {
    uint64_t name;  // 0: the mark of a barrier
    uint64_t whole_tag;
  };

  void CloseTo(size_t size) {
    while (open_.size() > size) {
      const TagKind kind = open_.back().kind;
      foreign_ -= kind == TagKind::kForeign;
      open_.pop_back();
      if (!IsBarrier(kind)) continue;
      while (formatting_.back().name != 0) formatting_.pop_back();
      formatting_.pop_back();
    }
  }

  void CloseToTable() {
    for (size_t i = open_.size(); i-- > 0;) {
      if (open_[i].kind == TagKind::kTable) return CloseTo(i + 1);
      if (open_[i].kind == TagKind::kBarrier) return;
    }
  }

  // The list of active formatting elements, with the parser's rule that only
  // the last three equal ones are kept.
  void StartFormatting(uint64_t name, uint64_t whole_tag) {
    int equal = 0;
    for (size_t i = formatting_.size(); i-- > 0 && formatting_[i].name != 0;) {
      if (formatting_[i].whole_tag == whole_tag && ++equal == 3) {
        formatting_.erase(formatting_.begin() + i);
        break;
      }
    }
    formatting_.push_back({name, whole_tag});
  }

  void EndFormatting(uint64_t name) {
    for (size_t i = formatting_.size(); i-- > 0 && formatting_[i].name != 0;) {
      if (formatting_[i].name == name) {
        formatting_.erase(formatting_.begin() + i);
        return;
      }
    }
  }

  std::vector<Element> open_;
  std::vector<Formatting> formatting_;
  int foreign_ = 0;
};

// A tag's text, read as the HTML standard's tokenizer does.
struct Tag {
  absl::string_view name;
  size_t end = 0;  // behind the '>'
  int attributes = 0;
  bool self_closing = false;
  bool complete = false;
};

Tag ReadTag(absl::string_view html, size_t pos) {
  Tag tag;
  const size_t begin = pos;
  const auto at_end = [&] { return pos >= html.size(); };
  while (!at_end() && !absl::ascii_isspace(html[pos]) && html[pos] != '/' && html[pos] != '>') {
    ++pos;
  }
  tag.name = html.substr(begin, pos - begin);
  while (!at_end()) {
    while (!at_end() && (absl::ascii_isspace(html[pos]) || html[pos] == '/')) {
      tag.self_closing = html[pos] == '/';
      ++pos;
    }
    if (at_end()) break;
    if (html[pos] == '>') {
      tag.complete = true;
      tag.end = pos + 1;
      return tag;
    }
    tag.self_closing = false;
    ++tag.attributes;
    ++pos;  // an attribute's name may begin with '='
    while (!at_end() && !absl::ascii_isspace(html[pos]) && html[pos] != '/' && html[pos] != '>' &&
           html[pos] != '=') {
      ++pos;
    }
    while (!at_end() && absl::ascii_isspace(html[pos])) ++pos;
    if (at_end() || html[pos] != '=') continue;
    ++pos;
    while (!at_end() && absl::ascii_isspace(html[pos])) ++pos;
    if (at_end()) break;
    if (html[pos] == '"' || html[pos] == '\'') {
      pos = html.find(html[pos], pos + 1);
      if (pos == absl::string_view::npos) break;
      ++pos;
    } else {
      while (!at_end() && !absl::ascii_isspace(html[pos]) && html[pos] != '>') ++pos;
    }
  }
  tag.end = html.size();
  return tag;
}

// Behind the end tag of a raw text element; the end if there is none.
size_t SkipRawText(absl::string_view html, size_t pos, absl::string_view name) {
  for (pos = html.find("</", pos); pos != absl::string_view::npos; pos = html.find("</", pos + 2)) {
    const absl::string_view rest = html.substr(pos + 2);
    if (absl::StartsWithIgnoreCase(rest, name) && rest.size() > name.size() &&
        (absl::ascii_isspace(rest[name.size()]) || rest[name.size()] == '/' ||
         rest[name.size()] == '>')) {
      return pos;
    }
  }
  return html.size();
}

// Behind the comment, or whatever it is that begins with "<!" or "<?" at `pos`.
size_t SkipMarkup(absl::string_view html, size_t pos) {
  if (html.substr(pos, 4) == "<!--") {
    if (html.substr(pos + 4, 1) == ">") return pos + 5;
    if (html.substr(pos + 4, 2) == "->") return pos + 6;
    const size_t plain = html.find("-->", pos + 4);
    const size_t bang = html.substr(0, plain).find("--!>", pos + 4);
    if (bang != absl::string_view::npos) return bang + 4;
    return plain == absl::string_view::npos ? html.size() : plain + 3;
  }
  const size_t end = html.find('>', pos);
  return end == absl::string_view::npos ? html.size() : end + 1;
}

}  // namespace

absl::Status CheckHtmlLimits(absl::string_view html) {
  OpenElements open;
  std::string name;
  size_t pos = 0;
  while ((pos = html.find('<', pos)) != absl::string_view::npos && pos + 1 < html.size()) {
    const size_t begin = pos;
    const char next = html[pos + 1];
    if (next == '!' || next == '?') {
      pos = SkipMarkup(html, pos);
      continue;
    }
    const bool end_tag = next == '/';
    const size_t name_at = pos + (end_tag ? 2 : 1);
    if (name_at >= html.size() || !absl::ascii_isalpha(html[name_at])) {
      // "</3>" is a comment up to the ">"; "<3" is text.
      pos = end_tag ? SkipMarkup(html, pos) : pos + 1;
      continue;
    }
    const Tag tag = ReadTag(html, name_at);
    pos = tag.end;
    if (!tag.complete) break;
    if (tag.attributes > kMaxHtmlAttributes) {
      return absl::InvalidArgumentError(absl::StrCat("the tag at byte ", begin, " has more than ",
                                                     kMaxHtmlAttributes, " attributes"));
    }
    name = absl::AsciiStrToLower(tag.name);
    const auto row = Tags().find(name);
    TagKind kind = row == Tags().end() ? TagKind::kOrdinary : row->second;
    if (kind == TagKind::kRawText && !end_tag) {
      if (!open.in_foreign()) {
        pos = SkipRawText(html, pos, name);
        continue;
      }
      kind = TagKind::kOrdinary;
    }
    if (kind == TagKind::kUncounted) continue;
    if (kind == TagKind::kOrdinary && tag.self_closing && open.in_foreign()) continue;
    const uint64_t id = NameId(name);
    if (end_tag) {
      open.End(id, kind);
      continue;
    }
    open.Start(id, kind, kernels::Hash64(html.substr(begin, tag.end - begin)));
    if (open.depth() > kMaxHtmlDepth) {
      return absl::InvalidArgumentError(absl::StrCat("the HTML is nested more than ", kMaxHtmlDepth,
                                                     " elements deep at byte ", begin));
    }
  }
  return absl::OkStatus();
}

}  // namespace footnote::ingest
