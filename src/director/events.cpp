#include "director/events.h"

namespace weir::director {

void events::commit(const config::configuration& now) {
    commands_ = now.director.notify;
    director_ = now.director.name;
}

action::event events::event_of(const happening& what) const {
    action::event result{what.event + " " + what.name,
                         {{"director", director_},
                          {"event", what.event},
                          {"name", what.name},
                          {"state", what.state},
                          {"reason", what.reason}}};
    result.facts.insert(result.facts.end(), what.more.begin(), what.more.end());
    return result;
}

/// A command that takes its time delays only itself.
void events::tell(const happening& what) {
    for (const action::command& words : commands_)
        runner_.run("notify " + words.front(), words, event_of(what));
}

void events::run(const std::string& queue, const action::command& words, const happening& about,
                 std::function<void(bool)> done) {
    runner_.run(queue, words, event_of(about), std::move(done));
}

} // namespace weir::director
