// Addresses, blocks, MACs and endpoints from text and back.

#include "net/names.h"
#include "unit/net/fixture.h"

namespace weir::test {
namespace {

TEST(parse_address, and_back) {
    for (const char* text : {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1", "2001:db8::1",
                             "2001:db8:1:2:3:4:5:6"})
        EXPECT_EQ(to_string(parse_address(text).value()), text);
    for (const char* text :
         {"", "192.0.2", "192.0.2.256", "192.0.2.1 ", " 192.0.2.1", "192.0.2.01", "2001:db8",
          "2001:db8::1::2", "::ffff:192.0.2.1", "fe80::1%eth0", "[2001:db8::1]", "www.example.com"})
        EXPECT_FALSE(parse_address(text)) << text;
    EXPECT_FALSE(parse_address(std::string_view("192.0.2.1\0x", 11)));
}

TEST(parse_prefix, and_back) {
    for (const char* text :
         {"192.0.2.0/24", "192.0.2.7/32", "0.0.0.0/0", "2001:db8::/32", "::/0", "2001:db8::7/128"})
        EXPECT_EQ(to_string(parse_prefix(text).value()), text);
    EXPECT_EQ(parse_prefix("192.0.2.7")->length, 32);
    EXPECT_EQ(parse_prefix("2001:db8::7")->length, 128);
    for (const char* text : {"192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "192.0.2.0/24x", "/24",
                             "2001:db8::/129", "192.0.2.0/24/24", "192.0.2.0/ 24"})
        EXPECT_FALSE(parse_prefix(text)) << text;
}

TEST(prefix, holds_its_addresses_and_no_others) {
    struct block {
        const char* text;
        const char* first;
        const char* last;
        const char* before;
        const char* after;
    };
    for (const block& b :
         {block{"192.0.2.77/24", "192.0.2.0", "192.0.2.255", "192.0.1.255", "192.0.3.0"},
          block{"192.0.2.77/31", "192.0.2.76", "192.0.2.77", "192.0.2.75", "192.0.2.78"},
          block{"2001:db8:1::5/48", "2001:db8:1::", "2001:db8:1:ffff:ffff:ffff:ffff:ffff",
                "2001:db8:0:ffff:ffff:ffff:ffff:ffff", "2001:db8:2::"},
          block{"2001:db8::/65", "2001:db8::", "2001:db8::7fff:ffff:ffff:ffff",
                "2001:db7::", "2001:db8::8000:0:0:0"}}) {
        const prefix p = parse_prefix(b.text).value();
        EXPECT_EQ(to_string(p.first()), b.first);
        EXPECT_EQ(to_string(p.last()), b.last);
        EXPECT_TRUE(p.contains(p.first()) && p.contains(p.last())) << b.text;
        EXPECT_FALSE(p.contains(address(b.before)) || p.contains(address(b.after))) << b.text;
    }
    EXPECT_TRUE(parse_prefix("0.0.0.0/0")->contains(address("255.255.255.255")));
    EXPECT_FALSE(parse_prefix("0.0.0.0/0")->contains(address("2001:db8::1")));
    EXPECT_FALSE(parse_prefix("::/0")->contains(address("192.0.2.1")));
}

TEST(parse_mac, and_back) {
    EXPECT_EQ(to_string(parse_mac("02:00:5e:00:53:fF").value()), "02:00:5e:00:53:ff");
    for (const char* text : {"", "02:00:5e:00:53", "02:00:5e:00:53:0", "02-00-5e-00-53-01",
                             "02:00:5e:00:53:0g", "02:00:5e:00:53:001", " 2:00:5e:00:53:01"})
        EXPECT_FALSE(parse_mac(text)) << text;
}

TEST(parse_endpoint, and_back) {
    for (const char* text : {"192.0.2.1:80/tcp", "192.0.2.1:0/udp", "[2001:db8::1]:65535/udp"})
        EXPECT_EQ(to_string(parse_endpoint(text).value()), text);
    EXPECT_EQ(parse_endpoint("192.0.2.1:80")->proto, protocol::tcp);
    for (const char* text : {"192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:80/",
                             "192.0.2.1:80/icmp", "2001:db8::1:80", "[2001:db8::1]", "[]:80",
                             "[192.0.2.1]:80", ":80", "192.0.2.1:+80", "192.0.2.1:80/tcp/tcp"})
        EXPECT_FALSE(parse_endpoint(text)) << text;
}

TEST(ip_address, orders_by_number) {
    const std::vector<std::string_view> ordered{
        "::",         "::1",         "192.0.2.1",  "192.0.2.2", "192.1.0.0",
        "2001:db8::", "2001:db8::1", "2001:db9::", "ff02::1"};
    for (std::size_t i = 1; i < ordered.size(); ++i)
        EXPECT_LT(address(ordered[i - 1]), address(ordered[i])) << ordered[i];
}

// Tables of addresses use the high half of the hash as index.
TEST(ip_address, hashes_spread_within_one_subnet) {
    for (const bool v6 : {false, true}) {
        std::set<std::size_t> places;
        for (std::uint32_t host = 0; host < 4096; ++host) {
            ip_address a = address(v6 ? "2001:db8::" : "198.18.0.0");
            if (v6)
                a.low = __builtin_bswap64(host);
            else
                a = ip_address::v4(be32::from_host(a.as_v4().host() + host));
            places.insert((std::hash<ip_address>{}(a) >> 32) % 8192);
        }
        EXPECT_GT(places.size(), 2000U); // of 8192; random ones would hit 3223
    }
}

TEST(names, in_text) {
    const server_name bare{*parse_address("192.0.2.11"), 0};
    const server_name with_port{*parse_address("2001:db8::11"), 8080};
    EXPECT_EQ(to_string(bare), "192.0.2.11");
    EXPECT_EQ(to_string(with_port), "[2001:db8::11]:8080");
    EXPECT_EQ(with_word("web1", to_string(bare)), "web1 (192.0.2.11)");
    EXPECT_EQ(with_word("", to_string(bare)), "192.0.2.11");
}

} // namespace
} // namespace weir::test
