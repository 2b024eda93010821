#include <fmt/format.h>
#include <fmt/ranges.h>

#include "import/draft.h"

namespace weir::importer {

namespace {

std::string port_section(const std::string& interface, std::size_t number) {
    constexpr std::size_t longest = 15; // Linux's IFNAMSIZ less one
    std::string twin = "weir-" + interface;
    if (twin.size() > longest) twin = fmt::format("weir-{}", number);
    return fmt::format(
        "[port {0}]\n"
        "device  = packet:{0}  # or xdp:{0}, or the PCI address of a card bound to "
        "DPDK\n"
        "twin    = {1}  # how Linux sees this port from now on\n"
        "# address = 192.0.2.2/24  # the director's own address there, one line each\n",
        interface, twin);
}

std::string server_line(const draft_server& r) {
    std::string line =
        fmt::format("server    = {}",
                    r.port == 0 ? weir::to_string(r.address) : weir::to_string(r.address, r.port));
    if (r.weight != 1) line += fmt::format(" weight={}", r.weight);
    if (r.upper != 0) line += fmt::format(" upper={}", r.upper);
    if (r.lower != 0) line += fmt::format(" lower={}", r.lower);
    if (!r.own_checks) return line;
    for (const std::string& check : *r.own_checks)
        line += " check=" + check;
    if (r.own_checks->empty()) line += " check=none";
    return line;
}

/// The lines of a service; with an obstacle, all of them are comments.
class service_writer {
public:
    explicit service_writer(const draft_service& s) : out_(!s.obstacles.empty()) {
        text_ = fmt::format("\n# {}:{}: {}\n", printable(s.where.file), s.where.line,
                            printable(s.title));
        for (const std::string& why : s.obstacles)
            comment("needs a decision: " + why);
        line(fmt::format("[service {}]", s.name));
        for (const std::string& text : s.comments)
            comment(text);
        for (const endpoint& where : s.listen)
            line(fmt::format("listen    = {}{}", weir::to_string(where.address, where.port),
                             s.no_protocol ? "/PROTOCOL" : '/' + weir::to_string(where.proto)));
        if (s.forward) line(fmt::format("forward   = {}", weir::to_string(*s.forward)));
        line(fmt::format("scheduler = {}{}{}", s.scheduler, s.options.empty() ? "" : " ",
                         fmt::join(s.options, " ")));
        if (s.fallback) fallback(*s.fallback);
        for (const std::string& setting : s.settings)
            line(setting);
        for (const draft_server& r : s.servers)
            server(r);
    }
    const std::string& text() const { return text_; }

private:
    void comment(const std::string& text) { text_ += fmt::format("# {}\n", printable(text)); }
    void line(const std::string& text) { text_ += (out_ ? "# " : "") + text + '\n'; }
    void server(const draft_server& r) {
        for (const std::string& text : r.comments)
            comment(text);
        if (r.obstacle.empty()) return line(server_line(r));
        comment("needs a decision: " + r.obstacle);
        comment(server_line(r));
    }

    void fallback(const draft_server& r) {
        const std::string text =
            fmt::format("fallback  = {}", r.port == 0 ? weir::to_string(r.address)
                                                      : weir::to_string(r.address, r.port));
        if (r.obstacle.empty()) return line(text);
        comment("needs a decision: " + r.obstacle);
        comment(text);
    }

    bool out_;
    std::string text_;
};

/// A [vrrp]; with an obstacle, all its lines are comments.
std::string vrrp_section(const draft_vrrp& v) {
    std::string text =
        fmt::format("\n# {}:{}: {}\n", printable(v.where.file), v.where.line, printable(v.title));
    for (const std::string& why : v.obstacles)
        text += fmt::format("# needs a decision: {}\n", printable(why));
    if (!v.obstacles.empty())
        text += "# Until then this director holds the addresses of services always, whoever else "
                "does.\n";
    for (const std::string& comment : v.comments)
        text += fmt::format("# {}\n", printable(comment));
    const char* const mark = v.obstacles.empty() ? "" : "# ";
    text += fmt::format("{0}[vrrp {1}]\n{0}port     = {2}\n", mark, v.name, v.interface);
    for (const std::string& setting : v.settings)
        text += fmt::format("{}{}\n", mark, setting);
    return text;
}

} // namespace

std::string write(const draft& d, const std::string& source) {
    std::string text = fmt::format("# Imported from {}. Lines that begin with # need a look.\n\n",
                                   printable(source));
    text += "[director]\n"
            "# workers = 1  # CPUs of the workers, which forward packets\n";
    if (!d.timeouts.empty()) text += fmt::format("timeout = {}\n", fmt::join(d.timeouts, " "));
    for (std::size_t i = 0; i < d.interfaces.size(); ++i) {
        text += '\n';
        if (d.interfaces_found)
            text += "# needs a decision: is this where the packets come from?\n";
        text += port_section(d.interfaces[i], i);
    }
    if (!d.comments.empty()) text += '\n';
    for (const std::string& comment : d.comments)
        text += fmt::format("# {}\n", printable(comment));
    for (const draft_vrrp& v : d.vrrps)
        text += vrrp_section(v);
    for (const draft_service& s : d.services)
        text += service_writer(s).text();
    return text;
}

} // namespace weir::importer
