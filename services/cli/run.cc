#include "services/cli/run.h"

#include <algorithm>
#include <csignal>
#include <exception>
#include <iostream>
#include <map>
#include <new>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "services/cli/command.h"
#include "services/cli/commands.h"
#include "services/json.h"
#include "services/version.h"

namespace footnote::services::cli {
namespace {

constexpr char kDescription[] =
    "Footnote answers questions over your own documents and shows where each sentence stands.";
constexpr char kExamples[] =
    "Examples:\n"
    "  footnote ingest --data ./data ./manual\n"
    "  footnote ask    --data ./data \"What port does the server listen on?\"\n"
    "  footnote serve  --data ./data\n"
    "\n"
    "`footnote COMMAND --help` shows a command's options. Exit status: 0 done, 1 failed,\n"
    "2 the command line is wrong. With --json an error is the last line of standard error:\n"
    "{\"error\":{\"code\":\"NOT_FOUND\",\"message\":\"...\"}}.";

int Status(Exit exit) { return static_cast<int>(exit); }

// Prints an error as the command line asks for it, and returns `exit`'s status.
int Fail(Exit exit, bool json, absl::StatusCode code, absl::string_view message) {
  if (json) {
    std::cerr << "{\"error\":{\"code\":" << JsonString(absl::StatusCodeToString(code))
              << ",\"message\":" << JsonString(message) << "}}\n";
  } else {
    std::cerr << "footnote: " << message << "\n";
  }
  return Status(exit);
}

const CommandGroup* FindGroup(absl::string_view name) {
  for (const CommandGroup& group : CommandGroups()) {
    if (name == group.name) return &group;
  }
  return nullptr;
}

// The words that may stand first, or after the group `group`.
std::vector<std::string> KnownWords(absl::string_view group) {
  std::vector<std::string> words;
  for (const Command* command : Commands()) {
    const std::vector<std::string> parts = absl::StrSplit(command->name, ' ');
    if (!group.empty() && (parts.size() < 2 || parts[0] != group)) continue;
    const std::string& word = group.empty() ? parts[0] : parts[1];
    if (words.empty() || words.back() != word) words.push_back(word);
  }
  return words;
}

int WrongWord(bool json, absl::string_view what, absl::string_view word, absl::string_view group) {
  return Fail(Exit::kUsage, json, absl::StatusCode::kInvalidArgument,
              absl::StrCat(what, word.empty() ? "" : absl::StrCat(" \"", word, "\""),
                           "; the known ones are ", absl::StrJoin(KnownWords(group), ", ")));
}

// Whether the words of the command line name a command; prints what is wrong
// if not. Options are left to the parser.
bool CheckWords(int argc, char** argv, bool json, int* exit_status) {
  const absl::string_view first = argc > 1 ? argv[1] : "";
  if (first.empty() || first[0] == '-') return true;
  const auto known = [](absl::string_view word, absl::string_view group) {
    const auto words = KnownWords(group);
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  if (!known(first, "")) {
    *exit_status = WrongWord(json, "unknown command", first, "");
    return false;
  }
  if (FindGroup(first) == nullptr) return true;
  const absl::string_view second = argc > 2 ? argv[2] : "";
  if (!second.empty() && (second[0] == '-' || known(second, first))) return true;
  *exit_status =
      second.empty()
          ? WrongWord(json, absl::StrCat("a word is missing after \"", first, "\""), "", first)
          : WrongWord(json, absl::StrCat("unknown command \"", first, "\""), second, first);
  return false;
}

// Declares every command on `app`.
std::map<const CLI::App*, Action> DefineCommands(CLI::App& app) {
  std::map<const CLI::App*, Action> actions;
  std::map<std::string, CLI::App*> groups;
  for (const Command* command : Commands()) {
    const std::vector<std::string> words = absl::StrSplit(command->name, ' ');
    CLI::App* parent = &app;
    if (words.size() == 2) {
      CLI::App*& group = groups[words[0]];
      if (group == nullptr) {
        group = app.add_subcommand(words[0], FindGroup(words[0])->summary);
        group->require_subcommand(1);
      }
      parent = group;
    }
    CLI::App* sub = parent->add_subcommand(words.back(), command->summary);
    sub->footer(absl::StrCat("Examples:\n", command->examples));
    actions.emplace(sub, command->define(*sub));
  }
  return actions;
}

// What a foreign library throws ends here, as an error.
absl::StatusOr<Exit> RunGuarded(const Action& action) {
  try {
    return action();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("out of memory");
  } catch (const std::exception& e) {
    return absl::InternalError(absl::StrCat("unexpected exception: ", e.what()));
  }
}

int RunAction(const Action& action, bool json) {
  const absl::StatusOr<Exit> result = RunGuarded(action);
  std::cout.flush();
  if (!result.ok()) {
    return Fail(IsUsageError(result.status()) ? Exit::kUsage : Exit::kFailed, json,
                result.status().code(), result.status().message());
  }
  if (!std::cout) {
    return Fail(Exit::kFailed, json, absl::StatusCode::kUnavailable,
                "the output could not be written completely");
  }
  return Status(*result);
}

}  // namespace

int Run(int argc, char** argv) {
  // A reader that goes away (| head) is a failed write, not a death.
  std::signal(SIGPIPE, SIG_IGN);
  int exit_status = 0;
  // Also where the rest of the line can't be parsed.
  const bool json = std::find(argv, argv + argc, absl::string_view("--json")) != argv + argc;
  if (!CheckWords(argc, argv, json, &exit_status)) return exit_status;

  CLI::App app(kDescription, "footnote");
  app.set_version_flag("--version", absl::StrCat("footnote ", Version()));
  app.footer(kExamples);
  app.require_subcommand(0, 1);
  const std::map<const CLI::App*, Action> actions = DefineCommands(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // 0 for --help and --version; every other code becomes "wrong use".
    if (json && error.get_exit_code() != 0) {
      return Fail(Exit::kUsage, json, absl::StatusCode::kInvalidArgument, error.what());
    }
    return app.exit(error) == 0 ? Status(Exit::kOk) : Status(Exit::kUsage);
  }
  for (const auto& [sub, action] : actions) {
    if (sub->parsed()) return RunAction(action, json);
  }
  std::cerr << app.help();
  return Status(Exit::kUsage);
}

}  // namespace footnote::services::cli
