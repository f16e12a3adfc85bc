#ifndef FOOTNOTE_SERVICES_FILTER_MESSAGES_H_
#define FOOTNOTE_SERVICES_FILTER_MESSAGES_H_

#include "absl/status/statusor.h"
#include "footnote/v1/footnote.pb.h"
#include "retrieval/filter/filter.h"

namespace footnote::services {

// The filter that a message says. Errors: InvalidArgument, which names what is
// wrong in it and how to mend it; those of CheckFilter too.
absl::StatusOr<retrieval::Filter> FilterFromProto(const v1::Filter& message);

// The message that says `filter`. Precondition: CheckFilter passes it.
v1::Filter ToProto(const retrieval::Filter& filter);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_FILTER_MESSAGES_H_
