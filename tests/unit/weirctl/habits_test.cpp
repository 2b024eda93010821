// Words of HAProxy lead to weirctl's.

#include "weirctl/habits.h"

#include <gtest/gtest.h>

#include "unit/weirctl/mistake.h"

namespace weir::weirctl {
namespace {

TEST(weirctl_habits, words_of_haproxy_lead_to_weirctls) {
    const std::pair<const char*, const char*> all[] = {
        {"show stat", "use `weirctl list --stats`, or `weirctl top`"},
        {"show servers state", "use `weirctl list`"},
        {"show info", "use `weirctl status`"},
        {"show sess", "use `weirctl connections`"},
        {"show", "use `weirctl list` or `weirctl status`"},
        {"maint web1", "use `weirctl disable SERVER`"},
        {"ready web/web1", "use `weirctl enable web web1`"},
        {"set server web/web1 state maint", "use `weirctl disable web web1`"},
        {"set server web/web1 state drain", "use `weirctl drain web web1`"},
        {"set server web/web1 state ready", "use `weirctl enable web web1`"},
        {"set weight web/web1 5", "use `weirctl weight web web1 N`"},
        {"add server web/web4 192.0.2.14:80", "use `weirctl server add web web4`"},
        {"del server web/web4", "use `weirctl server remove web web4`"},
        {"stats", "use `weirctl list --stats`, or `weirctl top`"},
        {"stop", "use `systemctl stop weir`"}};
    for (const auto& [line, instead] : all) {
        const std::string name = std::string(line).substr(0, std::string(line).find(' '));
        EXPECT_EQ(mistake(line), "no command `" + name + "`; " + instead) << line;
    }
}

TEST(weirctl_habits, a_backend_and_its_server_in_one_word) {
    EXPECT_EQ(mistake("disable server web/web1"),
              "`web/web1` is HAProxy's: use `weirctl disable web web1`");
    EXPECT_EQ(mistake("enable web/web1"), "`web/web1` is HAProxy's: use `weirctl enable web web1`");
    EXPECT_EQ(mistake("weight web/web1 5"),
              "`web/web1` is HAProxy's: use `weirctl weight web web1 N`");
    for (const char* right : {"disable web web1 --socket /nonesuch",
                              "enable 192.0.2.100:80/tcp web1 --socket /nonesuch"})
        EXPECT_THROW(mistake(right), std::runtime_error) << right; // there is no director
}

} // namespace
} // namespace weir::weirctl
