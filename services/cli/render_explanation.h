#ifndef FOOTNOTE_SERVICES_CLI_RENDER_EXPLANATION_H_
#define FOOTNOTE_SERVICES_CLI_RENDER_EXPLANATION_H_

#include <string>

#include "footnote/v1/footnote.pb.h"
#include "services/cli/terminal.h"

// Why a search ranked as it did, for people.
namespace footnote::services::cli {

// A line for each stage and each word that a passage was ranked by.
std::string RenderExplanation(const v1::Explanation& explanation, const Style& style);

// The profile that ranked and the time of each stage, in one line.
std::string RenderTimes(const v1::SearchResponse& response, const Style& style);

}  // namespace footnote::services::cli

#endif  // FOOTNOTE_SERVICES_CLI_RENDER_EXPLANATION_H_
