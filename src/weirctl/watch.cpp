// `weirctl trace` and `weirctl capture`: packets as the director's workers show them, until ^C.

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <pcap/pcap.h>
#include <unistd.h>

#include "message/base64.h"
#include "message/keys.h"
#include "message/message.h"
#include "weirctl/commands.h"
#include "weirctl/option_time.h"
#include "weirctl/pcapng.h"
#include "weirctl/story.h"

namespace weir::weirctl {

namespace {

using nlohmann::json;
namespace key = message::key;
using namespace std::chrono_literals;

constexpr std::chrono::seconds longest = 168h;

/// What both commands let an operator choose.
json request_of(const invocation& call, const char* command) {
    json request = message::request(command);
    for (const char* name : {key::client, key::vip, key::server, key::port, key::dropped})
        if (call.options.contains(name)) request[name] = call.options[name].as<std::string>();
    const auto number = [&](const char* option, const char* name) {
        if (call.options.contains(option)) request[name] = call.options[option].as<std::int64_t>();
    };
    number("count", key::limit);
    if (call.options.contains("for"))
        request[key::seconds] = seconds_of(call, "for", 1s, longest).count();
    number("rate", key::rate);
    return request;
}

/// Says on standard error how many packets are missing, when there are more than before.
class losses {
public:
    /// True: the line was about that.
    bool take(const json& line) {
        if (!line.contains(key::over_rate)) return false;
        const auto lost = message::number(line, key::lost);
        const auto over = message::number(line, key::over_rate);
        if (lost > lost_ || over > over_)
            fmt::print(stderr,
                       "weirctl: not shown so far: {} above the rate (--rate), {} for lack of "
                       "room on the way\n",
                       over, lost);
        lost_ = lost;
        over_ = over;
        return true;
    }

private:
    std::uint64_t lost_ = 0;
    std::uint64_t over_ = 0;
};

/// libpcap's compiler, here and not in the director: it may ask for the addresses of names.
std::vector<std::string> compile(const std::string& expression) {
    constexpr int most = 65535;
    const std::unique_ptr<pcap_t, void (*)(pcap_t*)> dead(pcap_open_dead(DLT_EN10MB, most),
                                                          pcap_close);
    bpf_program program{};
    if (pcap_compile(dead.get(), &program, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0)
        throw config::usage_error(
            fmt::format("\"{}\": {} (see pcap-filter(7))", expression, pcap_geterr(dead.get())));
    std::vector<std::string> lines;
    for (unsigned i = 0; i < program.bf_len; ++i) {
        const bpf_insn& in = program.bf_insns[i];
        lines.push_back(fmt::format("{} {} {} {}", in.code, in.jt, in.jf, in.k));
    }
    pcap_freecode(&program);
    return lines;
}

class capture_file {
public:
    explicit capture_file(const std::string& name)
        : file_(name == "-" ? stdout : std::fopen(name.c_str(), "wb")) {
        if (file_ == nullptr)
            throw std::runtime_error(fmt::format("{}: {}", name, std::strerror(errno)));
    }
    ~capture_file() {
        if (file_ != stdout) std::fclose(file_);
    }
    capture_file(const capture_file&) = delete;
    capture_file& operator=(const capture_file&) = delete;

    /// Whole blocks: the file is sound whenever somebody ends us.
    void write(const std::string& blocks) {
        if (std::fwrite(blocks.data(), 1, blocks.size(), file_) == blocks.size()
            && std::fflush(file_) == 0)
            return;
        if (errno == EPIPE) throw output_closed{};
        throw std::runtime_error(fmt::format("cannot write: {}", std::strerror(errno)));
    }

private:
    std::FILE* file_;
};

} // namespace

void trace(const invocation& call) {
    losses missing;
    call.director.ask(request_of(call, "trace"), [&](std::string_view text) {
        const json line = message::parse(text);
        if (!line.is_object()) throw std::runtime_error("the director's answer makes no sense");
        if (missing.take(line)) return;
        print(call.json ? std::string(text) + '\n' : story_text(line));
        flush();
    });
}

void capture(const invocation& call) {
    if (!call.options.contains("write"))
        throw config::usage_error("where to? `-w FILE`, or `-w -` for standard output");
    const auto name = call.options["write"].as<std::string>();
    if (name == "-" && isatty(STDOUT_FILENO) == 1)
        throw config::usage_error(
            "a capture is not for a terminal: `-w FILE`, or `-w - | tcpdump -r -`");
    json request = request_of(call, "capture");
    if (call.options.contains("snap")) request[key::snap] = call.options["snap"].as<std::int64_t>();
    if (!call.words.empty()) {
        std::string expression;
        for (const std::string& word : call.words)
            expression += (expression.empty() ? "" : " ") + word;
        request[key::program] = compile(expression);
    }
    capture_file file(name);
    file.write(pcapng::begin("weirctl " WEIR_VERSION));
    std::map<std::string, std::uint32_t> interfaces;
    losses missing;
    call.director.ask_parsed(request, [&](const json& line) {
        if (missing.take(line)) return;
        std::string blocks;
        const std::string port = message::text(line, key::port);
        const auto [at, fresh] =
            interfaces.emplace(port, static_cast<std::uint32_t>(interfaces.size()));
        if (fresh) blocks = pcapng::interface(port.empty() ? "unknown" : port, 0);
        const auto bytes = message::from_base64(message::text(line, key::data));
        if (!bytes) throw std::runtime_error("the director's answer makes no sense");
        const std::string comment = line.value(key::comment, "");
        blocks +=
            pcapng::block({.interface = at->second,
                           .time_ns = message::number(line, key::time_ns),
                           .outbound = message::flag(line, key::outbound),
                           .length = static_cast<std::uint32_t>(message::number(line, key::length)),
                           .bytes = *bytes,
                           .comment = comment});
        file.write(blocks);
    });
}

} // namespace weir::weirctl
