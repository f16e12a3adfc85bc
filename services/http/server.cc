#include "services/http/server.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "kernels/base/status_macros.h"
#include "services/address.h"
#include "services/http/connection.h"

namespace footnote::services {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

// After an accept that failed, most often for want of file descriptors.
constexpr auto kAcceptPause = std::chrono::milliseconds(100);

class HttpServerImpl : public HttpServer {
 public:
  HttpServerImpl(const Config& config, const Router* router, const Logger* logger)
      : logger_(logger),
        max_connections_(static_cast<size_t>(config.http.max_connections)),
        work_(asio::make_work_guard(io_)),
        acceptor_(io_),
        pause_(io_),
        pool_(static_cast<size_t>(config.limits.worker_threads)) {
    host_.router = router;
    host_.http = config.http;
    host_.limits = config.limits;
    host_.run = [this](std::function<void()> task) { asio::post(pool_, std::move(task)); };
  }

  ~HttpServerImpl() override { Shutdown(absl::Now()); }

  absl::Status Listen(const std::string& listen) {
    const absl::StatusOr<Address> address = ParseAddress(listen);
    if (!address.ok()) return ListenError("HTTP", "http.listen", listen);
    error_code error;
    const auto found = tcp::resolver(io_).resolve(address->host, std::to_string(address->port),
                                                  tcp::resolver::passive, error);
    if (error || found.empty()) return ListenError("HTTP", "http.listen", listen);
    const tcp::endpoint endpoint = *found.begin();
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return ListenError("HTTP", "http.listen", listen);
    address_ = WithPort(listen, acceptor_.local_endpoint().port());
    Accept();
    thread_ = std::thread([this] { RunIo(); });
    return absl::OkStatus();
  }

  const std::string& address() const override { return address_; }

  void Shutdown(absl::Time deadline) override {
    {
      const std::lock_guard<std::mutex> lock(mu_);
      if (shut_down_) return;
      shut_down_ = true;
    }
    if (!thread_.joinable()) return;  // never listened
    host_.draining = true;
    asio::post(io_, [this] {
      error_code ignored;
      acceptor_.close(ignored);
      pause_.cancel();
      ForEach([](Connection* c) { c->Drain(); });
    });
    WaitForConnections(deadline);
    host_.stopping = true;
    asio::post(io_, [this] { ForEach([](Connection* c) { c->Abort(); }); });
    WaitForConnections(absl::InfiniteFuture());
    pool_.join();
    work_.reset();
    thread_.join();
  }

 private:
  void RunIo() {
    while (true) {
      try {
        io_.run();
        return;
      } catch (const std::exception& e) {
        // The connection whose handler threw has lost its last reference.
        logger_->Log(LogLevel::kError, "http: exception in a connection",
                     {{"what", absl::string_view(e.what())}});
      }
    }
  }

  void Accept() {
    if (connections_.size() >= max_connections_) {
      accept_waits_ = true;
      return;
    }
    acceptor_.async_accept([this](const error_code& error, tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (error) return PauseAccept(error);
      Add(std::move(socket));
      Accept();
    });
  }

  void PauseAccept(const error_code& error) {
    logger_->Log(LogLevel::kWarning, "http: accept failed",
                 {{"what", absl::string_view(error.message())}});
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](const error_code& cancelled) {
      if (!cancelled && acceptor_.is_open()) Accept();
    });
  }

  void Add(tcp::socket socket) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const uint64_t id = next_id_++;
    const auto connection = StartConnection(std::move(socket), &host_, [this, id] { Remove(id); });
    const std::lock_guard<std::mutex> lock(mu_);
    connections_[id] = connection;
  }

  void Remove(uint64_t id) {
    {
      const std::lock_guard<std::mutex> lock(mu_);
      connections_.erase(id);
    }
    ended_.notify_all();
    if (std::exchange(accept_waits_, false) && acceptor_.is_open()) {
      asio::post(io_, [this] {
        if (acceptor_.is_open()) Accept();
      });
    }
  }

  template <typename F>
  void ForEach(const F& f) {
    std::vector<std::shared_ptr<Connection>> alive;
    for (const auto& [id, weak] : connections_) {
      if (auto connection = weak.lock()) alive.push_back(std::move(connection));
    }
    for (const auto& connection : alive) f(connection.get());
  }

  void WaitForConnections(absl::Time deadline) {
    std::unique_lock<std::mutex> lock(mu_);
    const auto none = [this] { return connections_.empty(); };
    if (deadline == absl::InfiniteFuture()) {
      ended_.wait(lock, none);
    } else {
      ended_.wait_until(lock, absl::ToChronoTime(deadline), none);
    }
  }

  const Logger* const logger_;
  const size_t max_connections_;
  ConnectionHost host_;
  std::string address_;
  std::mutex mu_;
  std::condition_variable ended_;
  bool shut_down_ = false;
  // Written on the server's thread, under mu_.
  std::map<uint64_t, std::weak_ptr<Connection>> connections_;
  uint64_t next_id_ = 0;
  bool accept_waits_ = false;  // for a connection to end

  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  asio::thread_pool pool_;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const Config& config,
                                                              const Router* router,
                                                              const Logger* logger) {
  auto server = std::make_unique<HttpServerImpl>(config, router, logger);
  FN_RETURN_IF_ERROR(server->Listen(config.http.listen));
  return server;
}

}  // namespace footnote::services
