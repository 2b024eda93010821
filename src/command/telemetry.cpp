#include "command/telemetry.h"

#include <mutex>

#include <nlohmann/json.hpp>
#include <rte_telemetry.h>
#include <rte_version.h>

namespace weir::command::telemetry {

namespace {

using nlohmann::json;

// DPDK takes a plain function and never gives it back: what it reads lives as long as the process.
std::mutex lock;
json latest = json::object();

// DPDK 23.03 gave this a new name.
#if RTE_VERSION >= RTE_VERSION_NUM(23, 3, 0, 0)
constexpr auto add_number = rte_tel_data_add_dict_uint;
#else
constexpr auto add_number = rte_tel_data_add_dict_u64;
#endif

void add_members(rte_tel_data* to, const json& object) {
    for (const auto& [name, value] : object.items()) {
        if (value.is_number_integer())
            add_number(to, name.c_str(), value.get<std::uint64_t>());
        else if (value.is_string())
            rte_tel_data_add_dict_string(to, name.c_str(), value.get<std::string>().c_str());
        if (!value.is_object()) continue;
        rte_tel_data* const inner = rte_tel_data_alloc();
        if (inner == nullptr) return;
        rte_tel_data_start_dict(inner);
        add_members(inner, value);
        rte_tel_data_add_dict_container(to, name.c_str(), inner, 0);
    }
}

int answer_status(const char*, const char*, rte_tel_data* answer) {
    const std::lock_guard guard(lock);
    rte_tel_data_start_dict(answer);
    add_members(answer, latest);
    return 0;
}

} // namespace

void announce() {
    static const bool once = [] {
        rte_telemetry_register_cmd("/weir/status", answer_status,
                                   "The director's books, workers and table. No parameters.");
        return true;
    }();
    static_cast<void>(once);
}

void publish(json status) {
    const std::lock_guard guard(lock);
    latest = std::move(status);
}

} // namespace weir::command::telemetry
