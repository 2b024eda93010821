#pragma once

// The names of the members of requests and answers on the control socket (command/commands.h says
// how they travel). The director writes them, weirctl reads them, and both take them from here: a
// name that changes on one side only does not compile. A member's name and its constant are equal;
// a name that is used by several commands stands with the first. Scripts read these names too
// (`weirctl ... --json`): changing one breaks them.

namespace weir::message::key {

// A request, and the last line of an answer.
inline constexpr const char* command = "command";
inline constexpr const char* done = "done";
inline constexpr const char* error = "error";
inline constexpr const char* problems = "problems";

// Arguments.
inline constexpr const char* client = "client";
inline constexpr const char* limit = "limit";
inline constexpr const char* servers = "servers";

// What a command has changed.
inline constexpr const char* changed = "changed";
inline constexpr const char* text = "text"; // for the operator: what became of the server

// changes.
inline constexpr const char* change = "change";
inline constexpr const char* weight_in_file = "weight_in_file";
inline constexpr const char* weight_since = "weight_since";
inline constexpr const char* disabled = "disabled";
inline constexpr const char* line = "line";
inline constexpr const char* added = "added";

// list.
inline constexpr const char* director = "director";
inline constexpr const char* version = "version";
inline constexpr const char* size = "size";
inline constexpr const char* service = "service";
inline constexpr const char* server = "server";
inline constexpr const char* name = "name";
inline constexpr const char* removed = "removed";
inline constexpr const char* listen = "listen";
inline constexpr const char* scheduler = "scheduler";
inline constexpr const char* options = "options";
inline constexpr const char* persistence = "persistence";
inline constexpr const char* prefix = "prefix";
inline constexpr const char* one_packet = "one_packet";
inline constexpr const char* totals = "totals";
inline constexpr const char* rates = "rates";
inline constexpr const char* address = "address";
inline constexpr const char* port = "port";
inline constexpr const char* encap = "encap";
inline constexpr const char* forward = "forward";
inline constexpr const char* weight = "weight";
inline constexpr const char* base_weight = "base_weight";
inline constexpr const char* share = "share";
inline constexpr const char* in_file = "in_file";
inline constexpr const char* configured_weight = "configured_weight";
inline constexpr const char* state = "state";
inline constexpr const char* why = "why";   // an array of words; empty = it gets connections
inline constexpr const char* used = "used"; // by its checks it may be down, held or unproven
inline constexpr const char* overloaded = "overloaded";
inline constexpr const char* fallback = "fallback";
inline constexpr const char* route = "route";
inline constexpr const char* persistent = "persistent";
inline constexpr const char* active = "active";
inline constexpr const char* inactive = "inactive";
inline constexpr const char* upper = "upper";
inline constexpr const char* lower = "lower";

// Totals and rates.
inline constexpr const char* connections = "connections";
inline constexpr const char* in_packets = "in_packets";
inline constexpr const char* out_packets = "out_packets";
inline constexpr const char* in_bytes = "in_bytes";
inline constexpr const char* out_bytes = "out_bytes";

// connections.
inline constexpr const char* protocol = "protocol";
inline constexpr const char* expires = "expires";
inline constexpr const char* virtual_address = "virtual";

// checks.
inline constexpr const char* checks = "checks";
inline constexpr const char* count = "count";
inline constexpr const char* under_way = "under_way";
inline constexpr const char* programs = "programs";
inline constexpr const char* waiting = "waiting";
inline constexpr const char* turns = "turns";
inline constexpr const char* unable = "unable";
inline constexpr const char* most_late_us = "most_late_us";
inline constexpr const char* server_port = "server_port";
inline constexpr const char* type = "type";
inline constexpr const char* asked = "asked";
inline constexpr const char* server_state = "server_state";
inline constexpr const char* answer = "answer";
inline constexpr const char* since = "since";
inline constexpr const char* latency_us = "latency_us";
inline constexpr const char* held_ms = "held_ms";

// neighbours and schedulers.
inline constexpr const char* mac = "mac";
inline constexpr const char* idle = "idle";
inline constexpr const char* summary = "summary";

// status.
inline constexpr const char* uptime = "uptime";
inline constexpr const char* services = "services";
inline constexpr const char* quorum = "quorum";
inline constexpr const char* quorum_weight = "quorum_weight";
inline constexpr const char* quorum_up = "quorum_up";
inline constexpr const char* without_quorum = "without_quorum"; ///< services
inline constexpr const char* neighbours = "neighbours";
inline constexpr const char* books = "books";
inline constexpr const char* table = "table";
inline constexpr const char* flows = "flows";
inline constexpr const char* capacity = "capacity";
inline constexpr const char* bytes = "bytes";
inline constexpr const char* page_size = "page_size";
inline constexpr const char* workers = "workers";
inline constexpr const char* number = "number";
inline constexpr const char* cpu = "cpu";
inline constexpr const char* busy = "busy";
inline constexpr const char* busy_percent = "busy_percent";
inline constexpr const char* inbox = "inbox";
inline constexpr const char* inbox_size = "inbox_size";
inline constexpr const char* timers_behind = "timers_behind";
inline constexpr const char* control = "control";
inline constexpr const char* ports = "ports";
inline constexpr const char* config = "config";
inline constexpr const char* file = "file";
inline constexpr const char* loaded = "loaded";
inline constexpr const char* reloads = "reloads";
inline constexpr const char* changes = "changes"; ///< that a reload would make, `change` each
inline constexpr const char* restart = "restart"; ///< what needs one
inline constexpr const char* last_error = "last_error";

// status: the books.
inline constexpr const char* rx = "rx";
inline constexpr const char* tx = "tx";
inline constexpr const char* twin = "twin";
inline constexpr const char* drops = "drops";
inline constexpr const char* from_linux = "from_linux";
inline constexpr const char* linux_sent = "linux_sent";
inline constexpr const char* linux_lost = "linux_lost";
inline constexpr const char* generated = "generated";
inline constexpr const char* generated_lost = "generated_lost";
inline constexpr const char* withheld = "withheld";
inline constexpr const char* claimed = "claimed";
inline constexpr const char* handed_over = "handed_over";
inline constexpr const char* table_full = "table_full";
inline constexpr const char* over_share = "over_share";
inline constexpr const char* displaced = "displaced";
inline constexpr const char* passed_over = "passed_over"; // while VIPs change hands

// status: ports.
inline constexpr const char* device = "device";
inline constexpr const char* twin_trouble = "twin_trouble"; // what somebody removed of it
inline constexpr const char* link = "link";
inline constexpr const char* members = "members"; // of a bond
inline constexpr const char* carries = "carries"; // packets may leave through the member
inline constexpr const char* offloads = "offloads";
inline constexpr const char* speed = "speed";
inline constexpr const char* mtu = "mtu";
inline constexpr const char* vlan = "vlan";
inline constexpr const char* rx_queues = "rx_queues";
inline constexpr const char* tx_queues = "tx_queues";
inline constexpr const char* device_stats = "device_stats";
inline constexpr const char* rx_packets = "rx_packets";
inline constexpr const char* rx_bytes = "rx_bytes";
inline constexpr const char* rx_missed = "rx_missed";
inline constexpr const char* rx_errors = "rx_errors";
inline constexpr const char* rx_no_buffer = "rx_no_buffer";
inline constexpr const char* tx_packets = "tx_packets";
inline constexpr const char* tx_bytes = "tx_bytes";
inline constexpr const char* tx_errors = "tx_errors";

// trace and capture: what is asked for; `client`, `server`, `port` and `limit` as above.
inline constexpr const char* vip = "vip";
inline constexpr const char* dropped = "dropped"; // a reason; "" = any
inline constexpr const char* seconds = "seconds";
inline constexpr const char* rate = "rate";       // packets a second of one worker
inline constexpr const char* snap = "snap";       // bytes of a frame
inline constexpr const char* program = "program"; // BPF, an instruction "CODE JT JF K" each

// trace: one packet.
inline constexpr const char* time_ns = "time_ns"; // since 1970
inline constexpr const char* worker = "worker";
inline constexpr const char* when = "when";
inline constexpr const char* from = "from";
inline constexpr const char* kind = "kind";
inline constexpr const char* source = "source";
inline constexpr const char* destination = "destination";
inline constexpr const char* flags = "flags";
inline constexpr const char* length = "length";
inline constexpr const char* flow = "flow";
inline constexpr const char* flow_after = "flow_after";
inline constexpr const char* direction = "direction";
inline constexpr const char* silent = "silent";
inline constexpr const char* choice = "choice";
inline constexpr const char* new_template = "new_template";
inline constexpr const char* end = "end";
inline constexpr const char* reason = "reason";
inline constexpr const char* answered = "answered";
inline constexpr const char* out_port = "out_port";
inline constexpr const char* next_hop = "next_hop";
inline constexpr const char* pieces = "pieces";
inline constexpr const char* left = "left";
inline constexpr const char* tunnel = "tunnel";

// capture: one frame. Both: how many were not shown.
inline constexpr const char* outbound = "outbound";
inline constexpr const char* comment = "comment";
inline constexpr const char* data = "data";           // base64
inline constexpr const char* lost = "lost";           // no room on the way
inline constexpr const char* over_rate = "over_rate"; // above the rate

// status: other holders of VIPs. The rest of their members are those of neighbours and checks.
inline constexpr const char* rivals = "rivals";
inline constexpr const char* seen = "seen";
inline constexpr const char* claims = "claims";

// status: VRRP.
inline constexpr const char* vrrp = "vrrp";
inline constexpr const char* vrrp_lateness = "vrrp_lateness";
inline constexpr const char* group = "group";
inline constexpr const char* id = "id";
inline constexpr const char* priority = "priority";
inline constexpr const char* configured_priority = "configured_priority";
inline constexpr const char* waits_for = "waits_for";
inline constexpr const char* tracked = "tracked";
inline constexpr const char* effect = "effect";
inline constexpr const char* addresses = "addresses";
inline constexpr const char* transitions = "transitions";
inline constexpr const char* splits = "splits";
inline constexpr const char* sent = "sent";
inline constexpr const char* unsent = "unsent";
inline constexpr const char* heard = "heard";
inline constexpr const char* announced = "announced";
inline constexpr const char* other_addresses = "other_addresses";
inline constexpr const char* refused = "refused";

// status: peers.
inline constexpr const char* peers = "peers";
inline constexpr const char* in_step = "in_step";
inline constexpr const char* tells = "tells";
inline constexpr const char* listens = "listens";
inline constexpr const char* lag = "lag_ms";
inline constexpr const char* filled = "filled";
inline constexpr const char* told = "told";
inline constexpr const char* adopted = "adopted";
inline constexpr const char* no_room_there = "no_room_there";
inline constexpr const char* no_room_here = "no_room_here";
inline constexpr const char* unknown_there = "unknown_there";
inline constexpr const char* unknown_here = "unknown_here";
inline constexpr const char* first_unknown = "first_unknown";
inline constexpr const char* files_differ = "files_differ";
inline constexpr const char* losses = "losses";
inline constexpr const char* heartbeat_links = "links";
inline constexpr const char* up = "up";
inline constexpr const char* silent_ms = "silent_ms";
inline constexpr const char* round_trip_us = "round_trip_us";
inline constexpr const char* trouble = "trouble";

} // namespace weir::message::key
