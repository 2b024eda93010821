// Any bytes as requests at the control socket: every answer is a few lines of JSON, or a refusal in
// one line; nothing else is thrown.

#include <string_view>

#include <nlohmann/json.hpp>

#include "command/commands.h"
#include "command/rates.h"
#include "loop/event_loop.h"
#include "message/message.h"
#include "target.h"
#include "unit/command/fake_director.h"

namespace weir::fuzz {

namespace {

std::unique_ptr<command::fake_director> director() {
    auto made = std::make_unique<command::fake_director>(64);
    made->add_service("web", 2);
    made->add_service("dns", 1);
    made->open({ip_address::v4(203, 0, 113, 7), ip_address::v4(192, 0, 2, 1), be16::from_host(4711),
                be16::from_host(80), 6},
               1, flow_state::established, 900);
    return made;
}

void ask(std::string_view line, const command::command_context& context) {
    std::string lines;
    try {
        const command::answer rest = command::start_command(line, context);
        for (unsigned pieces = 0; rest(lines); ++pieces)
            require(pieces < 1000, "an answer ends");
    } catch (const message::refused& e) {
        lines += command::error_line(e.what(), e.problems());
    }
    for (std::size_t at = 0; at < lines.size();) {
        const std::size_t end = lines.find('\n', at);
        require(end != std::string::npos, "an answer is made of lines");
        require(message::parse(std::string_view(lines).substr(at, end - at)).is_object(),
                "a line is a JSON object");
        at = end + 1;
    }
}

} // namespace

std::vector<std::string> seeds() {
    return {
        R"({"command":"list"})"
        "\n"
        R"({"command":"list","service":"web"})"
        "\n"
        R"({"command":"status"})",
        R"({"command":"connections","service":"web","limit":5})"
        "\n"
        R"({"command":"connections","client":"203.0.113.0/24","server":"10.1.0.1"})",
        R"({"command":"weight","service":"web","server":"10.1.0.1","weight":3})"
        "\n"
        R"({"command":"drain","service":"192.0.2.2:80/tcp","server":"10.2.0.1"})",
        R"({"command":"disable","service":"web","server":"10.1.0.2"})"
        "\n"
        R"({"command":"enable","service":"web","server":"10.1.0.2"})"
        "\n"
        R"({"command":"reload"})",
        R"({"command":"checks"})"
        "\n"
        R"({"command":"neighbours"})"
        "\n"
        R"({"command":"schedulers"})"
        "\n"
        R"({"command":"handover","group":"a"})",
    };
}

} // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto view = fuzz::director();
    loop::clock time = loop::clock::standing_at(std::chrono::hours(1));
    loop::event_loop loop{time};
    const command::rates speeds(loop, *view);
    command::busy_meter busy;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        fuzz::ask(text.substr(at, end - at), {*view, speeds, busy, "uid 0"});
        at = end + 1;
    }
    return 0;
}
