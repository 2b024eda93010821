// The commands that change something: `weirctl weight`, `drain`, `enable`, `disable`, `failover`,
// `reload`.

#include <charconv>
#include <cstdint>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "config/bounds.h"
#include "message/keys.h"
#include "message/message.h"
#include "weirctl/commands.h"

namespace weir::weirctl {

namespace {

using nlohmann::json;
namespace key = message::key;

void change(const invocation& call, const json& request) {
    call.director.ask(request, [](std::string_view) {});
    if (call.json) print("{\"done\":true}\n");
}

void change_server(const invocation& call, const char* command) {
    change(call,
           {{key::command, command}, {key::service, call.words[0]}, {key::server, call.words[1]}});
}

} // namespace

void weight(const invocation& call) {
    const std::string& word = call.words[2];
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size())
        throw config::usage_error(fmt::format("the weight is a whole number from 0 to {}, not `{}`",
                                              config::most_weight, word));
    change(call, {{key::command, "weight"},
                  {key::service, call.words[0]},
                  {key::server, call.words[1]},
                  {key::weight, value}});
}

void drain(const invocation& call) {
    change_server(call, "drain");
}

void enable(const invocation& call) {
    change_server(call, "enable");
}

void disable(const invocation& call) {
    change_server(call, "disable");
}

void failover(const invocation& call) {
    change(call, {{key::command, "failover"}, {key::vrrp, call.words[0]}});
}

void reload(const invocation& call) {
    change(call, message::request("reload"));
}

} // namespace weir::weirctl
