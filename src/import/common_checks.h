#pragma once

// Turns checks of servers, as foreign files have them, into checks of a service, as weir has them.
// A check that all servers share becomes the service's. The report leaves any other check to the
// operator and names its servers: given to all, it could take down servers that were never checked.
// weir's own reader validates each check and also verifies that a script exists. Any thread.

#include "import/draft.h"

namespace weir::importer {

/// Call after the servers have the ports that weir will use.
void share_checks(draft_service& s, report& notes);

} // namespace weir::importer
