// Services in the words of ipvsadm -S, to the space, and back.

#include "weirctl/save.h"

#include <gtest/gtest.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "import/ipvsadm.h"

namespace weir::weirctl {
namespace {

using nlohmann::json;

json service(std::vector<std::string> listen, const char* scheduler,
             std::vector<std::string> options = {}) {
    return {{"name", "web"},
            {"listen", std::move(listen)},
            {"scheduler", scheduler},
            {"options", std::move(options)}};
}

json server(const char* address, int port, const char* forward, int weight,
            const char* state = "up", int upper = 0) {
    return {{"address", address}, {"port", port},
            {"forward", forward}, {"encap", std::string_view(forward) == "tun" ? "ipip" : ""},
            {"weight", weight},   {"state", state},
            {"upper", upper},     {"lower", 0}};
}

struct save_test : testing::Test {
    std::vector<std::string> notes;
    std::string save(const json& s, const std::vector<json>& servers) {
        return save_service(s, servers, notes);
    }
    std::string all_notes() const { return fmt::format("{}", fmt::join(notes, "; ")); }
};

TEST_F(save_test, lines_are_those_of_ipvsadm) {
    EXPECT_EQ(save(service({"192.0.2.100:80/tcp"}, "wlc"),
                   {server("198.51.100.11", 8080, "nat", 1), server("198.51.100.12", 0, "nat", 0)}),
              "-A -t 192.0.2.100:80 -s wlc\n"
              "-a -t 192.0.2.100:80 -r 198.51.100.11:8080 -m -w 1\n"
              "-a -t 192.0.2.100:80 -r 198.51.100.12:80 -m -w 0\n");
    EXPECT_EQ(save(service({"192.0.2.100:53/udp"}, "sh", {"fallback", "port"}),
                   {server("192.0.2.11", 53, "dr", 5), server("192.0.2.2", 53, "local", 1)}),
              "-A -u 192.0.2.100:53 -s sh -b sh-fallback,sh-port\n"
              "-a -u 192.0.2.100:53 -r 192.0.2.11:53 -g -w 5\n"
              "-a -u 192.0.2.100:53 -r 192.0.2.2:53 -g -w 1\n");
    EXPECT_EQ(
        save(service({"192.0.2.100:36412/sctp"}, "rr"), {server("198.51.100.11", 36413, "nat", 2)}),
        "-A --sctp-service 192.0.2.100:36412 -s rr\n"
        "-a --sctp-service 192.0.2.100:36412 -r 198.51.100.11:36413 -m -w 2\n");
    EXPECT_EQ(
        save(service({"[2001:db8::100]:80/tcp"}, "mh"), {server("2001:db8:1::11", 80, "tun", 1)}),
        "-A -t [2001:db8::100]:80 -s mh\n"
        "-a -t [2001:db8::100]:80 -r [2001:db8:1::11]:80 -i -w 1 --tun-type ipip\n");
    EXPECT_EQ(all_notes(), "");
}

TEST_F(save_test, persistence_one_packet_ranges_and_fallback) {
    json s = service({"192.0.2.100:0/tcp", "192.0.2.100:8000-8100/tcp"}, "rr");
    s["persistence"] = 360;
    s["prefix"] = 24;
    json sorry = server("192.0.2.13", 0, "dr", 1);
    sorry["fallback"] = true;
    EXPECT_EQ(save(s, {server("192.0.2.11", 0, "dr", 1), sorry}),
              "-A -t 192.0.2.100:0 -s rr -p 360 -M 255.255.255.0\n"
              "-a -t 192.0.2.100:0 -r 192.0.2.11:0 -g -w 1\n");
    EXPECT_EQ(all_notes(), "web: one service with 2 addresses becomes 2 services; web: server "
                           "192.0.2.13 is the fallback and left out: LVS has none; web: the range "
                           "192.0.2.100:8000-8100 is left out: LVS has none");
    json dns = service({"192.0.2.100:53/udp"}, "rr");
    dns["one_packet"] = true;
    EXPECT_EQ(save(dns, {}), "-A -u 192.0.2.100:53 -s rr -o\n");
}

TEST_F(save_test, removed_services_are_left_out) {
    json s = service({"192.0.2.100:80/tcp"}, "rr");
    s["removed"] = true;
    EXPECT_EQ(save(s, {server("192.0.2.11", 0, "dr", 1, "removed")}), "");
    EXPECT_EQ(all_notes(), "web is removed and left out; its connections go on");
}

TEST_F(save_test, what_ipvsadm_cannot_say_is_noted) {
    EXPECT_EQ(
        save(service({"192.0.2.100:80/tcp", "192.0.2.100:443/tcp"}, "wrh", {"port", "size=4"}),
             {server("192.0.2.11", 0, "dr", 3, "disabled"),
              server("192.0.2.12", 0, "dr", 1, "removed"),
              server("192.0.2.13", 0, "dr", 1, "down", 100)}),
        "-A -t 192.0.2.100:80 -s mh -b mh-port\n"
        "-a -t 192.0.2.100:80 -r 192.0.2.11:80 -g -w 0\n"
        "-a -t 192.0.2.100:80 -r 192.0.2.13:80 -g -w 1 -x 100\n"
        "-A -t 192.0.2.100:443 -s mh -b mh-port\n"
        "-a -t 192.0.2.100:443 -r 192.0.2.11:443 -g -w 0\n"
        "-a -t 192.0.2.100:443 -r 192.0.2.13:443 -g -w 1 -x 100\n");
    EXPECT_EQ(all_notes(), "web: one service with 2 addresses becomes 2 services; web: LVS has no "
                           "scheduler wrh: saved as mh; "
                           "web: option size=4 of scheduler wrh is left out; "
                           "web: server 192.0.2.11 is disabled: saved with weight 0 instead of 3; "
                           "web: server 192.0.2.12 is removed and left out; its connections go on; "
                           "web: server 192.0.2.13 is down, which a dump cannot say");
}

TEST_F(save_test, notes_name_the_port_as_well) {
    save(service({"192.0.2.100:80/tcp"}, "rr"), {server("192.0.2.11", 8080, "nat", 3, "disabled"),
                                                 server("192.0.2.11", 8081, "nat", 1, "removed")});
    save(service({"[2001:db8::100]:80/tcp"}, "rr"),
         {server("2001:db8::11", 8080, "nat", 1, "down")});
    EXPECT_EQ(all_notes(),
              "web: server 192.0.2.11:8080 is disabled: saved with weight 0 instead of 3; "
              "web: server 192.0.2.11:8081 is removed and left out; its connections go on; "
              "web: server [2001:db8::11]:8080 is down, which a dump cannot say");
}

TEST_F(save_test, names_are_left_out) {
    json named = server("192.0.2.11", 0, "dr", 1);
    named["name"] = "web1";
    EXPECT_EQ(save(service({"192.0.2.100:80/tcp"}, "rr"), {named}),
              "-A -t 192.0.2.100:80 -s rr\n-a -t 192.0.2.100:80 -r 192.0.2.11:80 -g -w 1\n");
    EXPECT_EQ(all_notes(), "web: server 192.0.2.11: its name, web1, is left out: LVS has none");
}

TEST_F(save_test, import_reads_what_save_writes) {
    const std::string dump =
        save(service({"192.0.2.100:80/tcp"}, "mh", {"port"}),
             {server("198.51.100.11", 8080, "nat", 7), server("192.0.2.2", 80, "local", 0)})
        + save(service({"[2001:db8::100]:53/udp"}, "rr"), {server("192.0.2.9", 53, "tun", 1)})
        + save(service({"192.0.2.100:80/sctp"}, "rr"), {server("198.51.100.11", 0, "nat", 1)});
    importer::findings report;
    const importer::draft d = importer::import_ipvsadm("dump", dump, {"eth0"}, report);
    const std::string file = importer::write(d, "dump");
    for (const char* line :
         {"\nlisten    = 192.0.2.100:80/tcp\n", "\nforward   = nat\nscheduler = mh port\n",
          "\nserver    = 198.51.100.11:8080 weight=7\n", "\nserver    = 192.0.2.2 weight=0\n",
          "\nlisten    = [2001:db8::100]:53/udp\nforward   = tun\nscheduler = rr\n",
          "\nserver    = 192.0.2.9\n", "\nlisten    = 192.0.2.100:80/sctp\n"})
        EXPECT_NE(file.find(line), std::string::npos) << line << file;
}

} // namespace
} // namespace weir::weirctl
