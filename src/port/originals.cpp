#include "port/originals.h"

#include <exception>
#include <fstream>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "port/kernel_interface.h"

namespace weir::port {

namespace {

std::string identity_of(const std::string& interface) {
    std::string boot;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
    return fmt::format("{} {}", boot, interface_index(interface));
}

} // namespace

originals::originals(const std::string& state_dir, const std::string& interface,
                     std::function<void(const std::string&)> warn)
    : file_(state_dir, "interface-" + interface), warn_(std::move(warn)),
      identity_(identity_of(interface)) {
    try {
        const auto text = file_.read();
        if (!text) return;
        std::istringstream lines(*text);
        std::string line;
        if (!std::getline(lines, line) || line != identity_) return;
        while (std::getline(lines, line))
            if (const auto space = line.find(' '); space != std::string::npos)
                values_[line.substr(0, space)] = line.substr(space + 1);
    } catch (const std::exception& e) {
        warn_(e.what());
    }
}

std::string originals::before(const std::string& setting, const std::string& now) {
    const auto [value, fresh] = values_.try_emplace(setting, now);
    if (fresh) save();
    return value->second;
}

void originals::save() {
    std::string text = identity_ + '\n';
    for (const auto& [setting, value] : values_)
        text += fmt::format("{} {}\n", setting, value);
    try {
        file_.write(text);
    } catch (const std::exception& e) {
        if (auto warn = std::exchange(warn_, {}))
            warn(fmt::format("{}: after a crash the settings of the interface are not restored",
                             e.what()));
    }
}

void originals::forget() {
    values_.clear();
    file_.remove();
}

} // namespace weir::port
