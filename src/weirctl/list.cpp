// `weirctl list` and `weirctl connections`.

#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "config/problem.h"
#include "message/keys.h"
#include "message/message.h"
#include "message/services.h"
#include "net/counted.h"
#include "weirctl/commands.h"
#include "weirctl/layout.h"
#include "weirctl/option_time.h"

namespace weir::weirctl {

namespace {

using nlohmann::json;
namespace key = message::key;
using namespace std::chrono_literals;

constexpr std::chrono::seconds longest_count = 24h;

/// The services one after the other, as text or as one JSON document.
class service_printer {
public:
    service_printer(bool as_json, list_layout layout, bool exact)
        : json_(as_json), layout_(layout), exact_(exact) {}

    void begin(const json& director) const {
        if (json_)
            print(fmt::format("{{\"version\":{},\"size\":{},\"services\":[",
                              message::to_text(director.at(key::version)),
                              message::to_text(director.at(key::size))));
        else
            print(fmt::format("weir {} (size={})\n{}", director.at(key::version).get<std::string>(),
                              director.at(key::size).get<std::uint64_t>(), list_title(layout_)));
    }
    void add(const json& service, const std::vector<json>& servers) {
        if (json_) {
            json whole = service;
            whole["servers"] = servers;
            print((services_ == 0 ? "\n" : ",\n") + message::to_text(whole));
        } else {
            print(list_service(service, servers, layout_, exact_));
        }
        ++services_;
    }
    void end() const {
        if (json_) print(services_ == 0 ? "]}\n" : "\n]}\n");
    }

private:
    bool json_;
    list_layout layout_;
    bool exact_;
    std::size_t services_ = 0;
};

list_layout layout_of(const invocation& call) {
    list_layout layout = list_layout::plain;
    unsigned given = 0;
    const auto look = [&](const char* option, list_layout meant) {
        if (!call.options.contains(option)) return;
        layout = meant;
        ++given;
    };
    look("stats", list_layout::stats);
    look("rate", list_layout::rate);
    look("thresholds", list_layout::thresholds);
    look("persistent-conn", list_layout::persistent);
    if (given > 1)
        throw config::usage_error(
            "--stats, --rate, --thresholds and --persistent-conn exclude each other");
    return layout;
}

/// `list web` and `list --service web` are the same.
void ask_for_service(const invocation& call, json& request) {
    const bool given = call.options.contains(key::service);
    if (given && !call.words.empty())
        throw config::usage_error(fmt::format("{} and --service: name one service",
                                              config::in_quotes(call.words.front())));
    if (given)
        request[key::service] = call.options[key::service].as<std::string>();
    else if (!call.words.empty())
        request[key::service] = call.words.front();
}

} // namespace

void list(const invocation& call) {
    json request = message::request("list");
    ask_for_service(call, request);
    service_printer printer(call.json, layout_of(call), call.options.contains("exact"));
    message::ask_services(
        call.director, request, [&](const json& director) { printer.begin(director); },
        [&](const json& service, const std::vector<json>& servers) {
            printer.add(service, servers);
        });
    printer.end();
}

namespace {

/// What came of the connections of a client while they were counted.
std::string count_line(const json& line) {
    const auto packets = [&](const char* name) {
        return counted(message::number(line, name), "packet");
    };
    return fmt::format("In {}: {}, {} bytes from the client; {}, {} bytes of answers\n",
                       counted(message::number(line, key::seconds), "second"),
                       packets(key::in_packets), message::number(line, key::in_bytes),
                       packets(key::out_packets), message::number(line, key::out_bytes));
}

} // namespace

void connections(const invocation& call) {
    json request = message::request("connections");
    ask_for_service(call, request);
    if (call.options.contains(key::client))
        request[key::client] = call.options[key::client].as<std::string>();
    if (call.options.contains("limit"))
        request[key::limit] = call.options["limit"].as<std::int64_t>();
    if (call.options.contains("count")) {
        if (!request.contains(key::client))
            throw config::usage_error("--count needs a client: `--client 192.0.2.7:51234`");
        request[key::seconds] = seconds_of(call, "count", 1s, longest_count).count();
    }
    if (call.json) {
        print_json_list(call, request, "connections");
        return;
    }
    bool titled = false;
    const auto title = [&] {
        if (!std::exchange(titled, true)) print(connections_title());
    };
    call.director.ask_parsed(request, [&](const json& line) {
        title();
        print(line.contains(key::in_packets) ? count_line(line) : connection_line(line));
    });
    title();
}

} // namespace weir::weirctl
