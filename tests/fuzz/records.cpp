// Any bytes as what a peer says: the reader stays within them and takes or refuses them alike
// however they are cut, what it takes is written as it came, and a table survives adopting it.

#include <memory>
#include <span>

#include "flow/table.h"
#include "service/server_store.h"
#include "sync/adopter.h"
#include "sync/records.h"
#include "target.h"

namespace weir::fuzz {

namespace {

using octets = std::span<const std::uint8_t>;

const sync::target_name server{{ip_address::v4(192, 0, 2, 100), 80, protocol::tcp},
                               ip_address::v4(198, 51, 100, 11),
                               0,
                               {.mode = forward_mode::nat}};

/// A director that hears it.
struct listener {
    listener() : servers(4, 1), grace(2), names({{servers.take(), server, 1}}) {
        servers.target(1).address = server.address;
        servers.target(1).forward = server.forward;
        grace.go_online(1);
        flows = std::make_unique<flow_table>(flow_table::settings{.capacity = 16,
                                                                  .workers = 2,
                                                                  .adopter = 1,
                                                                  .grace = &grace,
                                                                  .targets = servers.targets(),
                                                                  .hasher = {},
                                                                  .now = 1000});
        adopter = std::make_unique<sync::adopter>(*flows, servers, 1);
        adopter->begin({{1}, 200, "peer"});
    }
    server_store servers;
    grace_periods grace;
    sync::name_map names;
    std::unique_ptr<flow_table> flows;
    std::unique_ptr<sync::adopter> adopter;
};

std::vector<sync::record> conversation() {
    const flow_key key{ip_address::v4(203, 0, 113, 7), ip_address::v4(192, 0, 2, 100),
                       be16::from_host(4711), be16::from_host(80), 6};
    flow_key network = key;
    network.proto = 0;
    return {sync::target{1, server},
            sync::flow{.slot = 7,
                       .key = network,
                       .state = flow_state::template_assured,
                       .timeout = 300,
                       .target = 1},
            sync::flow{.slot = 8,
                       .key = key,
                       .state = flow_state::established,
                       .timeout = 900,
                       .target = 1,
                       .control = 7},
            sync::mark{1, true},
            sync::flow{
                .slot = 8, .key = key, .state = flow_state::fin_wait, .timeout = 120, .target = 1},
            sync::gone{8},
            sync::mark{2, true}};
}

} // namespace

std::vector<std::string> seeds() {
    std::vector<std::string> all;
    const auto add = [&](const std::vector<sync::record>& records) {
        sync::bytes bytes;
        for (const sync::record& r : records)
            sync::write(bytes, r);
        all.emplace_back(bytes.begin(), bytes.end());
    };
    add(conversation());
    add({sync::hello{{1, 2, 3}, 1'000'000, "lb-1"}, sync::file_print{7}, sync::unknown{5},
         sync::again{0}, sync::ack{1, 2}, sync::bye{}});
    return all;
}

} // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weir;
    using namespace weir::fuzz;
    const octets all{data, size};
    listener peer;
    sync::bytes answers;
    for (std::size_t at = 0; at < size;) {
        sync::record record;
        const sync::reading got = sync::read(all.subspan(at), record);
        require(got.size == 0 || got.wrong.empty(), "a record is whole or wrong");
        if (got.size == 0) break;
        require(got.size <= sync::longest_record && got.size <= size - at, "it lies within");
        sync::bytes again;
        sync::write(again, record);
        sync::record same;
        require(sync::read(again, same).size == again.size() && same == record,
                "it is written as it was read");
        peer.adopter->take(record, answers, peer.names, 1000);
        at += got.size;
    }
    peer.adopter->lost();
    while (!peer.adopter->settle(1001)) {
    }
    const server_load& load = peer.servers.load(1);
    for (std::uint32_t now = 1000; now < 70'000 && peer.flows->size() != 0; now += 30)
        peer.flows->expire(1, now, 1000, [&](flow_entry& e, flow_state last) {
            if (e.is_template())
                peer.servers.template_closed(e.target);
            else
                peer.servers.closed(e.target, is_active(last));
        });
    require(load.active + load.inactive == peer.flows->size() - peer.servers.templates(1),
            "counts follow");
    return 0;
}
