// Records come back as they were written, whole or in pieces; what no director sends is refused.

#include <gtest/gtest.h>

#include "sync/records.h"

namespace weir::sync {
namespace {

flow_key key_v4() {
    return {ip_address::v4(203, 0, 113, 7), ip_address::v4(192, 0, 2, 100), be16::from_host(4711),
            be16::from_host(80), 6};
}
flow_key key_v6() {
    flow_key k = key_v4();
    k.source = {0x20010db8, 7};
    k.destination = {0x20010db8, 100};
    k.proto = 132;
    return k;
}
target_name web() {
    return {{ip_address::v4(192, 0, 2, 100), 8000, protocol::udp, 8100},
            ip_address{0x20010db8, 11},
            8080,
            {.mode = forward_mode::tun}};
}
flow flow_v4() {
    return {.slot = 77,
            .key = key_v4(),
            .state = flow_state::established,
            .timeout = 900,
            .age = 12,
            .target = 5};
}

std::vector<record> samples() {
    flow v6 = flow_v4();
    v6.key = key_v6();
    v6.state = flow_state::sctp_established;
    flow controlled = flow_v4();
    controlled.control = 70'000;
    flow of_network = flow_v4();
    of_network.key = {{}, {0x20010db8, 100}, be16::from_host(6), be16::from_host(80), 0};
    of_network.state = flow_state::template_assured;
    return {hello{{1, 2, 3, 255}, 1'000'129, "lb-1.example"},
            file_print{0x0123456789abcdef},
            target{70'000, web()},
            flow_v4(),
            v6,
            controlled,
            of_network,
            gone{0x01020304},
            mark{0xffffffff, false},
            mark{1, true},
            ack{9, 1ull << 40},
            unknown{3},
            again{4},
            bye{},
            setting{web(), 1'764'437'000'123, 65535, false},
            setting{web(), 1, setting::of_the_file, true}};
}

bytes written(const record& r) {
    bytes b;
    write(b, r);
    return b;
}

/// What reading says of these bytes.
std::string_view refusal(const bytes& b) {
    record r;
    const reading got = read(b, r);
    EXPECT_EQ(got.size, 0u);
    return got.wrong;
}

TEST(sync_records, come_back_as_they_were_written) {
    for (const record& r : samples()) {
        const bytes b = written(r);
        EXPECT_LE(b.size(), longest_record);
        bytes more = b;
        more.push_back(0xee); // of the next one
        record back;
        const reading got = read(more, back);
        EXPECT_EQ(got.size, b.size()) << r.index();
        EXPECT_EQ(got.wrong, "") << r.index();
        EXPECT_TRUE(back == r) << r.index();
    }
}

TEST(sync_records, of_flows_are_short) {
    EXPECT_EQ(written(flow_v4()).size(), 28u);
    EXPECT_EQ(written(gone{1}).size(), 5u);
}

TEST(sync_records, are_awaited_until_they_are_whole) {
    for (const record& r : samples()) {
        const bytes b = written(r);
        for (std::size_t size = 0; size < b.size(); ++size) {
            record back;
            const reading got = read({b.data(), size}, back);
            EXPECT_EQ(got.size, 0u);
            EXPECT_EQ(got.wrong, "") << r.index() << " cut after " << size;
        }
    }
}

TEST(sync_records, of_no_director_are_refused) {
    EXPECT_NE(refusal({0}), "");
    const auto with = [](const record& r, std::size_t at, std::uint8_t value) {
        bytes b = written(r);
        b.at(at) = value;
        return b;
    };
    EXPECT_EQ(refusal(with(samples()[0], 2, 99)), "it is of another version of weir");
    EXPECT_NE(refusal(with(hello{{}, 5, "lb"}, 23, 0)), "") << "no name";
    EXPECT_NE(refusal(with(hello{{}, 5, "lb"}, 23, 255)), "") << "a long one";
    EXPECT_NE(refusal(with(hello{{}, 5, "lb"}, 24, '\n')), "");
    EXPECT_NE(refusal(written(hello{{}, 0, "lb"})), "");
    EXPECT_NE(refusal(written(gone{0})), "");
    EXPECT_NE(refusal(written(gone{most_entries})), "");
    EXPECT_NE(refusal(written(unknown{most_targets})), "");
    EXPECT_NE(refusal(with(mark{1, true}, 5, 2)), "");
    EXPECT_NE(refusal(with(target{1, web()}, 5, 1)), "") << "ICMP";
    EXPECT_NE(refusal(with(target{1, web()}, 6, 99)), "") << "no mode";
    EXPECT_NE(refusal(with(target{1, web()}, 7, 99)), "") << "no encapsulation";
    EXPECT_NE(refusal({12}), "") << "no such record";
    EXPECT_NE(refusal(written(setting{web(), 0, 1, false})), "") << "never";
    EXPECT_NE(refusal(written(setting{web(), 1ull << 63, 1, false})), "");
    EXPECT_NE(refusal(written(setting{web(), 1, 65536, false})), "") << "no weight";
    EXPECT_NE(refusal(with(setting{web(), 1, 1, false}, 13, 2)), "") << "neither";
    EXPECT_NE(refusal(with(setting{web(), 1, 1, false}, 14, 1)), "") << "ICMP";

    const auto changed = [](auto change) {
        flow f = flow_v4();
        change(f);
        return written(f);
    };
    EXPECT_NE(refusal(changed([](flow& f) { f.slot = 0; })), "");
    EXPECT_NE(refusal(changed([](flow& f) { f.slot = most_entries; })), "");
    EXPECT_NE(refusal(changed([](flow& f) { f.target = 0; })), "");
    EXPECT_NE(refusal(changed([](flow& f) { f.timeout = 0; })), "");
    EXPECT_NE(refusal(changed([](flow& f) { f.key.proto = 47; })), "");
    EXPECT_NE(refusal(changed([](flow& f) { f.control = most_entries; })), "");
    EXPECT_NE(refusal(changed([](flow& f) {
                  f.key.source = {0x20010db8, 7};
              })),
              "")
        << "two families";
    EXPECT_NE(refusal(with(flow_v4(), 1, 0x80)), "") << "an unknown flag";
}

TEST(sync_records, of_flows_have_a_state_of_their_protocol) {
    for (unsigned proto = 0; proto < 256; ++proto)
        for (unsigned state = 0; state < 256; ++state) {
            flow f = flow_v4();
            f.key.proto = proto;
            f.state = static_cast<flow_state>(state);
            record back;
            const reading got = read(written(f), back);
            const auto s = static_cast<flow_state>(state);
            const bool good =
                (proto == 6 && state >= 1 && s < flow_state::udp_one_way)
                || (proto == 17 && (s == flow_state::udp || s == flow_state::udp_one_way))
                || (proto == 132 && is_sctp(s))
                || (proto == 0
                    && (s == flow_state::template_none || s == flow_state::template_assured));
            EXPECT_EQ(got.size != 0, good) << proto << ' ' << state;
            EXPECT_EQ(got.wrong.empty(), good) << proto << ' ' << state;
        }
}

TEST(sync_names, are_the_same_for_all_who_have_the_servers) {
    target_name other = web();
    other.port = 8081;
    const name_map ours({{7, web(), 1}, {9, other, 4}});
    const name_map theirs({{3, other, 2}, {1, web(), 1}});
    EXPECT_EQ(ours.fingerprint(), theirs.fingerprint());
    ASSERT_NE(theirs.find(ours.at(7)->name), nullptr);
    EXPECT_EQ(theirs.find(ours.at(7)->name)->id, 1u);
    EXPECT_EQ(ours.at(8), nullptr);
    EXPECT_EQ(ours.at(10), nullptr);
    EXPECT_NE(name_map({{7, web(), 1}}).fingerprint(), ours.fingerprint());
    for (auto change : {+[](target_name& n) { n.service.port = 1; },
                        +[](target_name& n) { n.service.proto = protocol::tcp; },
                        +[](target_name& n) { n.service.last = 0; },
                        +[](target_name& n) { n.service.address.low ^= 1; },
                        +[](target_name& n) { n.address.low ^= 1; },
                        +[](target_name& n) { n.forward.mode = forward_mode::nat; }}) {
        target_name n = web();
        change(n);
        EXPECT_NE(name_map({{7, n, 1}}).fingerprint(), name_map({{7, web(), 1}}).fingerprint());
        EXPECT_EQ(ours.find(n), nullptr);
    }
}

TEST(sync_names, a_configured_server_comes_before_a_removed_one) {
    const name_map names({{7, web(), 1, false}, {9, web(), 4, true}, {11, web(), 5, false}});
    EXPECT_EQ(names.find(web())->id, 9u);
    EXPECT_EQ(names.fingerprint(), name_map({{1, web(), 1}}).fingerprint());
}

} // namespace
} // namespace weir::sync
