#include "director/table_watch.h"

#include <utility>

#include <fmt/format.h>

#include "log/log.h"

namespace weir::director {

table_watch::line table_watch::look(std::uint64_t placed, std::uint32_t capacity, time_point now) {
    const bool more = placed != std::exchange(before_, placed);
    if (more) last_ = now;
    if (more && !full_) {
        full_ = true;
        begun_at_ = told_at_;
        told_at_ = placed;
        told_ = now;
        return {true,
                fmt::format("{} is full ({} entries, with those that workers hold back): weir "
                            "places new clients without one; "
                            "{} sets the size",
                            what_, capacity, key_)};
    }
    if (full_ && now - last_ >= quiet) {
        full_ = false;
        told_at_ = placed;
        return {false, fmt::format("{} has room again; clients without an entry: {}", what_,
                                   placed - begun_at_)};
    }
    if (full_ && now - told_ >= again) {
        told_ = now;
        return {true,
                fmt::format("{} is still full; clients without an entry in the last minute: {}",
                            what_, placed - std::exchange(told_at_, placed))};
    }
    return {};
}

void table_stage::look_at_shares() {
    std::erase_if(of_services_, [&](const auto& known) {
        return plane_.services().find(known.first) == nullptr;
    });
    for (const auto& service : plane_.services().services()) {
        if (!service->entries || service->entries->refused() == 0) continue;
        const std::string& name = service->wanted.name;
        const auto watch =
            of_services_
                .try_emplace(name,
                             fmt::format("service {}: its share of the connection table", name),
                             "`share`")
                .first;
        const auto [full, text] =
            watch->second.look(service->entries->refused(), service->entries->limit(), time_.now());
        if (!text.empty()) log::write(full ? log::level::warning : log::level::info, text);
    }
}

void table_stage::tick() {
    look_at_shares();
    std::uint64_t placed = 0;
    for (const packet_books& books : plane_.state().books)
        placed += books.table_full.get();
    const auto [full, text] = watch_.look(placed, plane_.state().flows->entries(), time_.now());
    if (text.empty()) return;
    if (std::exchange(was_full_, full) != full)
        events_.tell({"table", "connections", full ? "full" : "room", text});
    if (full)
        log::warning("{}", text);
    else
        log::info("{}", text);
}

} // namespace weir::director
