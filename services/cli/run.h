#ifndef FOOTNOTE_SERVICES_CLI_RUN_H_
#define FOOTNOTE_SERVICES_CLI_RUN_H_

namespace footnote::services::cli {

// Parses the command line, runs the command and returns the exit status.
int Run(int argc, char** argv);

}  // namespace footnote::services::cli

#endif  // FOOTNOTE_SERVICES_CLI_RUN_H_
