// Facts in the words and the environment of a command.

#include <gtest/gtest.h>

#include "action/words.h"

namespace weir::action {
namespace {

const std::vector<fact> facts{{"state", "active"}, {"preempt-delay", "{state}"}, {"empty", ""}};

TEST(words_of_a_command, have_facts_for_names_in_braces) {
    EXPECT_EQ(filled({"/bin/say", "{state}", "is-{state}-{state}", "{empty}"}, facts),
              (command{"/bin/say", "active", "is-active-active", ""}));
}

TEST(words_of_a_command, keep_other_braces) {
    EXPECT_EQ(filled({"{other}", "{", "}{", "{}", "{{state}}", "{state"}, facts),
              (command{"{other}", "{", "}{", "{}", "{active}", "{state"}));
    EXPECT_EQ(filled({"{preempt-delay}"}, facts), command{"{state}"}) << "a value is not filled";
}

TEST(environment_of_a_command, has_a_path_and_all_facts) {
    const auto all = environment_of(facts);
    ASSERT_EQ(all.size(), 4u);
    EXPECT_TRUE(all[0].starts_with("PATH=/"));
    EXPECT_EQ(all[1], "WEIR_STATE=active");
    EXPECT_EQ(all[2], "WEIR_PREEMPT_DELAY={state}");
    EXPECT_EQ(all[3], "WEIR_EMPTY=");
}

} // namespace
} // namespace weir::action
