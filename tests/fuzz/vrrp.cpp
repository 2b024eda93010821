// Any packets as VRRP, with any pauses: the heart takes or refuses each, says only well-formed
// things itself, and holds its lease no longer than it may.
//
// A step is a byte. 0 to 127: so many times 2 ms pass. From 128: a letter, its port, how it is
// mended, its length and its bytes.

#include <array>
#include <atomic>
#include <cstring>
#include <memory>

#include "ha/heart.h"
#include "net/checksum.h"
#include "net/parse.h"
#include "net/vrrp.h"
#include "script.h"
#include "target.h"

namespace weir::fuzz {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t second = 1'000'000'000; // a tick is a nanosecond
constexpr std::uint64_t begin = 5 * second;

struct director {
    director() {
        links[0] = links[1] = true;
        auto p = std::make_unique<ha::plan>();
        ha::group_settings settings;
        settings.interval = 100ms;
        std::vector<ha::router_plan> routers(2);
        routers[0].id = 51;
        routers[0].source = ip_address::v4(192, 0, 2, 2);
        routers[0].announced = routers[0].advertised = {ip_address::v4(192, 0, 2, 100)};
        routers[1].id = 61;
        routers[1].device = 1;
        routers[1].port = 1;
        routers[1].source = *parse_address("fe80::2");
        routers[1].announced =
            routers[1].advertised = {*parse_address("fe80::100"), *parse_address("2001:db8::100")};
        std::vector<ha::router> states(2);
        for (std::size_t i = 0; i < 2; ++i) {
            routers[i].name = i == 0 ? "a" : "b";
            routers[i].mac = {{2, 0, 0, 0, 0, 1}};
            states[i].source = routers[i].source;
        }
        p->groups.push_back({"g", 1, ha::group(settings, states), routers});
        beats.publish(std::move(p));
    }

    void turn() {
        beats.turn(now);
        ha::notice n;
        while (beats.next_notice(n)) {
        }
        for (ha::letterbox* box : boxes)
            for (; const ha::letter* const l = box->to_send.front(); box->to_send.done())
                check(*l);
    }
    void check(const ha::letter& l) const {
        packet_view view;
        const std::span<const std::byte> all{l.bytes.data(), l.length};
        require(l.length <= l.bytes.size() && l.port < 2, "a letter is one");
        if (l.what == ha::letter::content::packet) return;
        parse(all, ip_checksum::unknown, view);
        require(view.kind != packet_kind::bad, "what it sends is good");
        if (view.kind != packet_kind::vrrp) return;
        vrrp_message message;
        require(parse_vrrp(all.subspan(view.l3), vrrp_version::v3, false, message)
                    == vrrp_fault::none,
                "its advertisements are good");
    }

    std::array<std::unique_ptr<ha::letterbox>, 2> memory{std::make_unique<ha::letterbox>(),
                                                         std::make_unique<ha::letterbox>()};
    std::array<ha::letterbox*, 2> boxes{memory[0].get(), memory[1].get()};
    ha::lease held;
    std::array<std::atomic<bool>, 2> links{};
    std::uint64_t now = begin;
    ha::succession passes;
    ha::heart beats{{.held = &held,
                     .passes = &passes,
                     .boxes = boxes,
                     .links = links,
                     .ticks_per_second = second,
                     .begin = begin}};
};

std::string packet_of(bool v6, std::uint8_t priority, std::uint16_t interval) {
    std::array<std::byte, vrrp_room> room{};
    const std::array<ip_address, 1> v4{ip_address::v4(192, 0, 2, 100)};
    const std::array<ip_address, 2> both{*parse_address("fe80::100"),
                                         *parse_address("2001:db8::100")};
    const std::size_t size = make_vrrp(
        {.source = v6 ? *parse_address("fe80::3") : ip_address::v4(192, 0, 2, 3),
         .destination = vrrp_group(v6),
         .id = static_cast<std::uint8_t>(v6 ? 61 : 51),
         .priority = priority,
         .interval = interval,
         .addresses = v6 ? std::span<const ip_address>(both) : std::span<const ip_address>(v4)},
        room);
    return {reinterpret_cast<const char*>(room.data()), size};
}

std::string letter(bool v6, std::uint8_t priority, std::uint16_t interval = 10) {
    const std::string packet = packet_of(v6, priority, interval);
    return steps(200, v6 ? 1 : 0, 1, packet.size()) + packet;
}

/// Rights the checksum of the message, so that what stands in it is looked at.
void mend(std::span<std::byte> packet) {
    const bool v6 = packet.size() > 0 && (packet[0] >> 4) == std::byte{6};
    const std::size_t at = v6 ? 40 : 20;
    if (packet.size() < at + 8) return;
    std::memset(&packet[at + 6], 0, 2);
    checksum_sum sum = 0;
    if (v6)
        sum = pseudo_header_sum(ip_address::v6(reinterpret_cast<std::uint8_t*>(&packet[8])),
                                ip_address::v6(reinterpret_cast<std::uint8_t*>(&packet[24])),
                                static_cast<protocol>(112),
                                static_cast<std::uint32_t>(packet.size() - at));
    const be16 right = checksum_finish(checksum_add(packet.subspan(at), sum));
    std::memcpy(&packet[at + 6], &right, 2);
}

} // namespace

std::vector<std::string> seeds() {
    return {
        steps(127, 127, 127) + letter(false, 250) + steps(20) + letter(false, 250)
            + steps(127, 127),
        letter(false, 250) + letter(true, 250) + steps(50) + letter(false, 0) + steps(120),
        steps(127, 127, 127, 127) + letter(true, 200) + letter(true, 100) + steps(20)
            + letter(false, 255, 4095) + steps(100),
    };
}

} // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    using namespace weir::fuzz;
    script next({data, size});
    director d;
    for (unsigned steps = 0; !next.over() && steps < 200; ++steps) {
        const std::uint8_t what = next.number();
        for (unsigned i = 0; what < 128 && i < what; ++i) {
            d.now += second / 500;
            d.turn();
        }
        if (what < 128) continue;
        const std::uint8_t port = next.number() % 2;
        const bool mended = next.number() % 2 != 0;
        const auto bytes = next.piece(next.number());
        ha::letter* const l = d.boxes[port]->received.room();
        if (l == nullptr) continue;
        l->time = d.now;
        l->port = port;
        l->length = static_cast<std::uint16_t>(bytes.size());
        std::ranges::copy(std::as_bytes(bytes), l->bytes.begin());
        if (mended) mend(std::span{l->bytes}.first(l->length));
        d.boxes[port]->received.put();
        vrrp_message message;
        const auto packet = std::span<const std::byte>(l->bytes).first(l->length);
        for (const auto version : {vrrp_version::v2, vrrp_version::v3})
            if (parse_vrrp(packet, version, true, message) == vrrp_fault::none)
                for (std::size_t i = 0; i < message.count(); ++i)
                    static_cast<void>(message.address(i));
        static_cast<void>(vrrp_id_of(packet));
        d.turn();
        require(!d.held.holds(1, d.now) || d.held.until.load() <= d.now + 300'000'000,
                "a lease is three intervals at most");
    }
    return 0;
}
