#include "tests/integration/server_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#include "nlohmann/json.hpp"

namespace footnote::integration {
namespace {

std::vector<std::string> ServeArguments(const std::string& data_dir,
                                        const std::vector<std::string>& flags) {
  std::vector<std::string> arguments = {"serve",       "--data", data_dir,     "--http",
                                        "127.0.0.1:0", "--grpc", "127.0.0.1:0"};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  return arguments;
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, const std::string& log_path)
    : log_path_(log_path) {
  const std::string models = std::filesystem::path(FOOTNOTE_MODEL_DIR).parent_path().string();
  pid_ = fork();
  if (pid_ != 0) return;
  const int log = open(log_path.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
  dup2(log, STDERR_FILENO);
  const int null = open("/dev/null", O_RDWR);
  dup2(null, STDIN_FILENO);
  dup2(null, STDOUT_FILENO);
  setenv("FOOTNOTE_MODELS", models.c_str(), 1);
  std::vector<char*> argv = {const_cast<char*>(FOOTNOTE_BINARY)};
  for (const std::string& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
  argv.push_back(nullptr);
  execv(FOOTNOTE_BINARY, argv.data());
  _exit(127);
}

Process::~Process() {
  if (!Running()) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Process::Signal(int signal) {
  if (pid_ > 0) kill(pid_, signal);
}

bool Process::Running() {
  if (pid_ <= 0) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
  exit_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  pid_ = -1;
  return false;
}

int Process::Wait() {
  while (Running()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return exit_;
}

std::string Process::Log() const {
  std::ifstream in(log_path_, std::ios::binary);
  return std::string((std::istreambuf_iterator<char>(in)), {});
}

Server::Server(const std::string& data_dir, const std::string& log_path,
               const std::vector<std::string>& flags)
    : process_(ServeArguments(data_dir, flags), log_path) {
  while (process_.Running()) {
    std::istringstream log(process_.Log());
    for (std::string line; std::getline(log, line);) {
      const auto object = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (object.is_object() && object.value("message", "") == "listening") {
        http_ = object.value("http", "");
        grpc_ = object.value("grpc", "");
        return;
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace footnote::integration
