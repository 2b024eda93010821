#include "director/stage.h"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace weir::director {
namespace {

using lines = std::vector<std::string>;

/// Writes down what becomes of it.
class noted_stage final : public stage {
public:
    noted_stage(std::string name, lines& notes) : name_(std::move(name)), notes_(notes) {}
    ~noted_stage() override { note("end"); }

    void prepare(const config::configuration& wanted) override {
        note("prepare");
        if (wanted.file == "fails at " + name_) throw std::runtime_error(name_ + " cannot");
    }
    void undo() noexcept override { note("undo"); }
    void commit(const config::configuration& now) override { note("commit", " " + now.file); }
    void tick() override { note("tick"); }

private:
    void note(const std::string& what, const std::string& more = "") {
        notes_.push_back(what + " " + name_ + more);
    }

    std::string name_;
    lines& notes_;
};

class stages : public testing::Test {
protected:
    stages() {
        for (const char* name : {"ports", "services", "checks"})
            list->add<noted_stage>(name, notes);
    }
    static config::configuration file(const std::string& name) {
        config::configuration c;
        c.file = name;
        return c;
    }

    lines notes;
    std::unique_ptr<stage_list> list = std::make_unique<stage_list>();
};

TEST_F(stages, all_prepare_before_the_first_commits) {
    list->apply(file("a.conf"));
    EXPECT_EQ(notes,
              (lines{"prepare ports", "prepare services", "prepare checks", "commit ports a.conf",
                     "commit services a.conf", "commit checks a.conf"}));
}

TEST_F(stages, a_failure_in_the_middle_undoes_those_before_it_in_reverse) {
    try {
        list->apply(file("fails at checks"));
        FAIL() << "it was applied";
    } catch (const std::runtime_error& e) {
        EXPECT_STREQ(e.what(), "checks cannot");
    }
    EXPECT_EQ(notes, (lines{"prepare ports", "prepare services", "prepare checks", "undo services",
                            "undo ports"}));
}

TEST_F(stages, a_failure_of_the_first_undoes_nothing) {
    EXPECT_THROW(list->apply(file("fails at ports")), std::runtime_error);
    EXPECT_EQ(notes, (lines{"prepare ports"}));
}

TEST_F(stages, after_a_failure_the_next_configuration_is_applied) {
    EXPECT_THROW(list->apply(file("fails at services")), std::runtime_error);
    notes.clear();
    list->apply(file("b.conf"));
    EXPECT_EQ(notes.size(), 6u);
    EXPECT_EQ(notes.back(), "commit checks b.conf");
}

TEST_F(stages, they_tick_in_order_and_end_in_reverse) {
    list->tick();
    list.reset();
    EXPECT_EQ(notes, (lines{"tick ports", "tick services", "tick checks", "end checks",
                            "end services", "end ports"}));
}

TEST_F(stages, one_that_cannot_start_leaves_the_others) {
    struct cannot_start final : stage {
        cannot_start() { throw std::runtime_error("no netlink"); }
    };
    EXPECT_THROW(list->add<cannot_start>(), std::runtime_error);
    list->apply(file("a.conf"));
    EXPECT_EQ(notes.size(), 6u);
}

} // namespace
} // namespace weir::director
