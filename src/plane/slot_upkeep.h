#pragma once

// The slot tables of all services (service/slot_keeper.h), kept true to weights and health as these
// change: changes only mark a service, and each turn of the control core's loop works for a few
// milliseconds on those marked. So a thousand services that lose a server at once, or one of ten
// thousand servers that loses half of them, hold up nothing else; the tables follow within a few
// turns. Control core only.

#include <memory>
#include <vector>

#include "plane/known_service.h"
#include "worker/shared.h"

namespace weir::plane {

class slot_upkeep {
public:
    explicit slot_upkeep(const director_state& state) : state_(state) {}

    /// Gives a service whose servers have their slots its table: that of `before` (null = none) if
    /// the servers are the same, else a new one, built at once.
    void give(known_service& service, const known_service* before) const;
    /// These are the services from now on; all are looked at.
    void follow(const std::vector<std::unique_ptr<known_service>>& services);
    /// A weight or the health of one of its servers has changed.
    void note_change(known_service& service);
    /// A turn's work. True: there is more to do.
    bool run();

private:
    const director_state& state_;
    std::vector<known_service*> due_;
};

} // namespace weir::plane
