#ifndef FOOTNOTE_SERVICES_CLI_RENDER_H_
#define FOOTNOTE_SERVICES_CLI_RENDER_H_

#include <string>

#include "footnote/v1/footnote.pb.h"
#include "services/cli/terminal.h"

// The text forms of results, for people.
namespace footnote::services::cli {

// Each passage with its rank, heading path, place, scores by stage and text
// with the query's words marked. `max_lines` of each passage's text, 0: all.
std::string RenderSearch(const v1::SearchResponse& response, int max_lines, const Style& style);

// The answer with its footnotes, or why there is none and the nearest passages.
std::string RenderAnswer(const v1::AskResponse& response, const Style& style);

}  // namespace footnote::services::cli

#endif  // FOOTNOTE_SERVICES_CLI_RENDER_H_
