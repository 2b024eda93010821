#include "weirctl/emptying.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "message/keys.h"
#include "message/message.h"
#include "message/services.h"
#include "net/counted.h"
#include "net/names.h"
#include "weirctl/commands.h"

namespace weir::weirctl {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
namespace key = message::key;
using message::number;
using message::text;

constexpr auto between_looks = 200ms;
constexpr auto between_lines = 30s;

/// "192.0.2.11:80 (web1) of web".
std::string shown(const json& changed) {
    return fmt::format("{} of {}", with_word(text(changed, key::name), text(changed, key::server)),
                       text(changed, key::service));
}

/// The servers that `list` shows for a service; none when it has gone.
std::vector<json> servers_now(message::client& director, const std::string& service) {
    json request = message::request("list");
    request[key::service] = service;
    std::vector<json> all;
    try {
        message::ask_services(
            director, request, [](const json&) {},
            [&](const json&, const std::vector<json>& servers) { all = servers; });
    } catch (const message::refused&) { // no service of this name
        all.clear();
    }
    return all;
}

/// Is this the server that has been changed?
bool is(const json& changed, const json& server) {
    return !server.value(key::fallback, false)
           && text(server, key::address) == text(changed, key::address)
           && number(server, key::port) == number(changed, key::port);
}

} // namespace

std::string to_string(const left_over& left) {
    return fmt::format("{}, {} ending or UDP", counted(left.active, "active connection"),
                       left.ending);
}

std::optional<left_over> connections_left(const json& changed, const std::vector<json>& servers) {
    left_over left;
    for (const json& server : servers) {
        if (!is(changed, server)) continue;
        const auto why = message::words(server, key::why);
        if (std::ranges::none_of(why, [](const std::string& each) {
                return each == "drained" || each == "disabled" || each == "removed";
            }))
            return std::nullopt;
        left += {number(server, key::active), number(server, key::inactive)};
    }
    return left;
}

std::string why_clients_return(const json& changed, const std::vector<json>& servers) {
    for (const json& server : servers) {
        const std::uint64_t led = server.value(key::persistent, std::uint64_t{0});
        if (!is(changed, server) || led == 0) continue;
        for (const std::string& why : message::words(server, key::why))
            if (why == "disabled" || why == "removed") return "";
        return fmt::format("persistence still leads {} there: `weirctl disable` sends their next "
                           "connections elsewhere, as does `expire-quiescent = yes`",
                           counted(led, "client"));
    }
    return "";
}

void wait_until_empty(message::client& director, const std::vector<json>& changed,
                      std::chrono::seconds most, bool loud) {
    const auto begun = std::chrono::steady_clock::now();
    auto next_line = 0s;
    std::vector<json> waiting = changed;
    while (true) {
        std::map<std::string, std::vector<json>> services;
        for (const json& each : waiting)
            if (const std::string name = text(each, key::service); !services.contains(name))
                services[name] = servers_now(director, name);
        const auto waited = std::chrono::steady_clock::now() - begun;
        left_over left_in_all;
        std::string returning; // of the first
        const bool tell = loud && waited >= next_line;
        std::erase_if(waiting, [&](const json& each) {
            const auto left = connections_left(each, services.at(text(each, key::service)));
            if (!left)
                throw std::runtime_error(fmt::format(
                    "{} takes connections again: someone else has enabled it", shown(each)));
            left_in_all += *left;
            if (left->all() != 0) {
                const std::string why =
                    why_clients_return(each, services.at(text(each, key::service)));
                if (returning.empty()) returning = why;
                if (tell)
                    print(fmt::format("service {}: waiting for {} of {}{}\n",
                                      text(each, key::service), to_string(*left),
                                      with_word(text(each, key::name), text(each, key::server)),
                                      why.empty() ? "" : "; " + why));
            }
            if (left->all() == 0 && loud) {
                print(fmt::format("service {}: {} has no connections after {} s\n",
                                  text(each, key::service),
                                  with_word(text(each, key::name), text(each, key::server)),
                                  std::chrono::round<std::chrono::seconds>(waited).count()));
                flush();
            }
            return left->all() == 0;
        });
        if (waiting.empty()) return;
        if (waited >= most)
            throw std::runtime_error(fmt::format(
                "not empty after {} s: {}{}, {}{}", most.count(), shown(waiting.front()),
                waiting.size() == 1 ? "" : fmt::format(" and {} more", waiting.size() - 1),
                to_string(left_in_all), returning.empty() ? "" : "; " + returning));
        if (tell) {
            flush();
            next_line += between_lines;
        }
        std::this_thread::sleep_for(between_looks);
    }
}

} // namespace weir::weirctl
