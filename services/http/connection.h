#ifndef FOOTNOTE_SERVICES_HTTP_CONNECTION_H_
#define FOOTNOTE_SERVICES_HTTP_CONNECTION_H_

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>

#include "services/config/config.h"
#include "services/http/router.h"

namespace footnote::services {

// What a connection needs from its server. Outlives all connections.
struct ConnectionHost {
  const Router* router;
  HttpConfig http;
  LimitsConfig limits;
  // Runs a task on a worker thread.
  std::function<void(std::function<void()>)> run;
  std::atomic<bool> draining{false};  // no further request on any connection
  std::atomic<bool> stopping{false};  // requests in flight must end now
  // Requests with a large body being received or worked on: a bound on memory.
  std::atomic<int> large_requests{0};
};

// One client's connection: reads requests one after the other, has them
// answered, writes the responses. Lives as long as its socket or a request in
// flight. All members run on the server's thread.
class Connection {
 public:
  virtual ~Connection() = default;
  // Closes the connection if it waits for a request; else after the response.
  virtual void Drain() = 0;
  // Closes the connection; where a request is being worked on, after its
  // response, which comes soon because the work is cancelled.
  virtual void Abort() = 0;
};

// Takes over an accepted socket. `on_end` is called once, on the server's
// thread, when the connection has ended.
std::shared_ptr<Connection> StartConnection(boost::asio::ip::tcp::socket socket,
                                            ConnectionHost* host, std::function<void()> on_end);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_HTTP_CONNECTION_H_
