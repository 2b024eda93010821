#include "director/stage.h"

namespace weir::director {

stage_list::~stage_list() {
    while (!stages_.empty())
        stages_.pop_back();
}

void stage_list::apply(const config::configuration& wanted) {
    std::size_t prepared = 0;
    try {
        for (; prepared < stages_.size(); ++prepared)
            stages_[prepared]->prepare(wanted);
    } catch (...) {
        while (prepared > 0)
            stages_[--prepared]->undo();
        throw;
    }
    for (const auto& s : stages_)
        s->commit(wanted);
}

void stage_list::tick() {
    for (const auto& s : stages_)
        s->tick();
}

} // namespace weir::director
