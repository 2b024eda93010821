// The command `checks`: a line for how the checks do as a whole, then one for each check, service
// by service.

#include <memory>

#include "control/commands.h"

namespace weir::control {

namespace {

using nlohmann::json;

json to_json(const check_info& check) {
    return {{"service", check.service},
            {"server", to_string(check.address)},
            {"port", check.port},
            {"type", check.type},
            {"state", check.state},
            {"server_state", check.server_up ? "up" : "down"},
            {"answer", check.answer},
            {"since", check.since.count()},
            {"latency_us", check.latency.count()},
            {"share", check.share},
            {"held_ms", check.held.count()}};
}

/// The checks of some services, a piece at a time.
class check_list {
public:
    check_list(const director_view& view, std::size_t first, std::size_t end)
        : view_(view), service_(first), end_(end) {}

    bool operator()(std::string& lines) {
        const std::size_t enough = lines.size() + piece_size;
        while (lines.size() < enough) {
            if (next_ < checks_.size()) {
                lines += to_json(checks_[next_++]).dump() + '\n';
            } else if (service_ < std::min(end_, view_.service_count())) {
                checks_ = view_.checks(service_++);
                next_ = 0;
            } else {
                return false;
            }
        }
        return true;
    }

private:
    const director_view& view_;
    std::size_t service_; ///< the next
    std::size_t end_;
    std::vector<check_info> checks_;
    std::size_t next_ = 0;
};

} // namespace

answer list_checks(const arguments& given, const command_context& context) {
    std::size_t first = 0;
    std::size_t end = context.view.service_count();
    if (const auto name = given.text_if_any("service")) {
        require_service(context.view, *name);
        first = *context.view.find_service(*name);
        end = first + 1;
    }
    const health::punctuality figures = context.view.check_figures();
    const std::string head = json{{"checks",
                                   {{"count", figures.checks},
                                    {"under_way", figures.under_way},
                                    {"turns", figures.turns},
                                    {"most_late_us", figures.most_late.count()}}}}
                                 .dump();
    auto list = std::make_shared<check_list>(context.view, first, end);
    return [head, list, begun = false](std::string& lines) mutable {
        if (!std::exchange(begun, true)) lines += head + '\n';
        return (*list)(lines);
    };
}

} // namespace weir::control
