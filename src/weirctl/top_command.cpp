// `weirctl top`: asks again and again, and draws.

#include <optional>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "message/message.h"
#include "weirctl/commands.h"
#include "weirctl/option_time.h"
#include "weirctl/screen.h"
#include "weirctl/top.h"

namespace weir::weirctl {

namespace {

using clock = std::chrono::steady_clock;
using nlohmann::json;

top_sample ask(message::client& director) {
    top_sample sample;
    director.ask_parsed(message::request("status"),
                        [&](const json& line) { sample.status = line; });
    director.ask_parsed(message::request("list"), [&](const json& line) { sample.take(line); });
    sample.seconds = std::chrono::duration<double>(clock::now().time_since_epoch()).count();
    return sample;
}

clock::duration interval_of(const invocation& call) {
    using namespace std::chrono_literals;
    return milliseconds_of(call, "interval", 100ms, 1h);
}

std::optional<top_order> order_of(const std::string& name) {
    constexpr const char* names[] = {"cps", "packets", "bytes", "active"};
    for (std::size_t i = 0; i < std::size(names); ++i)
        if (name == names[i]) return static_cast<top_order>(i);
    return std::nullopt;
}

top_view view_of(const invocation& call) {
    const auto name = call.options["sort"].as<std::string>();
    const auto order = order_of(name);
    if (!order)
        throw config::usage_error(
            fmt::format("--sort: cps, packets, bytes or active, not `{}`", name));
    top_view view;
    view.order = *order;
    return view;
}

/// False: the key is none of ours.
bool take_key(char key, top_view& view) {
    constexpr std::string_view orders = "cpba";
    if (const auto order = orders.find(key); order != orders.npos)
        view.order = static_cast<top_order>(order);
    else if (key == 's')
        view.servers = !view.servers;
    else
        return key == screen::drawn_over;
    return true;
}

/// The frame as a terminal draws it: over the one before, without a moment in which it is empty.
std::string on_screen(const top_frame& frame) {
    std::string text = "\x1b[H";
    for (std::size_t i = 0; i < frame.lines.size(); ++i) {
        const bool title = i == frame.title;
        text += fmt::format("{}{}{}{}\x1b[K", i == 0 ? "" : "\r\n", title ? "\x1b[7m" : "",
                            frame.lines[i], title ? "\x1b[0m" : "");
    }
    return text + "\x1b[J";
}

void once(const invocation& call, top_view view) {
    constexpr std::size_t usual = 120;
    view.columns = screen::possible() ? screen::size().second : usual;
    const clock::duration interval = interval_of(call);
    const top_sample before = ask(call.director);
    std::this_thread::sleep_for(interval);
    for (const std::string& line : draw(before, ask(call.director), view).lines)
        print(line.substr(0, line.find_last_not_of(' ') + 1) + '\n');
}

void live(const invocation& call, top_view view) {
    const clock::duration interval = interval_of(call);
    view.keys = true;
    top_sample now = ask(call.director);
    top_sample before = now;
    screen terminal;
    while (true) {
        const clock::time_point next = clock::now() + interval;
        char key = screen::drawn_over;
        do {
            if (key == 'q' || key == screen::terminal_gone) return;
            if (!take_key(key, view)) continue;
            std::tie(view.rows, view.columns) = screen::size();
            terminal.show(on_screen(draw(before, now, view)));
        } while ((key = terminal.wait(next)) != screen::no_key);
        before = std::move(now);
        now = ask(call.director);
    }
}

/// One frame as JSON: each service and server with what happened per second of the interval.
void print_json(const invocation& call, const top_view& view) {
    const clock::duration interval = interval_of(call);
    const top_sample before = ask(call.director);
    std::this_thread::sleep_for(interval);
    print(message::to_text(frame_as_json(before, ask(call.director), view.order)) + '\n');
}

} // namespace

void top(const invocation& call) {
    const top_view view = view_of(call);
    if (call.json) return print_json(call, view);
    if (call.options.contains("once")) return once(call, view);
    if (!screen::possible())
        throw config::usage_error("this is not a terminal: give --once for one frame of text");
    live(call, view);
}

} // namespace weir::weirctl
