// The command `connections`: the table as it is walked, a stretch at a time. The control core is a
// reader of the table only while it walks a stretch, so workers never wait long to reuse memory.

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "command/commands.h"
#include "message/keys.h"
#include "message/message.h"
#include "service/persistence.h"

namespace weir::command {

namespace {

namespace key = message::key;

constexpr std::uint32_t stretch = 64;          ///< entries between two looks at the size
constexpr std::uint32_t most_per_piece = 4096; ///< entries, of a table that is almost empty
constexpr std::int64_t longest_count = 86'400; ///< seconds

/// The control core is an online reader of the table while this lives.
class reading {
public:
    explicit reading(const connection_source& source) : source_(source) {
        source_.grace->go_online(source_.reader);
    }
    ~reading() { source_.grace->go_offline(source_.reader); }
    reading(const reading&) = delete;
    reading& operator=(const reading&) = delete;

private:
    const connection_source& source_;
};

/// Of a template: its service's first listener's.
std::uint8_t protocol_of(const flow_entry& entry) {
    return entry.is_template() ? static_cast<std::uint8_t>(entry.client_port.host()) : entry.proto;
}

/// LVS shows the templates of groups as of protocol 0, IP.
std::string protocol_text(const flow_entry& entry) {
    if (entry.is_template() && (entry.client_port.host() & template_group) != 0) return "ip";
    return to_string(static_cast<protocol>(protocol_of(entry)));
}

struct connection_filter {
    std::vector<endpoint> listen; ///< any of these; empty = all
    std::optional<watch::party> client;

    bool takes(const flow_entry& entry) const {
        if (client && !client->is(entry.client, entry.client_port)) return false;
        return listen.empty()
               || std::any_of(listen.begin(), listen.end(), [&](const endpoint& where) {
                      return where.address == entry.vip
                             && static_cast<std::uint8_t>(where.proto) == protocol_of(entry)
                             && where.covers(entry.vip_port.host());
                  });
    }
};

class connection_list {
public:
    connection_list(const director_view& view, connection_filter filter, std::uint64_t limit)
        : view_(view), source_(view.connections()), filter_(std::move(filter)), left_(limit) {}

    bool operator()(std::string& lines) {
        const std::size_t enough = lines.size() + piece_size;
        const std::uint32_t now = view_.now();
        const reading online(source_);
        for (std::uint32_t walked = 0; walked < most_per_piece && lines.size() < enough;
             walked += stretch) {
            at_ = source_.flows->for_each(at_, stretch, now, [&](const flow_entry& entry) {
                // An entry may end while we look.
                const flow_state state = entry.state.load(std::memory_order_relaxed);
                if (left_ == 0 || state == flow_state::none || state == flow_state::dead
                    || !filter_.takes(entry))
                    return;
                --left_;
                add(lines, entry, state, now);
            });
            if (at_ == 0 || left_ == 0) return false;
        }
        return true;
    }

private:
    void add(std::string& lines, const flow_entry& entry, flow_state state,
             std::uint32_t now) const {
        const flow_target& server = source_.targets[entry.target];
        const std::uint16_t port = server.port_for(entry.vip_port).host();
        // A worker's clock may be a little ahead of ours: the difference is signed.
        const std::int64_t rest =
            std::int64_t{entry.timeout.load(std::memory_order_relaxed)}
            - static_cast<std::int32_t>(now - entry.last_seen.load(std::memory_order_relaxed));
        fmt::format_to(std::back_inserter(lines),
                       "{{\"{}\":\"{}\",\"{}\":{},\"{}\":\"{}\",\"{}\":\"{}\","
                       "\"{}\":\"{}\",\"{}\":\"{}\",\"{}\":\"{}\"}}\n",
                       key::protocol, protocol_text(entry), key::expires,
                       std::max<std::int64_t>(rest, 0), key::state, name_of(state), key::client,
                       to_string(entry.client, entry.is_template() ? 0 : entry.client_port.host()),
                       key::virtual_address, to_string(entry.vip, entry.vip_port.host()),
                       key::server, to_string(server.address, port), key::name,
                       view_.server_word(entry.target));
    }

    const director_view& view_;
    connection_source source_;
    connection_filter filter_;
    std::uint64_t left_;
    flow_index at_ = 0;
};

/// Counts the packets of the connections of a client for a while.
class connection_count {
public:
    connection_count(director_view& view, const watch::party& client, std::uint32_t seconds)
        : view_(view), seconds_(seconds), began_(view.now()),
          watch_(view.add_watch(order_for(client))) {
        if (!watch_) throw too_many_watches();
    }
    ~connection_count() { view_.end_watch(*watch_); }
    connection_count(const connection_count&) = delete;
    connection_count& operator=(const connection_count&) = delete;

    bool operator()(std::string& lines) {
        const std::uint32_t passed = view_.now() - began_;
        if (passed < seconds_) return true;
        const watch::watch::tallies all = watch_->counted();
        lines += message::to_text({{key::seconds, passed},
                                   {key::in_packets, all.in_packets},
                                   {key::in_bytes, all.in_bytes},
                                   {key::out_packets, all.out_packets},
                                   {key::out_bytes, all.out_bytes}})
                 + '\n';
        return false;
    }

private:
    static watch::order order_for(const watch::party& client) {
        watch::order wanted;
        wanted.counts = true;
        wanted.what.client = client;
        return wanted;
    }

    director_view& view_;
    const std::uint32_t seconds_;
    const std::uint32_t began_; ///< coarse clock
    std::shared_ptr<watch::watch> watch_;
};

} // namespace

answer list_connections(const arguments& given, const command_context& context) {
    connection_filter filter;
    if (const auto name = given.text_if_any(key::service)) {
        service_info service;
        context.view.service(require_service(context.view, *name), service);
        filter.listen = std::move(service.listen);
    }
    if (const auto client = given.text_if_any(key::client))
        filter.client = party_of(key::client, *client);
    std::shared_ptr<connection_count> count;
    if (const auto seconds = given.number_if_any(key::seconds, 1, longest_count)) {
        if (!filter.client)
            throw message::refused("of which \"client\" are packets to be counted?");
        count = std::make_shared<connection_count>(context.view, *filter.client,
                                                   static_cast<std::uint32_t>(*seconds));
    }
    const auto limit = given.number_if_any(key::limit, 1, INT64_MAX);
    auto list = std::make_shared<connection_list>(
        context.view, std::move(filter), static_cast<std::uint64_t>(limit.value_or(INT64_MAX)));
    answer all = [list, count, listed = false](std::string& lines) mutable {
        if (listed) return (*count)(lines);
        listed = !(*list)(lines);
        return !listed || count != nullptr;
    };
    all.waits = count != nullptr;
    return all;
}

} // namespace weir::command
