// Whole files: the samples, many mistakes at once, large ones, broken ones.

#include <gtest/gtest.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <random>

#include "unit/config/fixture.h"

namespace weir::config {
namespace {

std::vector<std::string> lines_of(const load_result& result) {
    std::vector<std::string> lines;
    for (const problem& p : result.problems)
        lines.push_back(to_string(p));
    return lines;
}

TEST(config_samples, are_good) {
    std::size_t samples = 0;
    for (const auto& file : std::filesystem::directory_iterator(WEIR_SAMPLES)) {
        if (file.path().extension() != ".conf") continue;
        ++samples;
        EXPECT_EQ(lines_of(load(file.path(), {})), std::vector<std::string>{}) << file.path();
    }
    EXPECT_GE(samples, 5U);
}

TEST(config_file, with_ten_mistakes_has_ten_problems_each_with_its_line) {
    const std::string text = "[director]\n"
                             "worker      = 1,2\n"  // 2: no such key
                             "memory      = lots\n" // 3: no number
                             "log         = warn\n" // 4: no such level
                             "\n"
                             "[port wan]\n"
                             "device  = xdp:eth1\n"
                             "address = 192.0.2.2\n" // 8: no prefix length
                             "vlan    = 5000\n"      // 9: too large
                             "\n"
                             "[servise dns]\n" // 11: no such section
                             "listen = 192.0.2.100:53/udp\n"
                             "\n"
                             "[service web]\n"
                             "listen    = 192.0.2.100/tcp\n"    // 15: no port
                             "scheduler = wlcc\n"               // 16: no such scheduler
                             "server    = 192.0.2.11 wight=3\n" // 17: no such property
                             "server    = 192.0.2.12\n"
                             "server    = 192.0.2.12\n"; // 19: given twice
    std::vector<unsigned> lines;
    for (const problem& p : load_here(text).problems)
        lines.push_back(p.where.line);
    EXPECT_EQ(lines, (std::vector{2U, 3U, 4U, 8U, 9U, 11U, 15U, 16U, 17U, 19U}));
}

TEST(config_file, may_begin_with_a_byte_order_mark) {
    EXPECT_EQ(good(std::string("\xef\xbb\xbf") + some_port).ports.at(0).where.line, 1U);
}

TEST(config_file, gives_addresses_that_can_work_together) {
    const configuration c = good("[port wan]\ndevice = xdp:eth1\naddress = 192.0.2.2/31\n"
                                 "address = fe80::1/64\n[port lan]\ndevice = xdp:eth2\n"
                                 "address = fe80::1/64\naddress = 198.51.100.0/32\n"
                                 "[service here]\nlisten = 192.0.2.2:80\nserver = 192.0.2.2\n");
    EXPECT_EQ(c.services.size(), 1U);
}

TEST(config_file, asks_for_no_more_memory_than_the_machine_has) {
    const std::string text = std::string("[director]\nmemory = 4096\n") + some_port;
    const auto on_machine_with = [&](std::uint64_t mib) {
        return lines_of(load_text("t.conf", text, {.memory = mib}));
    };
    EXPECT_EQ(on_machine_with(4095),
              std::vector<std::string>{"t.conf:2: memory: 4096 MiB is more than this machine has: "
                                       "give less than 4095"});
    EXPECT_EQ(on_machine_with(4096), std::vector<std::string>{});
    EXPECT_EQ(on_machine_with(0), std::vector<std::string>{}) << "not known";
}

TEST(config_file, that_is_not_there_is_a_problem) {
    const load_result result = load("/nonexistent/weir.conf", {});
    EXPECT_FALSE(result);
    EXPECT_EQ(lines_of(result),
              std::vector<std::string>{
                  "/nonexistent/weir.conf: cannot be read: No such file or directory"});
}

TEST(config_file, that_is_a_directory_is_a_problem) {
    EXPECT_EQ(lines_of(load(WEIR_SAMPLES, {})),
              std::vector<std::string>{WEIR_SAMPLES ": cannot be read: Is a directory"});
}

TEST(config_file, is_read_to_its_end) {
    const std::string path = testing::TempDir() + "weir-config-test.conf";
    {
        std::ofstream file(path);
        file << std::string(200'000, '\n') << "[port wan]\ndevice = eth1";
    }
    const load_result result = load(path, {});
    std::filesystem::remove(path);
    ASSERT_EQ(result.problems.size(), 1U);
    EXPECT_EQ(result.problems[0].where.file, path);
    EXPECT_EQ(result.problems[0].where.line, 200'002U);
}

/// CPU seconds to load a text that must be good.
double seconds_to_load(const std::string& text) {
    const std::clock_t start = std::clock();
    EXPECT_EQ(problems_of(text), "");
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

#ifdef WEIR_SANITIZED
constexpr double limit = 20;
#elif !defined(__OPTIMIZE__)
constexpr double limit = 5; // CPU seconds; 1.2 measured on a busy machine
#else
constexpr double limit = 5; // CPU seconds; 0.2 measured, optimised and on a quiet machine
#endif

TEST(config_file, of_10000_services_loads_quickly) {
    std::string text = some_port;
    for (unsigned i = 0; i < 10'000; ++i) {
        const std::string vip = "10." + std::to_string(i / 250) + "." + std::to_string(i % 250);
        text += "[service s" + std::to_string(i) + "]\nlisten = " + vip
                + ".1:80/tcp\nforward = nat\nserver = " + vip + ".2:8080 weight=3\nserver = " + vip
                + ".3:8080\n";
    }
    EXPECT_LT(seconds_to_load(text), limit);
}

TEST(config_file, of_one_service_with_20000_servers_loads_quickly) {
    std::string text = std::string(some_port) + "[service s]\nlisten = [2001:db8::1]:80\n";
    for (unsigned i = 1; i <= 20'000; ++i)
        text += "server = 2001:db8:1::" + std::to_string(i / 9000) + ":" + std::to_string(i % 9000)
                + "\n";
    EXPECT_LT(seconds_to_load(text), limit);
}

// Whatever the bytes, there is an answer: a configuration or problems, all of printable ASCII.
void survives(const std::string& text) {
    const load_result result = load_here(text);
    EXPECT_EQ(result.configuration.has_value(), result.problems.empty());
    for (const problem& p : result.problems) {
        EXPECT_GT(p.where.line, 0U);
        for (const char c : p.text)
            EXPECT_TRUE(c >= ' ' && c <= '~') << p.text;
    }
}

TEST(config_bytes, of_any_kind_are_survived) {
    std::mt19937 random(1);
    for (int round = 0; round < 200; ++round) {
        std::string text(random() % 2000, '\0');
        for (char& c : text)
            c = static_cast<char>(random());
        survives(text);
    }
}

TEST(config_bytes, changed_in_a_good_file_are_survived) {
    std::string good_text;
    for (const char* name :
         {"/dr.conf", "/tun.conf", "/nat.conf", "/standby.conf", "/mutual.conf", "/nway.conf"}) {
        std::ifstream file(WEIR_SAMPLES + std::string(name));
        good_text.append(std::istreambuf_iterator<char>(file), {});
    }
    ASSERT_GT(good_text.size(), 1000U);
    const std::string likely = "[]=#:/.,- \n\r\t\0x9";
    std::mt19937 random(2);
    for (int round = 0; round < 300; ++round) {
        std::string text = good_text;
        for (unsigned change = 0; change < 1 + random() % 20; ++change) {
            const std::size_t at = random() % text.size();
            switch (random() % 4) {
            case 0:
                text[at] = static_cast<char>(random());
                break;
            case 1:
                text[at] = likely[random() % likely.size()];
                break;
            case 2:
                text.erase(at, random() % 30);
                break;
            default:
                text.insert(at, text.substr(random() % text.size(), random() % 60));
            }
        }
        survives(text);
    }
}

TEST(config_bytes, in_very_long_lines_are_survived) {
    const std::string lot(1 << 20, 'x');
    for (const std::string& text :
         {lot, "[" + lot + "]", "[port " + lot + "]", "[" + lot, "[port wan]\ndevice = " + lot,
          "[port wan]\n" + lot + " = 1", "[director]\nworkers = " + std::string(1 << 20, ','),
          "[director]\nplugin = /good/" + lot, "[service s]\nserver = 192.0.2.1 " + lot + "=1",
          "[service s]\nscheduler = " + lot})
        survives(text);
}

} // namespace
} // namespace weir::config
