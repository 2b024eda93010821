#pragma once

// What happens, for the commands that the configuration gives: `notify` of `[director]` hears every
// event. Later stages tell() what they see; the commands run by themselves (action/runner.h), so
// this never waits. Control core only.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "action/runner.h"
#include "config/model.h"
#include "director/stage.h"

namespace weir::director {

/// Something has changed its state.
struct happening {
    std::string event; ///< its kind: "server", "service", "table", "link", "vip", "peer"
    std::string name;  ///< of the thing: "web 192.0.2.11:80"
    std::string state; ///< it is in now: "up", "down"
    std::string reason;
    std::vector<action::fact> more{}; ///< what only this kind of event has
};

class events final : public stage {
public:
    /// `runner` outlives it.
    explicit events(action::runner& runner) : runner_(runner) {}

    void commit(const config::configuration& now) override;

    /// Runs the commands that hear every event.
    void tell(const happening& what);
    /// Runs one command about an event, after all earlier ones of `queue`.
    /// `done`: as the runner calls it.
    void run(const std::string& queue, const action::command& words, const happening& about,
             std::function<void(bool good)> done = nullptr);

private:
    action::event event_of(const happening& what) const;

    action::runner& runner_;
    std::vector<action::command> commands_;
    std::string director_; ///< its name
};

} // namespace weir::director
