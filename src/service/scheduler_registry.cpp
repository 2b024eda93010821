#include "service/scheduler_registry.h"

#include <dlfcn.h>

#include <algorithm>
#include <deque>

namespace weir::inline service {

namespace {

struct registry {
    std::deque<scheduler_type> types; // addresses stay good while it grows
    std::vector<std::string> errors;  // of built-in schedulers that were kept out
    std::vector<void*> plugins;
};

// Made on first use: built-in schedulers register before main, in no order.
registry& all() {
    static registry instance;
    return instance;
}

std::string quoted(std::string_view word) {
    return "'" + std::string(word) + "'";
}

} // namespace

const scheduler_type* find_scheduler(std::string_view name) {
    const auto& types = all().types;
    const auto found = std::ranges::find(types, name, &scheduler_type::name);
    return found == types.end() ? nullptr : &*found;
}

std::vector<const scheduler_type*> all_schedulers() {
    std::vector<const scheduler_type*> list;
    for (const scheduler_type& type : all().types)
        list.push_back(&type);
    std::ranges::sort(list, {}, [](const auto* type) { return std::string_view(type->name); });
    return list;
}

const std::vector<std::string>& registration_errors() {
    return all().errors;
}

std::string load_plugin(const std::string& path) {
    registry& r = all();
    const std::size_t known = r.types.size();
    const std::size_t errors = r.errors.size(); // those of built-in schedulers stay
    void* plugin = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (plugin == nullptr) {
        const std::string why = dlerror();
        return "cannot load plugin " + (why.find(path) == std::string::npos ? path + ": " : "")
               + why;
    }
    if (std::ranges::find(r.plugins, plugin) != r.plugins.end()) {
        dlclose(plugin); // gives back the second reference
        return {};
    }
    if (r.errors.size() == errors && r.types.size() > known) {
        r.plugins.push_back(plugin);
        return {};
    }
    std::string error =
        "cannot load plugin " + path + ": "
        + (r.errors.size() == errors ? "it registers no scheduler" : r.errors[errors]);
    r.errors.resize(errors);
    r.types.resize(known, scheduler_type{});
    dlclose(plugin);
    return error;
}

} // namespace weir::inline service

// Of the public API, so not of this room's namespace.
bool weir::register_scheduler(const scheduler_type& type) {
    registry& r = all();
    if (type.api != scheduler_api) {
        r.errors.push_back("was built for version " + std::to_string(type.api)
                           + " of the scheduler API, this is version "
                           + std::to_string(scheduler_api) + ": build it again");
        return false;
    }
    if (find_scheduler(type.name) != nullptr) {
        r.errors.push_back("there is already a scheduler named " + quoted(type.name));
        return false;
    }
    r.types.push_back(type);
    return true;
}
