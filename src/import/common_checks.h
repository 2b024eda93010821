#pragma once

// Turns checks of servers, as foreign files have them, into checks of a service, as weir has them.
// A check that all servers share becomes the service's, with the longest times of all. One that
// only some have becomes it too where it cannot harm: if the others have no check at all, or if it
// only connects; otherwise dead servers would go on getting clients. The report asks about both,
// and leaves any other check to the operator: given to all, it could take down servers that are
// well. weir's own reader validates each check and also verifies that a script exists. Any thread.

#include "import/draft.h"

namespace weir::importer {

/// Call after the servers have the ports that weir will use.
void share_checks(draft_service& s, findings& notes);

} // namespace weir::importer
