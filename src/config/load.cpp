#include "config/load.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <unistd.h>

#include "config/reader.h"
#include "config/sections.h"
#include "config/validate.h"
#include "config/values.h"

namespace weir::config {

namespace {

template <typename T>
section_kind kind_of(std::string name, bool named, const std::vector<key<T>>& keys) {
    section_kind kind{std::move(name), named, {}, {}};
    for (const key<T>& k : keys) {
        kind.keys.push_back(k.name);
        if (k.repeated) kind.repeated.push_back(k.name);
    }
    return kind;
}

template <typename T>
void fill(T& object, const section& from, const std::vector<key<T>>& keys,
          std::vector<problem>& problems) {
    object.where = from.where;
    for (const entry& e : from.entries) {
        const auto k = std::find_if(keys.begin(), keys.end(),
                                    [&](const key<T>& each) { return each.name == e.key; });
        try {
            k->set(object, e);
        } catch (const bad_value& wrong) {
            problems.push_back({e.where, fmt::format("{}: {}", e.key, wrong.what())});
        }
    }
}

std::string host_name() {
    char name[65] = "";
    gethostname(name, sizeof name - 1);
    return name;
}

void load_plugins(const section& from, const surroundings& around, std::vector<problem>& problems) {
    for (const entry& e : from.entries) {
        if (e.key != "plugin" || !around.load_plugin) continue;
        const std::string wrong = around.load_plugin(e.value);
        if (!wrong.empty()) problems.push_back({e.where, fmt::format("plugin: {}", wrong)});
    }
}

} // namespace

load_result load_text(const std::string& name, const std::string& text,
                      const surroundings& around) {
    load_result result;
    std::vector<problem>& problems = result.problems;
    const std::vector<section_kind> kinds{kind_of("director", false, director_keys()),
                                          kind_of("port", true, port_keys()),
                                          kind_of("service", true, service_keys())};
    const std::vector<section> sections = read_sections(name, text, kinds, problems);
    configuration c;
    c.file = name;
    c.director.name = host_name();
    // The director first, wherever it stands: services begin with its timeouts.
    for (const section& s : sections) {
        if (s.kind != "director") continue;
        fill(c.director, s, director_keys(), problems);
        load_plugins(s, around, problems);
    }
    for (const section& s : sections) {
        if (s.kind == "port") {
            c.ports.emplace_back().name = s.name;
            fill(c.ports.back(), s, port_keys(), problems);
        } else if (s.kind == "service") {
            c.services.emplace_back().name = s.name;
            c.services.back().timeout = c.director.timeout;
            fill(c.services.back(), s, service_keys(), problems);
        }
    }
    validate(c, around.schedulers ? around.schedulers() : std::vector<std::string>{}, problems);
    std::stable_sort(problems.begin(), problems.end(), [](const problem& a, const problem& b) {
        return a.where.line < b.where.line;
    });
    if (problems.empty()) result.configuration = std::move(c);
    return result;
}

load_result load(const std::string& path, const surroundings& around) {
    std::ifstream file(path);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) {
        load_result result;
        result.problems.push_back(
            {{path, 0}, fmt::format("cannot be read: {}", std::strerror(errno))});
        return result;
    }
    return load_text(path, text.str(), around);
}

} // namespace weir::config
