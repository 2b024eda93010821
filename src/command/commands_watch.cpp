// The commands `trace` and `capture`: packets as workers show them, for as long as the client
// stays.

#include <algorithm>
#include <memory>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "command/commands.h"
#include "command/sighting_text.h"
#include "message/keys.h"
#include "message/message.h"

namespace weir::command {

namespace {

using nlohmann::json;
namespace key = message::key;

constexpr std::size_t room_for_stories = std::size_t{1} << 20; ///< bytes for each core
constexpr std::size_t room_for_frames = std::size_t{4} << 20;
constexpr std::int64_t usual_trace_rate = 2000; ///< packets a second of one worker
constexpr std::int64_t usual_capture_rate = 50'000;
constexpr std::int64_t most_rate = 10'000'000;
constexpr std::uint32_t story_snap = 128;
constexpr std::uint32_t sign_of_life = 10; ///< seconds

drop_reason reason_of(const std::string& word) {
    if (word.empty()) return drop_reason::none;
    for (std::size_t i = 1; i < drop_reasons; ++i)
        if (name_of(static_cast<drop_reason>(i)) == word) return static_cast<drop_reason>(i);
    throw message::refused(fmt::format(
        "\"{}\" must be a reason as `weirctl status` names it, such as no_service", key::dropped));
}

port_id port_of(const director_view& view, const std::string& name) {
    const auto ports = view.ports();
    const auto found = std::ranges::find(ports, name, &port_info::name);
    if (found == ports.end()) {
        std::string names;
        for (const port_info& port : ports)
            names += fmt::format("{}{}", names.empty() ? "" : ", ", port.name);
        throw message::refused(fmt::format("no such port; there are {}", names));
    }
    return static_cast<port_id>(found - ports.begin());
}

std::vector<watch::filter_step> program_of(const std::vector<std::string>& lines) {
    std::vector<watch::filter_step> program;
    for (const std::string& text : lines) {
        std::istringstream words(text);
        unsigned code = 0, yes = 0, no = 0;
        std::uint32_t k = 0;
        if (!(words >> code >> yes >> no >> k) || code > UINT16_MAX || yes > UINT8_MAX
            || no > UINT8_MAX)
            throw message::refused(
                fmt::format("\"{}\" must be instructions \"CODE JT JF K\"", key::program));
        program.push_back({static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(yes),
                           static_cast<std::uint8_t>(no), k});
    }
    if (!watch::is_sound(program))
        throw message::refused(fmt::format("\"{}\" is not a sound BPF program", key::program));
    return program;
}

watch::criteria criteria_of(const arguments& given, const director_view& view) {
    watch::criteria what;
    if (const auto client = given.text_if_any(key::client))
        what.client = party_of(key::client, *client);
    if (const auto vip = given.text_if_any(key::vip)) what.vip = party_of(key::vip, *vip);
    if (const auto server = given.text_if_any(key::server))
        what.server = party_of(key::server, *server);
    if (const auto port = given.text_if_any(key::port)) what.port = port_of(view, *port);
    if (const auto reason = given.text_if_any(key::dropped)) {
        what.only_dropped = true;
        what.reason = reason_of(*reason);
    }
    return what;
}

/// The answer: what is watched ends with it.
class watching {
public:
    /// `frames`: whole ones, without their stories.
    watching(director_view& view, watch::order wanted, bool frames, std::uint64_t limit,
             std::optional<std::uint32_t> seconds)
        : view_(view), writer_(view), frames_(frames), left_(limit), began_(view.now()),
          told_(began_), seconds_(seconds), watch_(view.add_watch(std::move(wanted))) {
        if (!watch_) throw too_many_watches();
    }
    ~watching() { view_.end_watch(*watch_); }
    watching(const watching&) = delete;
    watching& operator=(const watching&) = delete;

    bool operator()(std::string& lines) {
        const std::size_t enough = lines.size() + piece_size;
        const std::uint32_t now = view_.now();
        bool found = true;
        while (found && left_ > 0 && lines.size() < enough) {
            found = false;
            for (unsigned core = 0; core < watch_->cores() && left_ > 0; ++core) {
                if (!watch_->take(core, record_)) continue;
                found = true;
                --left_;
                lines += message::to_text(frames_ ? writer_.frame(record_) : writer_.story(record_))
                         + '\n';
            }
        }
        const bool over = left_ == 0 || (seconds_ && now - began_ >= *seconds_);
        if (over || now - told_ >= sign_of_life) {
            told_ = now;
            lines += message::to_text(
                         json{{key::lost, watch_->lost()}, {key::over_rate, watch_->over_rate()}})
                     + '\n';
        }
        return !over;
    }

private:
    director_view& view_;
    sighting_writer writer_;
    const bool frames_;
    std::uint64_t left_;
    const std::uint32_t began_; ///< coarse clock
    std::uint32_t told_;
    const std::optional<std::uint32_t> seconds_;
    std::shared_ptr<watch::watch> watch_;
    watch::record record_;
};

answer start_watching(const arguments& given, const command_context& context, watch::order wanted,
                      bool frames) {
    wanted.rate =
        static_cast<std::uint32_t>(given.number_if_any(key::rate, 1, most_rate)
                                       .value_or(frames ? usual_capture_rate : usual_trace_rate));
    const auto limit = given.number_if_any(key::limit, 1, INT64_MAX).value_or(INT64_MAX);
    std::optional<std::uint32_t> seconds;
    if (const auto asked = given.number_if_any(key::seconds, 1, INT32_MAX))
        seconds = static_cast<std::uint32_t>(*asked);
    auto now = std::make_shared<watching>(context.view, std::move(wanted), frames,
                                          static_cast<std::uint64_t>(limit), seconds);
    answer all = [now](std::string& lines) { return (*now)(lines); };
    all.waits = true;
    return all;
}

} // namespace

watch::party party_of(const char* name, const std::string& text) {
    const auto party = watch::parse_party(text);
    if (!party)
        throw message::refused(
            fmt::format("\"{}\" must be ADDRESS, ADDRESS/LENGTH or ADDRESS:PORT", name));
    return *party;
}

message::refused too_many_watches() {
    return message::refused(
        fmt::format("{} traces, captures and counts run already: end one", watch::watch_set::most));
}

answer trace_packets(const arguments& given, const command_context& context) {
    return start_watching(
        given, context,
        {.what = criteria_of(given, context.view), .snap = story_snap, .room = room_for_stories},
        false);
}

answer capture_packets(const arguments& given, const command_context& context) {
    watch::order wanted{.what = criteria_of(given, context.view), .room = room_for_frames};
    wanted.frames = !wanted.what.only_dropped;
    wanted.snap = static_cast<std::uint32_t>(
        given.number_if_any(key::snap, 1, watch::most_snap).value_or(watch::most_snap));
    if (const auto program = given.texts_if_any(key::program))
        wanted.what.program = program_of(*program);
    return start_watching(given, context, std::move(wanted), true);
}

} // namespace weir::command
