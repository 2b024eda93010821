#include "config/load.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

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

std::string host_name() {
    std::array<char, 65> name{}; // Linux: at most 64
    gethostname(name.data(), name.size() - 1);
    return name.data();
}

/// Problems in the order of an editor: one line each, from the top.
void sort(std::vector<problem>& problems) {
    std::stable_sort(problems.begin(), problems.end(), [](const problem& a, const problem& b) {
        return a.where.line < b.where.line;
    });
}

class loader {
public:
    loader(const std::string& name, const surroundings& around) : around_(around) {
        config_.file = name;
        config_.director.where = {name, 1};
        config_.director.name = host_name();
    }

    load_result load(const std::string& text) {
        const std::vector<section_kind> kinds{
            kind_of("director", false, director_keys()), kind_of("port", true, port_keys()),
            kind_of("service", true, service_keys()), kind_of("vrrp", true, vrrp_keys()),
            kind_of("peer", true, peer_keys())};
        const auto sections = read_sections(config_.file, text, kinds, problems_);
        // The director first, wherever it is in the file: services start from its timeouts.
        for (const section& s : sections)
            if (s.kind == "director") fill(config_.director, s, director_keys());
        load_plugins();
        for (const section& s : sections) {
            if (s.kind == "port") add_port(s);
            if (s.kind == "service") add_service(s);
            if (s.kind == "vrrp") add_vrrp(s);
            if (s.kind == "peer") add_peer(s);
        }
        const bool all_understood = std::all_of(sections.begin(), sections.end(),
                                                [](const section& s) { return !s.kind.empty(); });
        if (config_.ports.empty() && all_understood && (!sections.empty() || problems_.empty()))
            problems_.push_back(
                {config_.director.where, "no port: a director needs at least one `[port NAME]`"});
        validate(config_, unread_, problems_);
        validate_checks(config_, unread_, problems_);
        validate_names(config_, problems_);
        validate_addresses(config_, problems_);
        validate_vrrp(config_, unread_, problems_);
        validate_peers(config_, unread_, problems_);
        check_memory();
        check_schedulers();
        sort(problems_);
        load_result result;
        if (problems_.empty()) result.configuration = std::move(config_);
        result.problems = std::move(problems_);
        return result;
    }

private:
    template <typename T>
    void fill(T& object, const section& from, const std::vector<key<T>>& keys) {
        object.where = from.where;
        for (const std::string& key : from.attempted)
            unread_.insert({from.where.line, key});
        for (const entry& e : from.entries) {
            const auto k = std::find_if(keys.begin(), keys.end(),
                                        [&](const key<T>& each) { return each.name == e.key; });
            try {
                k->set(object, e.value);
                object.lines[e.key].push_back(e.where.line);
            } catch (const bad_value& wrong) {
                unread_.insert({from.where.line, e.key});
                for (const std::string& reason : wrong.reasons)
                    problems_.push_back({e.where, fmt::format("{}: {}", e.key, reason)});
            }
        }
        for (const key<T>& k : keys)
            if (!k.needed_as.empty() && !object.lines.contains(k.name)
                && !unread_.contains({from.where.line, k.name}))
                problems_.push_back(
                    {from.where, fmt::format("[{} {}] has no `{}`: write `{}`", from.kind,
                                             from.name, k.name, k.needed_as)});
    }

    void add_port(const section& from) {
        port& p = config_.ports.emplace_back();
        p.name = from.name;
        fill(p, from, port_keys());
    }

    void add_service(const section& from) {
        service& s = config_.services.emplace_back();
        s.name = from.name;
        s.timeout = config_.director.timeout;
        fill(s, from, service_keys());
        for (std::size_t i = 0; i < s.servers.size(); ++i)
            s.servers[i].where = place_of(s, "server", i);
        if (s.fallback) s.fallback->where = place_of(s, "fallback");
    }

    void add_vrrp(const section& from) {
        vrrp& v = config_.vrrps.emplace_back();
        v.name = from.name;
        fill(v, from, vrrp_keys());
    }

    void add_peer(const section& from) {
        peer& p = config_.peers.emplace_back();
        p.name = from.name;
        fill(p, from, peer_keys());
    }

    void load_plugins() {
        if (!around_.load_plugin) return;
        const director& d = config_.director;
        for (std::size_t i = 0; i < d.plugins.size(); ++i) {
            const std::string wrong = around_.load_plugin(d.plugins[i]);
            if (!wrong.empty())
                problems_.push_back({place_of(d, "plugin", i), fmt::format("plugin: {}", wrong)});
        }
    }

    void check_memory() {
        const director& d = config_.director;
        if (around_.memory != 0 && d.memory > around_.memory)
            problems_.push_back(
                {place_of(d, "memory"),
                 fmt::format("memory: {} MiB is more than this machine has: give less than {}",
                             d.memory, around_.memory)});
    }

    void check_schedulers() {
        if (!around_.schedulers) return;
        const std::vector<std::string> known = around_.schedulers();
        for (const service& s : config_.services) {
            std::string wrong;
            if (std::find(known.begin(), known.end(), s.scheduler) == known.end())
                wrong = fmt::format("there is no scheduler {}; {}", in_quotes(s.scheduler),
                                    suggestion(s.scheduler, known));
            else if (!s.scheduler_options.empty() && around_.check_options)
                wrong = around_.check_options(s.scheduler, s.scheduler_options);
            if (!wrong.empty())
                problems_.push_back(
                    {place_of(s, "scheduler"), fmt::format("scheduler: {}", wrong)});
        }
    }

    const surroundings& around_;
    configuration config_;
    unread_keys unread_;
    std::vector<problem> problems_;
};

} // namespace

load_result load_text(const std::string& name, const std::string& text,
                      const surroundings& around) {
    return loader(name, around).load(text);
}

load_result load(const std::string& path, const surroundings& around) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"),
                                                               std::fclose);
    std::string text;
    std::array<char, 1 << 16> piece;
    while (file) {
        const std::size_t length = std::fread(piece.data(), 1, piece.size(), file.get());
        if (length == 0) break;
        text.append(piece.data(), length);
    }
    if (file && std::ferror(file.get()) == 0) return load_text(path, text, around);
    load_result result;
    result.problems.emplace_back(place{path, 0},
                                 fmt::format("cannot be read: {}", std::strerror(errno)));
    return result;
}

} // namespace weir::config
