#ifndef FOOTNOTE_SERVICES_HTTP_ASK_H_
#define FOOTNOTE_SERVICES_HTTP_ASK_H_

#include "services/http/door.h"
#include "services/http/message.h"

namespace footnote::services {

// One AskResponse as JSON; or, where Accept names text/event-stream, events as
// they are found:
//   event: passages    data: PassagesEvent
//   event: footnote    data: Footnote, before the sentence that it supports
//   event: sentence    data: Sentence
//   event: done        data: AskResponse, the last event
//   event: error       data: {"error":{...}}, the last event
// An error before the first event is a plain HTTP error.
HttpResponse HandleAsk(const HttpDoor& door, const HttpRequest& request, StreamWriter* stream);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_HTTP_ASK_H_
