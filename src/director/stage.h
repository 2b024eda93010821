#pragma once

// What joins the director at start, at each reload and at the end: a list of stages, in the order
// in which one needs another. Making a stage starts it (the constructor may fail); destroying the
// list ends the stages, the last one first. A configuration, the first one too, is applied by a
// walk over the list:
//
//   prepare  each stage makes ready what may fail; nothing that runs has changed yet
//   undo     when one has failed: the stages before it, in reverse, take back what they prepared
//   commit   when all have prepared: the configuration is in force, and this cannot fail
//
// A later part of the director joins with one add(). Control core only.

#include <memory>
#include <utility>
#include <vector>

#include "config/model.h"

namespace weir::director {

class stage {
public:
    stage() = default;
    virtual ~stage() = default;
    stage(const stage&) = delete;
    stage& operator=(const stage&) = delete;

    /// Makes ready what this configuration asks of the stage. Throws an exception that says what is
    /// wrong; then it has taken back its own part itself.
    virtual void prepare(const config::configuration&) {}
    /// Takes back the last prepare(): a later stage has failed.
    virtual void undo() noexcept {}
    /// The configuration that was prepared is in force. Must not throw.
    virtual void commit(const config::configuration&) {}
    /// Once a second.
    virtual void tick() {}
};

class stage_list {
public:
    stage_list() = default;
    /// Ends the stages, the last one first.
    ~stage_list();
    stage_list(const stage_list&) = delete;
    stage_list& operator=(const stage_list&) = delete;

    /// Makes a stage at the end of the list. Throws what its constructor throws.
    template <typename Stage, typename... Arguments>
    Stage& add(Arguments&&... arguments) {
        auto made = std::make_unique<Stage>(std::forward<Arguments>(arguments)...);
        Stage& stage = *made;
        stages_.push_back(std::move(made));
        return stage;
    }

    /// Puts the configuration in force. Throws what a prepare() threw; then nothing has changed.
    void apply(const config::configuration& wanted);
    void tick();

private:
    std::vector<std::unique_ptr<stage>> stages_;
};

} // namespace weir::director
