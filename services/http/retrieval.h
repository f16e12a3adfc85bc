#ifndef FOOTNOTE_SERVICES_HTTP_RETRIEVAL_H_
#define FOOTNOTE_SERVICES_HTTP_RETRIEVAL_H_

#include "services/http/door.h"
#include "services/http/message.h"

namespace footnote::services {

HttpResponse HandleSearch(const HttpDoor& door, const HttpRequest& request);
HttpResponse HandleGetDocument(const HttpDoor& door, const HttpRequest& request);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_HTTP_RETRIEVAL_H_
