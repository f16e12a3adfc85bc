#ifndef FOOTNOTE_SERVICES_HTTP_WIRE_H_
#define FOOTNOTE_SERVICES_HTTP_WIRE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "services/http/message.h"

// The bytes of a response on the wire.
namespace footnote::services {

enum class Framing {
  kLength,   // Content-Length
  kChunked,  // for streams
  kClose,    // for streams to HTTP/1.0 clients: the end of the connection ends the body
};

// Status line and headers. The length is the body's, also where the body isn't
// sent, in the answer to a HEAD.
std::string SerializeHead(const HttpResponse& response, Framing framing, bool keep_alive);

// A chunk of the chunked coding. `bytes` isn't empty, since an empty chunk ends
// the body.
std::string Chunk(absl::string_view bytes);
inline constexpr char kLastChunk[] = "0\r\n\r\n";

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_HTTP_WIRE_H_
