#include "sync/record_kinds.h"
#include "sync/records.h"

#include <concepts>

namespace weir::sync {

namespace {

class writer {
public:
    writer(bytes& to, kind what) : to_(to) { put(static_cast<std::uint8_t>(what)); }

    template <std::unsigned_integral T>
    void put(T value) {
        for (int shift = 8 * (sizeof value - 1); shift >= 0; shift -= 8)
            to_.push_back(static_cast<std::uint8_t>(value >> shift));
    }
    void put(const ip_address& address, bool v6 = true) {
        const auto all = address.bytes();
        to_.insert(to_.end(), v6 ? all.begin() : all.end() - 4, all.end());
    }
    template <typename Range>
    void put_all(const Range& range) {
        to_.insert(to_.end(), range.begin(), range.end());
    }

private:
    bytes& to_;
};

void put(bytes& to, const hello& h) {
    writer w(to, kind::hello);
    w.put(version);
    w.put_all(h.boot);
    w.put(h.entries);
    const std::string_view name = std::string_view(h.name).substr(0, longest_name);
    w.put(static_cast<std::uint8_t>(name.size()));
    w.put_all(name);
}
void put(bytes& to, const file_print& f) {
    writer(to, kind::file_print).put(f.fingerprint);
}
void put(writer& w, const target_name& name) {
    w.put(static_cast<std::uint8_t>(name.service.proto));
    w.put(static_cast<std::uint8_t>(name.forward.mode));
    w.put(static_cast<std::uint8_t>(name.forward.encap));
    w.put(name.service.port);
    w.put(name.service.last);
    w.put(name.port);
    w.put(name.service.address);
    w.put(name.address);
}
void put(bytes& to, const target& t) {
    writer w(to, kind::target);
    w.put(t.number);
    put(w, t.name);
}
void put(bytes& to, const setting& s) {
    writer w(to, kind::setting);
    w.put(s.at);
    w.put(s.weight);
    w.put(static_cast<std::uint8_t>(s.disabled));
    put(w, s.server);
}
void put(bytes& to, const flow& f) {
    const bool v6 = f.key.source.is_v6() || f.key.destination.is_v6();
    writer w(to, kind::flow);
    w.put(static_cast<std::uint8_t>((v6 ? v6_flag : 0) | (f.control != 0 ? control_flag : 0)));
    w.put(f.slot);
    w.put(static_cast<std::uint8_t>(f.key.proto));
    w.put(static_cast<std::uint8_t>(f.state));
    w.put(f.timeout);
    w.put(f.age);
    w.put(f.target);
    w.put(f.key.source_port.host());
    w.put(f.key.destination_port.host());
    w.put(f.key.source, v6);
    w.put(f.key.destination, v6);
    if (f.control != 0) w.put(f.control);
}
void put(bytes& to, const gone& g) {
    writer(to, kind::gone).put(g.slot);
}
void put(bytes& to, const mark& m) {
    writer w(to, kind::mark);
    w.put(m.number);
    w.put(static_cast<std::uint8_t>(m.whole));
}
void put(bytes& to, const ack& a) {
    writer w(to, kind::ack);
    w.put(a.number);
    w.put(a.no_room);
}
void put(bytes& to, const unknown& u) {
    writer(to, kind::unknown).put(u.number);
}
void put(bytes& to, const again& a) {
    writer(to, kind::again).put(a.number);
}
void put(bytes& to, const bye&) {
    writer(to, kind::bye);
}

} // namespace

void write(bytes& to, const flow& what) {
    put(to, what);
}

void write(bytes& to, const record& what) {
    std::visit([&](const auto& each) { put(to, each); }, what);
}

} // namespace weir::sync
