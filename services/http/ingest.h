#ifndef FOOTNOTE_SERVICES_HTTP_INGEST_H_
#define FOOTNOTE_SERVICES_HTTP_INGEST_H_

#include "services/http/door.h"
#include "services/http/message.h"

namespace footnote::services {

HttpResponse HandleIngest(const HttpDoor& door, const HttpRequest& request);
HttpResponse HandleDelete(const HttpDoor& door, const HttpRequest& request);
HttpResponse HandleSetAccess(const HttpDoor& door, const HttpRequest& request);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_HTTP_INGEST_H_
