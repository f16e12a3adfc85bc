#ifndef FOOTNOTE_TESTS_INTEGRATION_SERVER_PROCESS_H_
#define FOOTNOTE_TESTS_INTEGRATION_SERVER_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace footnote::integration {

// The real program, running as a child. Its standard error goes to a file.
class Process {
 public:
  // `arguments` follow the program's name.
  Process(const std::vector<std::string>& arguments, const std::string& log_path);
  // Kills it if it still runs.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void Signal(int signal);
  // The exit code, or 128 + the signal that ended it.
  int Wait();
  bool Running();
  // What it has written to standard error.
  std::string Log() const;

 private:
  pid_t pid_ = -1;
  int exit_ = -1;
  const std::string log_path_;
};

// `footnote serve` on free ports over a data folder.
class Server {
 public:
  // Returns when it listens, or has ended.
  Server(const std::string& data_dir, const std::string& log_path,
         const std::vector<std::string>& flags = {});

  Process& process() { return process_; }
  const std::string& http() const { return http_; }
  const std::string& grpc() const { return grpc_; }

 private:
  Process process_;
  std::string http_;
  std::string grpc_;
};

}  // namespace footnote::integration

#endif  // FOOTNOTE_TESTS_INTEGRATION_SERVER_PROCESS_H_
