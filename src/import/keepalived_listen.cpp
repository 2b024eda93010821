// Where a virtual server listens: `virtual_server ADDRESS PORT`, `group NAME`, `fwmark N`, and its
// `protocol`.

#include <algorithm>

#include <fmt/format.h>

#include "config/problem.h"
#include "import/keepalived_parts.h"

namespace weir::importer {

namespace {

using config::in_quotes;

class listen_reader {
public:
    listen_reader(const statement& block, const statement* protocol, const server_groups& groups)
        : block_(block), protocol_(protocol), groups_(groups) {}

    listeners run() {
        if (block_.value() == "fwmark")
            firewall_mark();
        else if (block_.value() == "group")
            group(read_protocol());
        else
            address(read_protocol());
        return std::move(found_);
    }

private:
    void hinder(const place& where, std::string why) {
        found_.obstacles.push_back({where, verdict::decision, std::move(why)});
    }

    void firewall_mark() {
        found_.name = "fwmark-" + block_.value(1);
        hinder(block_.where, fmt::format("fwmark {}: weir knows no firewall marks: give a `listen` "
                                         "for what the firewall marks",
                                         block_.value(1)));
    }
    void address(protocol proto) {
        const auto address = parse_address(block_.value());
        const auto port = port_number(block_.value(1));
        if (!address)
            hinder(block_.where, fmt::format("{} is not an IP address", in_quotes(block_.value())));
        else if (!port)
            hinder(block_.where, fmt::format("{} is not a port", in_quotes(block_.value(1))));
        else
            found_.all.push_back({*address, *port, proto});
    }
    void group(protocol proto) {
        const std::string name = block_.value(1);
        const auto at = groups_.find(name);
        if (at == groups_.end())
            return hinder(block_.where,
                          fmt::format("there is no virtual_server_group {}", in_quotes(name)));
        found_.name = name;
        for (const group_member& m : at->second.members)
            found_.all.push_back({m.address, m.port, proto});
        found_.comments = at->second.obstacles;
        if (found_.all.empty())
            hinder(block_.where, fmt::format("group {} has no address weir can have", name));
    }

    protocol read_protocol() {
        std::string word = protocol_ == nullptr ? "" : protocol_->value();
        std::ranges::transform(word, word.begin(), [](unsigned char c) {
            return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        });
        if (word == "TCP") return protocol::tcp;
        if (word == "UDP") return protocol::udp;
        if (word == "SCTP") return protocol::sctp;
        found_.no_protocol = true;
        if (protocol_ == nullptr)
            hinder(block_.where, "no protocol: keepalived takes UDP, which few mean: write /tcp or "
                                 "/udp, and take the # away");
        else
            hinder(protocol_->where,
                   fmt::format("protocol {}: TCP, UDP or SCTP", in_quotes(protocol_->value())));
        return protocol::udp;
    }

    const statement& block_;
    const statement* protocol_;
    const server_groups& groups_;
    listeners found_;
};

} // namespace

listeners read_listeners(const statement& virtual_server, const statement* protocol,
                         const server_groups& groups) {
    return listen_reader(virtual_server, protocol, groups).run();
}

} // namespace weir::importer
