#ifndef FOOTNOTE_INGEST_READERS_HTML_TABLE_H_
#define FOOTNOTE_INGEST_READERS_HTML_TABLE_H_

#include <gumbo.h>

#include <string>
#include <vector>

namespace footnote::ingest {

// A table of data as lines of text.
struct TableText {
  std::string caption;
  std::string anchor;              // the first id within the table
  std::vector<std::string> lines;  // a row each, cells joined by " | "
  int header_lines = 0;            // how many of them, from the first, are header rows
};

// Whether `table` holds data; if so, fills `*text`. A table that holds another
// one, or headings, or a single cell, or one column without a header is there
// for layout: false. Looks at each node once and no further than the first inner
// table. A cell that spans rows is repeated in each of them.
bool ReadDataTable(const GumboNode* table, TableText* text);

}  // namespace footnote::ingest

#endif  // FOOTNOTE_INGEST_READERS_HTML_TABLE_H_
