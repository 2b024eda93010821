#pragma once

// Two services of a fake director, and what its commands answer to a request.

#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "command/commands.h"
#include "unit/command/fake_director.h"

namespace weir::command {

class commands_test : public testing::Test {
protected:
    commands_test() {
        director.add_service("web", 2);
        director.add_service("dns", 1);
        director.services[1].listen = {*parse_endpoint("192.0.2.53:53/udp"),
                                       *parse_endpoint("192.0.2.53:53/tcp")};
        director.services[0].listen.push_back(*parse_endpoint("[2001:db8::1]:80"));
    }

    /// The lines of an answer.
    std::vector<nlohmann::json> ask(const nlohmann::json& request) {
        std::string text;
        const answer rest = start_command(request.dump(), {director, speeds, busy, "a test"});
        while (rest(text)) {
        }
        std::vector<nlohmann::json> lines;
        for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos;
             begin = end + 1)
            lines.push_back(nlohmann::json::parse(text.substr(begin, end - begin)));
        return lines;
    }
    std::string error_of(const nlohmann::json& request) {
        try {
            ask(request);
        } catch (const message::refused& e) {
            return e.what();
        }
        return "";
    }
    std::string change(const char* command, const char* service, const char* server) {
        director.changes.clear();
        ask({{"command", command}, {"service", service}, {"server", server}});
        return fmt::format("{}", fmt::join(director.changes, "; "));
    }

    fake_director director;
    loop::clock time;
    loop::event_loop loop{time};
    rates speeds{loop, director};
    busy_meter busy;
};

} // namespace weir::command
