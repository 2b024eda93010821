#include "sync/flow_states.h"
#include "sync/record_kinds.h"
#include "sync/records.h"

#include <algorithm>
#include <concepts>

namespace weir::sync {

namespace {

class reader {
public:
    explicit reader(std::span<const std::uint8_t> from) : from_(from) {}

    /// False: it would go past the end.
    bool has(std::size_t size) const { return from_.size() - at_ >= size; }
    std::size_t taken() const { return at_; }

    template <std::unsigned_integral T>
    T take() {
        T value = 0;
        for (std::size_t i = 0; i < sizeof value; ++i)
            value = static_cast<T>(value << 8 | from_[at_++]);
        return value;
    }
    ip_address take_address(bool v6 = true) {
        ip_address address;
        if (v6)
            address = ip_address::v6(&from_[at_]);
        else
            address = ip_address::v4(from_[at_], from_[at_ + 1], from_[at_ + 2], from_[at_ + 3]);
        at_ += v6 ? 16 : 4;
        return address;
    }
    std::span<const std::uint8_t> take_some(std::size_t size) {
        at_ += size;
        return from_.subspan(at_ - size, size);
    }

private:
    std::span<const std::uint8_t> from_;
    std::size_t at_ = 0;
};

bool is_known(std::uint8_t proto) {
    return proto == static_cast<std::uint8_t>(protocol::tcp)
           || proto == static_cast<std::uint8_t>(protocol::udp)
           || proto == static_cast<std::uint8_t>(protocol::sctp);
}

constexpr reading more{};
reading wrong(std::string_view why) {
    return {0, why};
}

reading get_hello(reader& r, record& to) {
    constexpr std::size_t fixed = 2 + sizeof(boot_id) + 4 + 1;
    if (!r.has(2)) return more;
    if (r.take<std::uint16_t>() != version) return wrong("it is of another version of weir");
    if (!r.has(fixed - 2)) return more;
    hello h;
    std::ranges::copy(r.take_some(h.boot.size()), h.boot.begin());
    h.entries = r.take<std::uint32_t>();
    const auto length = r.take<std::uint8_t>();
    if (h.entries == 0 || h.entries > most_entries) return wrong("hello: a table of no such size");
    if (length == 0 || length > longest_name) return wrong("hello: a name of no such length");
    if (!r.has(length)) return more;
    const auto name = r.take_some(length);
    if (!std::ranges::all_of(name, [](std::uint8_t c) { return c > ' ' && c < 0x7f; }))
        return wrong("hello: no name");
    h.name.assign(name.begin(), name.end());
    to = std::move(h);
    return {r.taken()};
}

constexpr std::size_t name_bytes = 3 + 6 + 32;

/// Why no director sends that, or "".
std::string_view take_name(reader& r, target_name& name) {
    const auto proto = r.take<std::uint8_t>();
    const auto mode = r.take<std::uint8_t>();
    const auto encap = r.take<std::uint8_t>();
    name.service.port = r.take<std::uint16_t>();
    name.service.last = r.take<std::uint16_t>();
    name.port = r.take<std::uint16_t>();
    name.service.address = r.take_address();
    name.address = r.take_address();
    if (!is_known(proto)) return "target: no such protocol";
    if (mode >= all_modes.size() || encap >= encapsulations) return "target: no such mode";
    name.service.proto = static_cast<protocol>(proto);
    name.forward = {static_cast<forward_mode>(mode), static_cast<encapsulation>(encap)};
    return {};
}

reading get_target(reader& r, record& to) {
    if (!r.has(4 + name_bytes)) return more;
    target t;
    t.number = r.take<std::uint32_t>();
    const std::string_view why = take_name(r, t.name);
    if (t.number == 0 || t.number >= most_targets) return wrong("target: no such number");
    if (!why.empty()) return wrong(why);
    to = t;
    return {r.taken()};
}

reading get_setting(reader& r, record& to) {
    constexpr std::uint32_t most_weight = 65535;
    if (!r.has(8 + 4 + 1 + name_bytes)) return more;
    setting s;
    s.at = r.take<std::uint64_t>();
    s.weight = r.take<std::uint32_t>();
    const auto disabled = r.take<std::uint8_t>();
    s.disabled = disabled != 0;
    const std::string_view why = take_name(r, s.server);
    if (s.at == 0 || s.at > INT64_MAX) return wrong("setting: no such time");
    if (s.weight > most_weight && s.weight != setting::of_the_file)
        return wrong("setting: no such weight");
    if (disabled > 1) return wrong("setting: neither disabled nor not");
    if (!why.empty()) return wrong(why);
    to = s;
    return {r.taken()};
}

reading get_flow(reader& r, record& to) {
    if (!r.has(1)) return more;
    const auto flags = r.take<std::uint8_t>();
    if ((flags & ~flow_flags) != 0) return wrong("flow: no such flags");
    const bool v6 = (flags & v6_flag) != 0;
    const bool controlled = (flags & control_flag) != 0;
    if (!r.has(18 + (v6 ? 32u : 8u) + (controlled ? 4u : 0u))) return more;
    flow f;
    f.slot = r.take<std::uint32_t>();
    const auto proto = r.take<std::uint8_t>();
    const auto state = r.take<std::uint8_t>();
    f.key.proto = proto;
    f.state = static_cast<flow_state>(state);
    f.timeout = r.take<std::uint16_t>();
    f.age = r.take<std::uint16_t>();
    f.target = r.take<std::uint32_t>();
    f.key.source_port = be16::from_host(r.take<std::uint16_t>());
    f.key.destination_port = be16::from_host(r.take<std::uint16_t>());
    f.key.source = r.take_address(v6);
    f.key.destination = r.take_address(v6);
    if (controlled) f.control = r.take<std::uint32_t>();
    if (f.slot == 0 || f.slot >= most_entries) return wrong("flow: no such slot");
    if (!fits(proto, state)) return wrong("flow: not a state of its protocol");
    if (f.timeout == 0) return wrong("flow: no timeout");
    if (f.target == 0 || f.target >= most_targets) return wrong("flow: no such target");
    if (v6 && !f.is_template() && (f.key.source.is_v4() || f.key.destination.is_v4()))
        return wrong("flow: addresses of two families");
    if (controlled && (f.control == 0 || f.control >= most_entries || f.is_template()))
        return wrong("flow: no such template");
    to = f;
    return {r.taken()};
}

/// A record that is one number and nothing else.
template <typename Record>
reading get_number(reader& r, record& to, std::uint32_t end, std::uint32_t least = 1) {
    if (!r.has(4)) return more;
    const auto number = r.take<std::uint32_t>();
    if (number < least || number >= end) return wrong("a number out of bounds");
    to = Record{number};
    return {r.taken()};
}

reading get_mark(reader& r, record& to) {
    if (!r.has(5)) return more;
    mark m;
    m.number = r.take<std::uint32_t>();
    const auto whole = r.take<std::uint8_t>();
    if (whole > 1) return wrong("mark: neither whole nor not");
    m.whole = whole != 0;
    to = m;
    return {r.taken()};
}

} // namespace

reading read(std::span<const std::uint8_t> from, record& to) {
    if (from.empty()) return more;
    reader r(from);
    switch (static_cast<kind>(r.take<std::uint8_t>())) {
    case kind::hello:
        return get_hello(r, to);
    case kind::file_print:
        if (!r.has(8)) return more;
        to = file_print{r.take<std::uint64_t>()};
        return {r.taken()};
    case kind::target:
        return get_target(r, to);
    case kind::flow:
        return get_flow(r, to);
    case kind::gone:
        return get_number<gone>(r, to, most_entries);
    case kind::mark:
        return get_mark(r, to);
    case kind::ack: {
        if (!r.has(12)) return more;
        ack a;
        a.number = r.take<std::uint32_t>();
        a.no_room = r.take<std::uint64_t>();
        to = a;
        return {r.taken()};
    }
    case kind::unknown:
        return get_number<unknown>(r, to, most_targets);
    case kind::again:
        return get_number<again>(r, to, most_targets, 0);
    case kind::bye:
        to = bye{};
        return {r.taken()};
    case kind::setting:
        return get_setting(r, to);
    }
    return wrong("no such record");
}

} // namespace weir::sync
