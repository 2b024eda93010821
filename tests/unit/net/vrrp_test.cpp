// VRRP's frames: those captured from keepalived 2.2.7, each fault there is, and every way to cut or
// spoil an advertisement.

#include <random>
#include <string_view>

#include "net/vrrp.h"
#include "unit/net/fixture.h"

namespace weir::test {
namespace {

bytes_of_frame from_hex(std::string_view hex) {
    bytes_of_frame bytes;
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes.push_back(static_cast<std::byte>(digit(hex[i]) << 4 | digit(hex[i + 1])));
    return bytes;
}

/// What keepalived sends with VRID 51, priority 100 and an interval of 1 s from 192.0.2.1.
struct golden {
    std::string_view frame;
    vrrp_version version;
    std::uint8_t priority;
    vrrp_checksum form;
    std::vector<std::string_view> addresses;
    bool unicast = false;
    vrrp_fault fault = vrrp_fault::none;
};

const std::vector<golden> goldens{
    // clang-format off
    {"01005e00001202000000000a080045c0002800010000ff701891c0000201e000001221336401"
     "0001b865c00002640000000000000000",
     vrrp_version::v2, 100, vrrp_checksum::plain, {"192.0.2.100"}},
    {"01005e00001202000000000a080045c0002800030000ff70188fc0000201e000001221330001"
     "00011c66c00002640000000000000000",
     vrrp_version::v2, 0, vrrp_checksum::plain, {"192.0.2.100"}},
    {"01005e00001202000000000a080045c0002800010000ff701891c0000201e000001221336401"
     "01015503c00002643131313100000000",
     vrrp_version::v2, 100, vrrp_checksum::plain, {"192.0.2.100"}, false,
     vrrp_fault::authentication},
    {"01005e00001202000000000a080045c0002400010000ff701895c0000201e000001231336402"
     "00644307c0000264c0000265",
     vrrp_version::v3, 100, vrrp_checksum::pseudo, {"192.0.2.100", "192.0.2.101"}},
    {"01005e00001202000000000a080045c0002400030000ff701893c0000201e000001231330002"
     "0064a707c0000264c0000265",
     vrrp_version::v3, 0, vrrp_checksum::pseudo, {"192.0.2.100", "192.0.2.101"}},
    {"02000000000b02000000000a080045c0002000010000ff7036a9c0000201c000020231336401"
     "00642382c0000264",
     vrrp_version::v3, 100, vrrp_checksum::pseudo, {"192.0.2.100"}, true},
    {"02000000000b02000000000a080045c0002000010000ff7036a7c0000201c000020231330001"
     "00648782c0000264",
     vrrp_version::v3, 0, vrrp_checksum::pseudo, {"192.0.2.100"}, true},
    {"33330000001202000000000a86dd6c0df8d1002870fffe80000000000000000000fffe00000a"
     "ff0200000000000000000000000000123133640200643ef4fe80000000000000000000000000"
     "010020010db8000000000000000000000100",
     vrrp_version::v3, 100, vrrp_checksum::pseudo, {"fe80::100", "2001:db8::100"}},
    {"33330000001202000000000a86dd6c0df8d1002870fffe80000000000000000000fffe00000a"
     "ff020000000000000000000000000012313300020064a2f4fe80000000000000000000000000"
     "010020010db8000000000000000000000100",
     vrrp_version::v3, 0, vrrp_checksum::pseudo, {"fe80::100", "2001:db8::100"}},
    {"01005e00001200005e000133080045c0002000010000ff701899c0000201e000001231336401"
     "00640572c0000264",
     vrrp_version::v3, 100, vrrp_checksum::pseudo, {"192.0.2.100"}},
    // clang-format on
};

std::span<const std::byte> packet_of(const bytes_of_frame& frame) {
    return std::span{frame}.subspan(sizeof(ether_header));
}

TEST(vrrp, reads_what_keepalived_sends) {
    for (const golden& each : goldens) {
        const bytes_of_frame frame = from_hex(each.frame);
        vrrp_message message;
        ASSERT_EQ(parse_vrrp(packet_of(frame), each.version, false, message), each.fault)
            << each.frame;
        EXPECT_EQ(vrrp_id_of(packet_of(frame)), 51);
        EXPECT_EQ(message.id, 51);
        EXPECT_EQ(message.priority, each.priority);
        EXPECT_EQ(message.interval, 100);
        EXPECT_EQ(message.form, each.form);
        ASSERT_EQ(message.count(), each.addresses.size());
        for (std::size_t i = 0; i < each.addresses.size(); ++i)
            EXPECT_EQ(message.address(i), address(each.addresses[i]));
        EXPECT_EQ(message.destination == vrrp_group(message.source.is_v6()), !each.unicast);
        const mac_address to = header_at<ether_header>(frame.data(), 0).destination;
        EXPECT_EQ(to == vrrp_group_mac(message.source.is_v6()), !each.unicast);
    }
    const bytes_of_frame of_virtual_router = from_hex(goldens.back().frame);
    EXPECT_EQ(header_at<ether_header>(of_virtual_router.data(), 0).source, vrrp_mac(false, 51));
}

/// An advertisement as `message` says, from the same addresses.
bytes_of_frame made(const vrrp_message& message, vrrp_checksum form) {
    std::vector<ip_address> addresses;
    for (std::size_t i = 0; i < message.count(); ++i)
        addresses.push_back(message.address(i));
    bytes_of_frame out(vrrp_room);
    out.resize(make_vrrp({.source = message.source,
                          .destination = message.destination,
                          .version = message.version,
                          .id = message.id,
                          .priority = message.priority,
                          .interval = message.interval,
                          .form = form,
                          .addresses = addresses},
                         out));
    return out;
}

TEST(vrrp, writes_what_keepalived_sends) {
    for (const golden& each : goldens) {
        if (each.fault != vrrp_fault::none) continue;
        const bytes_of_frame frame = from_hex(each.frame);
        const auto packet = packet_of(frame);
        vrrp_message message;
        parse_vrrp(packet, each.version, false, message);
        bytes_of_frame own = made(message, each.form);
        ASSERT_EQ(own.size(), packet.size());
        const bool v6 = message.source.is_v6();
        // Linux counts packets up and labels flows; both are free to choose.
        if (v6) {
            std::copy_n(packet.begin() + 1, 3, own.begin() + 1);
        } else {
            EXPECT_TRUE(header_checksum_good(header_at<ipv4_header>(own.data(), 0)));
            std::copy_n(packet.begin() + 4, 4, own.begin() + 4);
            std::copy_n(packet.begin() + 10, 2, own.begin() + 10);
        }
        EXPECT_TRUE(std::equal(own.begin(), own.end(), packet.begin())) << each.frame;
    }
}

/// A good advertisement in each version and family.
std::vector<std::pair<vrrp_version, bytes_of_frame>> good_ones() {
    std::vector<std::pair<vrrp_version, bytes_of_frame>> all;
    for (const golden& each : goldens) {
        if (each.fault != vrrp_fault::none) continue;
        const bytes_of_frame frame = from_hex(each.frame);
        const auto packet = packet_of(frame);
        all.emplace_back(each.version, bytes_of_frame(packet.begin(), packet.end()));
    }
    return all;
}

TEST(vrrp, both_checksums_of_version_3_are_right) {
    vrrp_message message;
    for (const auto& [version, packet] : good_ones()) {
        ASSERT_EQ(parse_vrrp(packet, version, false, message), vrrp_fault::none);
        for (const vrrp_checksum form : {vrrp_checksum::plain, vrrp_checksum::pseudo}) {
            const bytes_of_frame own = made(message, form);
            vrrp_message again;
            ASSERT_EQ(parse_vrrp(own, version, false, again), vrrp_fault::none);
            const bool choice = version == vrrp_version::v3 && message.source.is_v4();
            EXPECT_EQ(again.form, choice ? form : message.form);
        }
    }
}

TEST(vrrp, names_each_fault) {
    vrrp_message message;
    const auto fault_of = [&](const bytes_of_frame& packet, vrrp_version version,
                              bool any_ttl = false) {
        return parse_vrrp(packet, version, any_ttl, message);
    };
    for (const auto& [version, good] : good_ones()) {
        const bool v6 = std::to_integer<unsigned>(good[0]) >> 4 == 6;
        const std::size_t ttl = v6 ? 7 : 8;
        const std::size_t at = v6 ? 40 : 20;
        bytes_of_frame bad = good;
        bad[ttl] = std::byte{254};
        EXPECT_EQ(fault_of(bad, version), vrrp_fault::ttl);
        EXPECT_EQ(fault_of(bad, version, true), vrrp_fault::none);

        const auto other = version == vrrp_version::v2 ? vrrp_version::v3 : vrrp_version::v2;
        EXPECT_EQ(fault_of(good, other), vrrp_fault::version);

        bad = good;
        bad[at] = (bad[at] & std::byte{0xf0}) | std::byte{2};
        EXPECT_EQ(fault_of(bad, version), vrrp_fault::type);

        bad = good;
        bad[at + 3] = std::byte{9}; // addresses that are not there
        EXPECT_EQ(fault_of(bad, version), vrrp_fault::length);

        bad = good;
        bad[at + 6] ^= std::byte{1};
        EXPECT_EQ(fault_of(bad, version), vrrp_fault::checksum);

        // Right in all but one thing.
        ASSERT_EQ(fault_of(good, version), vrrp_fault::none);
        const vrrp_message whole = message;
        vrrp_message with = whole;
        with.list = {};
        EXPECT_EQ(fault_of(made(with, whole.form), version), vrrp_fault::no_address);
        with = whole;
        with.interval = 0;
        EXPECT_EQ(fault_of(made(with, whole.form), version), vrrp_fault::interval);
        if (!v6) continue;
        with = whole;
        with.source = address("2001:db8::1");
        EXPECT_EQ(fault_of(made(with, whole.form), version), vrrp_fault::not_link_local);
    }
    EXPECT_EQ(name_of(vrrp_fault::not_link_local), "not_link_local");
}

TEST(vrrp, reserved_bits_trailers_and_options_of_ip_are_no_faults) {
    vrrp_message message;
    bytes_of_frame packet = good_ones()[2].second;
    packet[24] |= std::byte{0xf0}; // beside the interval
    auto& header = header_at<vrrp_header>(packet.data(), 20);
    header.checksum = {};
    header.checksum = checksum_finish(
        checksum_add({packet.data() + 20, packet.size() - 20})
        + pseudo_header_sum(address("192.0.2.1"), vrrp_group(false), protocol::vrrp, 16));
    EXPECT_EQ(parse_vrrp(packet, vrrp_version::v3, false, message), vrrp_fault::none);
    EXPECT_EQ(message.interval, 100);

    packet = good_ones()[2].second;
    packet.resize(packet.size() + 40, std::byte{0x5a});
    EXPECT_EQ(parse_vrrp(packet, vrrp_version::v3, false, message), vrrp_fault::none);
    EXPECT_EQ(message.count(), 2U);

    packet = good_ones()[2].second;
    packet.insert(packet.begin() + 20, 4, std::byte{1}); // four times "no operation"
    packet[0] = std::byte{0x46};
    EXPECT_EQ(vrrp_id_of(packet), 51);
    EXPECT_EQ(parse_vrrp(packet, vrrp_version::v3, false, message), vrrp_fault::none);
}

TEST(vrrp, no_cut_is_read_past_its_end) {
    vrrp_message message;
    for (const auto& [version, good] : good_ones()) {
        for (std::size_t size = 0; size < good.size(); ++size) {
            // A block of its own, so that a tool that watches memory sees each byte too many.
            const bytes_of_frame cut(good.begin(),
                                     good.begin() + static_cast<std::ptrdiff_t>(size));
            EXPECT_EQ(parse_vrrp(cut, version, false, message), vrrp_fault::length) << size;
            const std::size_t head = std::to_integer<unsigned>(good[0]) >> 4 == 6 ? 40 : 20;
            EXPECT_EQ(vrrp_id_of(cut), size < head + 8 ? 0 : 51) << size;
        }
    }
}

TEST(vrrp, no_bytes_at_all_are_too_much_for_it) {
    std::mt19937 random(12);
    const auto all = good_ones();
    for (int turn = 0; turn < 200'000; ++turn) {
        const auto& [version, good] = all[random() % all.size()];
        bytes_of_frame packet = good;
        packet.resize(random() % (good.size() + 8));
        for (unsigned changes = random() % 4; changes-- > 0 && !packet.empty();)
            packet[random() % packet.size()] = static_cast<std::byte>(random());
        vrrp_message message;
        vrrp_id_of(packet);
        if (parse_vrrp(packet, version, random() % 2 == 0, message) != vrrp_fault::none) continue;
        ASSERT_GT(message.count(), 0U);
        ASSERT_LE(message.list.data() + message.list.size(), packet.data() + packet.size());
        message.address(message.count() - 1);
    }
}

TEST(vrrp, writes_nothing_where_there_is_no_room) {
    const std::vector<ip_address> v4(most_vrrp_addresses_v4, address("192.0.2.100"));
    const std::vector<ip_address> v6(most_vrrp_addresses_v6, address("2001:db8::100"));
    bytes_of_frame out(vrrp_room);
    vrrp_advertisement what{.source = address("192.0.2.1"),
                            .destination = vrrp_group(false),
                            .id = 1,
                            .priority = 200,
                            .interval = 1,
                            .addresses = v4};
    EXPECT_EQ(make_vrrp(what, out), 20 + 8 + 4 * most_vrrp_addresses_v4);
    EXPECT_EQ(make_vrrp(what, std::span{out}.first(20 + 8 + 4 * most_vrrp_addresses_v4 - 1)), 0U);
    what.source = address("fe80::1");
    what.destination = vrrp_group(true);
    what.addresses = v6;
    const std::size_t length = make_vrrp(what, out);
    EXPECT_EQ(length, 40 + 8 + 16 * most_vrrp_addresses_v6);
    vrrp_message message;
    EXPECT_EQ(parse_vrrp(std::span{out}.first(length), vrrp_version::v3, false, message),
              vrrp_fault::none);
    EXPECT_EQ(message.count(), most_vrrp_addresses_v6);
    EXPECT_EQ(message.interval, 1);
}

} // namespace
} // namespace weir::test
