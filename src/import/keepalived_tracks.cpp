// vrrp_script and what an instance tracks as `track-script` and `track-port`, its commands as
// `notify-*`.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "config/bounds.h"
#include "config/check_values.h"
#include "config/track.h"
#include "config/values.h"
#include "import/keepalived_parts.h"
#include "import/keepalived_program.h"
#include "import/words.h"

namespace weir::importer {

namespace {

/// keepalived runs scripts each second, and believes the first answer.
constexpr std::uint64_t default_interval = 1000;

/// Words that one quoted string or several have, without the user that keepalived lets follow.
std::vector<std::string> program_of(const statement& s) {
    statement first = s;
    first.words.resize(std::min<std::size_t>(first.words.size(), 2));
    return program_words(first);
}

std::string one_line(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words)
        line += (line.empty() ? "" : " ") + double_quoted(word);
    return line;
}

void take(vrrp_script& script, const statement& s, findings& notes) {
    const std::string& word = s.keyword();
    if (word == "script")
        script.program = program_of(s);
    else if (word == "interval")
        script.interval = timer(s.value()).value_or(default_interval);
    else if (word == "timeout")
        script.timeout = timer(s.value());
    else if (word == "weight")
        script.weight = s.words.size() == 2 ? s.value() : "";
    else if (word == "rise")
        script.rise = whole_number(s.value()).value_or(1);
    else if (word == "fall")
        script.fall = whole_number(s.value()).value_or(1);
    else if (word == "init_fail")
        script.first_down = true;
    else
        notes.decision(s.where, fmt::format("vrrp_script {}: {} is not taken over{}", script.name,
                                            word, word == "user" ? ": it runs as weir does" : ""));
}

/// " priority=-20"; "" for a fault. Nothing: weir has no such weight.
std::optional<std::string> priority_of(const std::string& weight) {
    const bool less = weight.starts_with('-');
    const auto n = whole_number(less || weight.starts_with('+') ? weight.substr(1) : weight);
    if (!n || *n > 253) return std::nullopt;
    return *n == 0 ? "" : fmt::format(" priority={}{}", less ? '-' : '+', *n);
}

/// The weight of a line `NAME [weight N]`, else `otherwise`.
std::string weight_of(const statement& s, const std::string& otherwise) {
    if (s.words.size() == 1) return otherwise;
    return s.words.size() == 3 && s.words[1] == "weight" ? s.words[2] : "";
}

} // namespace

vrrp_scripts read_vrrp_scripts(const std::vector<statement>& all, findings& notes) {
    vrrp_scripts scripts;
    for (const statement& block : all) {
        if (block.keyword() != "vrrp_script") continue;
        vrrp_script script{.name = block.value(), .where = block.where};
        try {
            for (const statement& s : block.inner)
                take(script, s, notes);
            scripts[script.name] = std::move(script);
        } catch (const config::bad_value& wrong) {
            notes.decision(block.where,
                           fmt::format("vrrp_script {}: {}", block.value(), wrong.what()));
        }
    }
    return scripts;
}

void track_reader::scripts(const statement& block, const vrrp_scripts& known) {
    for (const statement& s : block.inner) {
        const auto found = known.find(s.keyword());
        if (found == known.end()) {
            decision(s.where, fmt::format("track_script: there is no vrrp_script {}", s.keyword()));
            continue;
        }
        const vrrp_script& script = found->second;
        const auto priority = priority_of(weight_of(s, script.weight));
        if (!priority) {
            decision(s.where, fmt::format("track_script {}: weir has no such weight", s.keyword()));
            continue;
        }
        const std::string name = config::is_name(script.name, config::longest_name)
                                     ? " name=" + script.name
                                     : std::string();
        std::string line = run_parameter(script.program).substr(script.program.empty() ? 0 : 1)
                           + fmt::format("{} interval={}", name, time_text(script.interval));
        if (script.timeout) line += " timeout=" + time_text(*script.timeout);
        line += fmt::format(" fall={} rise={}{}{}", script.fall, script.rise,
                            script.first_down ? " first-state=down" : "", *priority);
        try {
            config::read_track(config::tracked::script, line);
            if (has("track-script = " + line)) {
                notes_.ignored(s.where,
                               fmt::format("track_script {}: tracked already", s.keyword()));
                continue;
            }
            to_.settings.push_back("track-script = " + line);
            notes_.imported(s.where, fmt::format("track_script {} as track-script", s.keyword()));
        } catch (const config::bad_value& wrong) {
            decision(s.where, fmt::format("track-script = {}: {}", line, wrong.what()));
        }
    }
}

void track_reader::interfaces(const statement& block) {
    for (const statement& s : block.inner) {
        const auto priority = priority_of(weight_of(s, "0"));
        if (s.keyword() == to_.interface)
            notes_.ignored(s.where, "track_interface: a [vrrp] watches its own port anyway");
        else if (!priority)
            decision(s.where,
                     fmt::format("track_interface {}: weir has no such weight", s.keyword()));
        else if (std::ranges::find(to_.tracked, s.keyword(), &tracked_interface::interface)
                 != to_.tracked.end())
            notes_.ignored(s.where,
                           fmt::format("track_interface {}: tracked already", s.keyword()));
        else
            to_.tracked.push_back({s.keyword(), s.keyword() + *priority, s.where});
    }
}

std::string_view notify_key(const std::string& keyword) {
    static constexpr std::pair<std::string_view, std::string_view> keys[] = {
        {"notify", "notify"},
        {"notify_master", "notify-active"},
        {"notify_backup", "notify-backup"},
        {"notify_fault", "notify-fault"},
        {"notify_stop", "notify-stop"}};
    const auto* const key =
        std::ranges::find(keys, keyword, &std::pair<std::string_view, std::string_view>::first);
    return key == std::end(keys) ? std::string_view{} : key->second;
}

bool track_reader::has(const std::string& line) const {
    return std::ranges::find(to_.settings, line) != to_.settings.end();
}

bool track_reader::notify(const statement& s, const std::string& of_group) {
    const std::string_view key = notify_key(s.keyword());
    if (key.empty()) return false;
    std::string line;
    try {
        line = one_line(program_of(s));
        if (key == "notify")
            line += (of_group.empty() ? " INSTANCE {name}" : " GROUP " + double_quoted(of_group))
                    + " {keepalived-state} {priority}";
        config::program(line);
        to_.settings.push_back(fmt::format("{} = {}", key, line));
        notes_.imported(
            s.where, fmt::format("{} as {}{}", s.keyword(), key,
                                 of_group.empty() ? "" : fmt::format(" of [vrrp {}]", to_.name)));
    } catch (const config::bad_value& wrong) {
        decision(s.where, fmt::format("{} = {}: {}", key, line, wrong.what()));
    }
    return true;
}

void track_reader::decision(const place& where, const std::string& text) {
    notes_.decision(where, text);
    to_.comments.push_back(text);
}

void keep_known_ports(draft& d, findings& notes) {
    for (draft_vrrp& v : d.vrrps)
        for (const tracked_interface& t : v.tracked) {
            if (std::ranges::find(d.interfaces, t.interface) != d.interfaces.end()) {
                v.settings.push_back("track-port = " + t.line);
                notes.imported(t.where, fmt::format("track_interface {} as track-port", t.line));
                continue;
            }
            const std::string text = fmt::format(
                "track_interface {}: it is no port of weir: watch it by a track-script, as "
                "run=\"/usr/bin/grep -q 1 /sys/class/net/{}/carrier\"",
                t.line, t.interface);
            notes.decision(t.where, text);
            v.comments.push_back(text);
        }
}

} // namespace weir::importer
