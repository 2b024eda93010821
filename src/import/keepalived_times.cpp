// How often keepalived checks and how long it waits, translated to weir's parameters.

#include <algorithm>

#include <fmt/format.h>

#include "config/bounds.h"
#include "config/problem.h"
#include "import/keepalived_parts.h"
#include "import/words.h"
#include "net/counted.h"

namespace weir::importer {

namespace {

using config::in_quotes;

using config::longest_interval;
using config::most_turns;
using config::shortest_interval;

constexpr std::uint64_t much_longer = 10'000; // milliseconds; clients wait for as long

} // namespace

std::optional<std::uint64_t> timer(const std::string& text) {
    constexpr std::uint64_t most = 100'000'000; // seconds; years
    const std::size_t point = text.find('.');
    const auto seconds = whole_number(text.substr(0, point));
    if (!seconds || *seconds > most) return std::nullopt;
    if (point == std::string::npos) return *seconds * 1000;
    std::string decimals = text.substr(point + 1);
    if (decimals.empty() || decimals.size() > 6 || !whole_number(decimals)) return std::nullopt;
    decimals.resize(3, '0');
    return *seconds * 1000 + *whole_number(decimals);
}

std::optional<bool> truth(const statement& s) {
    const std::string word = s.value();
    if (word.empty() || word == "on" || word == "true" || word == "yes") return true;
    if (word == "off" || word == "false" || word == "no") return false;
    return std::nullopt;
}

bool set_check_default(check_defaults& defaults, const statement& s, findings& notes) {
    const std::string& word = s.keyword();
    const auto wrong = [&](const char* what) {
        notes.decision(s.where, fmt::format("{}: {} is not {}", word, in_quotes(s.value()), what));
    };
    if (word == "delay_loop" || word == "connect_timeout") {
        const auto value = timer(s.value());
        if (!value || *value == 0)
            wrong("a time in seconds");
        else
            (word == "delay_loop" ? defaults.delay_loop : defaults.connect_timeout) = *value;
    } else if (word == "delay_before_retry") {
        const auto value = timer(s.value());
        if (!value)
            wrong("a time in seconds");
        else
            defaults.delay_before_retry = value;
    } else if (word == "retry") {
        const auto value = whole_number(s.value());
        if (!value || *value > 1'000'000)
            wrong("a whole number");
        else
            defaults.retry = value;
    } else if (word == "alpha") {
        const auto value = truth(s);
        if (!value)
            wrong("on or off");
        else
            defaults.alpha = *value;
    } else if (word == "virtualhost") {
        defaults.virtual_host = s.value();
    } else if (word == "warmup") {
        notes.ignored(s.where, "warmup: weir spreads the first checks over an interval itself");
    } else if (word == "log_all_failures") {
        notes.ignored(s.where, "log_all_failures: weir logs every change");
    } else {
        return false;
    }
    return true;
}

check_times to_times(const check_defaults& of, const statement& checker) {
    check_times result;
    const auto cut = [&](std::string why) { result.losses.push_back(std::move(why)); };
    const std::uint64_t interval = std::clamp(of.delay_loop, shortest_interval, longest_interval);
    if (interval != of.delay_loop)
        cut(fmt::format("{}: delay_loop {} becomes {}: weir's intervals are 10ms to a day",
                        checker.keyword(), time_text(of.delay_loop), time_text(interval)));
    const std::uint64_t timeout = std::min(of.connect_timeout, interval);
    if (timeout != of.connect_timeout)
        cut(fmt::format("{}: a turn has {} instead of {}: weir's timeout is at most the interval",
                        checker.keyword(), time_text(timeout), time_text(of.connect_timeout)));

    const std::uint64_t retry = of.retry.value_or(0);
    const std::uint64_t delay = std::max(of.delay_before_retry.value_or(0), shortest_interval);
    if (retry > 0 && delay < interval && retry < most_turns) { // exactly as keepalived
        result.turns = {interval, timeout, retry + 1, delay, of.alpha};
        return result;
    }
    const std::uint64_t patience = retry * of.delay_before_retry.value_or(0);
    std::uint64_t more = (patience + interval - 1) / interval;
    if (retry > 0) more = std::max<std::uint64_t>(more, 1);
    if (more >= most_turns) {
        cut(fmt::format("{}: {} {} apart become {} turns {} apart, weir's most", checker.keyword(),
                        counted(retry, "more try", "more tries"),
                        time_text(of.delay_before_retry.value_or(0)), most_turns,
                        time_text(interval)));
        more = most_turns - 1;
    }
    result.turns = {interval, timeout, more + 1, 0, of.alpha};
    if (more * interval == patience) return result;
    const std::string times = fmt::format("down {} after the first bad answer, {} with keepalived",
                                          time_text(more * interval), time_text(patience));
    if (more * interval >= much_longer + patience)
        cut(fmt::format("{}: a server is {}: a shorter interval= finds it sooner",
                        checker.keyword(), times));
    else
        result.explanation = times;
    return result;
}

} // namespace weir::importer
