#include "services/cli/run.h"

int main(int argc, char** argv) { return footnote::services::cli::Run(argc, argv); }
