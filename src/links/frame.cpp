#include "links/frame.h"

#include <algorithm>
#include <concepts>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace weir::links {

namespace {

constexpr std::uint32_t magic = 0x77656972; // "weir"
constexpr std::size_t length_at = 6;
constexpr std::size_t head_before_length = 8;

class writer {
public:
    explicit writer(std::vector<std::byte>& to) : to_(to) {}
    template <std::unsigned_integral T>
    void put(T value) {
        for (int shift = 8 * (static_cast<int>(sizeof value) - 1); shift >= 0; shift -= 8)
            to_.push_back(static_cast<std::byte>(value >> shift));
    }

private:
    std::vector<std::byte>& to_;
};

/// Of bytes that may end too early: then it is not good, and gives zeros.
class reader {
public:
    explicit reader(std::span<const std::byte> from) : from_(from) {}
    template <std::unsigned_integral T>
    void get(T& value) {
        value = 0;
        for (const std::byte b : take(sizeof value))
            value = static_cast<T>(static_cast<std::uint64_t>(value) << 8
                                   | std::to_integer<std::uint64_t>(b));
    }
    std::span<const std::byte> take(std::size_t n) {
        good_ = good_ && n <= from_.size();
        if (!good_) return {};
        const auto part = from_.first(n);
        from_ = from_.subspan(n);
        return part;
    }
    void fail() { good_ = false; }
    bool good() const { return good_; }
    bool ended() const { return good_ && from_.empty(); }

private:
    std::span<const std::byte> from_;
    bool good_ = true;
};

using code = std::array<unsigned char, 32>;

bool make_code(std::span<const std::byte> of, const key_bytes& key, code& to) {
    return HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                reinterpret_cast<const unsigned char*>(of.data()), of.size(), to.data(), nullptr)
           != nullptr;
}

void read_name(reader& from, std::string& name) {
    std::uint8_t length = 0;
    from.get(length);
    if (length > longest_name) from.fail();
    for (const std::byte b : from.take(length)) {
        const char c = std::to_integer<char>(b);
        if (c <= ' ' || c > '~') from.fail(); // it is shown
        name += c;
    }
}

} // namespace

void write(const heartbeat& h, const key_bytes& key, std::vector<std::byte>& to) {
    to.clear();
    writer w(to);
    w.put(magic);
    w.put(version);
    w.put(std::uint8_t{0});
    w.put(std::uint16_t{0});
    for (const std::uint64_t word : {h.boot, h.echo, h.sequence, h.sent, h.answers})
        w.put(word);
    w.put(h.held.count());
    w.put(h.interval.count());
    const std::string_view name = std::string_view(h.name).substr(0, longest_name);
    w.put(static_cast<std::uint8_t>(name.size()));
    for (const char c : name)
        w.put(static_cast<std::uint8_t>(c));
    const std::size_t groups = std::min(h.groups.size(), most_entries);
    w.put(static_cast<std::uint8_t>(groups));
    for (std::size_t i = 0; i < groups; ++i) {
        w.put(h.groups[i].key);
        w.put(packed(h.groups[i].word));
    }
    const std::size_t pings = std::min(h.pings.size(), most_entries);
    w.put(static_cast<std::uint8_t>(pings));
    for (std::size_t i = 0; i < pings; ++i) {
        w.put(h.pings[i].key);
        w.put(h.pings[i].hosts);
    }
    const std::size_t length = to.size() + code_size;
    to[length_at] = static_cast<std::byte>(length >> 8);
    to[length_at + 1] = static_cast<std::byte>(length);
    code c{};
    make_code(to, key, c); // without one the peer refuses it
    for (std::size_t i = 0; i < code_size; ++i)
        to.push_back(static_cast<std::byte>(c[i]));
}

fault read(std::span<const std::byte> frame, const key_bytes& key, heartbeat& h) {
    reader head(frame);
    std::uint32_t word = 0;
    std::uint8_t of_version = 0;
    std::uint8_t flags = 0;
    std::uint16_t length = 0;
    head.get(word);
    head.get(of_version);
    head.get(flags);
    head.get(length);
    if (!head.good() || word != magic || of_version != version || flags != 0
        || length < head_size + code_size || length > frame.size())
        return fault::malformed;
    const auto signed_part = frame.first(length - code_size);
    code c{};
    if (!make_code(signed_part, key, c)
        || CRYPTO_memcmp(c.data(), frame.data() + signed_part.size(), code_size) != 0)
        return fault::wrong_key;

    h = {};
    reader from(signed_part.subspan(head_before_length));
    for (std::uint64_t* const field : {&h.boot, &h.echo, &h.sequence, &h.sent, &h.answers})
        from.get(*field);
    std::uint32_t time = 0;
    from.get(time);
    h.held = microseconds{time};
    from.get(time);
    h.interval = microseconds{time};
    read_name(from, h.name);
    std::uint8_t count = 0;
    from.get(count);
    for (unsigned i = 0; i < count && from.good(); ++i) {
        group_entry& g = h.groups.emplace_back();
        std::uint16_t bits = 0;
        from.get(g.key);
        from.get(bits);
        if (!ha::unpack(bits, g.word)) from.fail();
    }
    from.get(count);
    for (unsigned i = 0; i < count && from.good(); ++i) {
        ping_entry& p = h.pings.emplace_back();
        from.get(p.key);
        from.get(p.hosts);
    }
    const bool whole = from.ended() && h.boot != 0 && h.interval.count() != 0;
    return whole ? fault::none : fault::malformed;
}

} // namespace weir::links
