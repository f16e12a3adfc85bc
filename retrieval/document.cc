#include "retrieval/document.h"

namespace footnote::retrieval {

std::string IndexedText(const Document& document, const Chunk& chunk) {
  std::string out = chunk.heading_path;
  out += '\n';
  out.append(document.text, chunk.begin, chunk.end - chunk.begin);
  return out;
}

}  // namespace footnote::retrieval
