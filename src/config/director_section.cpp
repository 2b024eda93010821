#include "config/sections.h"
#include "config/values.h"

#include <unistd.h>

namespace weir::config {

const std::vector<key<director>>& director_keys() {
    static const std::vector<key<director>> keys{
        {"name", false, [](director& d, const entry& e) { d.name = e.value; }},
        {"control", false,
         [](director& d, const entry& e) {
             d.control = static_cast<unsigned>(number(e.value, 0, 1023));
         }},
        {"workers", false, [](director& d, const entry& e) { d.workers = cpu_list(e.value); }},
        {"idle", false,
         [](director& d, const entry& e) {
             d.idle = one_of(e.value, {"poll", "adaptive"}) == "poll" ? idle_mode::poll
                                                                      : idle_mode::adaptive;
         }},
        {"memory", false,
         [](director& d, const entry& e) {
             d.memory = static_cast<unsigned>(number(e.value, 64, 1 << 20));
         }},
        {"connections", false,
         [](director& d, const entry& e) {
             d.connections = static_cast<std::uint32_t>(number(e.value, 64, 1 << 28));
         }},
        {"run-dir", false,
         [](director& d, const entry& e) {
             if (e.value.front() != '/')
                 throw bad_value("`run-dir` is an absolute path, as /run/weir");
             d.run_dir = e.value;
         }},
        {"log", false,
         [](director& d, const entry& e) {
             const std::vector<std::string> levels{"error", "warning", "info", "debug"};
             const std::string level = one_of(e.value, levels);
             for (std::size_t i = 0; i < levels.size(); ++i)
                 if (levels[i] == level) d.log = static_cast<log_level>(i);
         }},
        {"drain-timeout", false,
         [](director& d, const entry& e) { d.drain_timeout = seconds(e.value, 0, 604800); }},
        {"plugin", true, [](director& d, const entry& e) { d.plugins.push_back(e.value); }},
        {"timeout", true, [](director& d, const entry& e) { set_timeouts(d.timeout, e.value); }},
    };
    return keys;
}

} // namespace weir::config
