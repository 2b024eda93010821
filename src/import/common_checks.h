#pragma once

// Checks of servers, as foreign files have them, as checks of a service, as weir has them: a check
// that all servers share is the service's. Any other is left to the operator, with the names of the
// servers it is for: given to all it could take down servers that nobody checked. What is given is
// held to weir's own reader of checks, which also looks whether a script is there. Any thread.

#include "import/draft.h"

namespace weir::importer {

/// After the servers' ports have become what weir will have.
void share_checks(draft_service& s, report& notes);

} // namespace weir::importer
