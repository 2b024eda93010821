#include "config/load.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "config/fill.h"
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

/// Problems in the order of an editor: file by file, one line each, from the top. Services that
/// share a wrong line report it once.
void sort(std::vector<problem>& problems, const std::vector<std::string>& files) {
    std::map<std::string_view, std::size_t> order;
    for (const std::string& file : files)
        order.emplace(file, order.size());
    const auto at = [&](const problem& p) {
        return std::pair(order.emplace(p.where.file, order.size()).first->second, p.where.line);
    };
    std::ranges::stable_sort(problems, {}, at);
    std::set<std::pair<place, std::string_view>> seen;
    std::vector<problem> each;
    for (const problem& p : problems)
        if (seen.insert({p.where, p.text}).second) each.push_back(p);
    problems = std::move(each);
}

class loader {
public:
    loader(const std::string& name, const surroundings& around, sources from)
        : around_(around), from_(std::move(from)) {
        config_.file = name;
        config_.director.where = {name, 1};
        config_.director.name = host_name();
    }

    load_result load(const std::string& text) {
        const std::vector<section_kind> kinds{kind_of("director", false, director_keys()),
                                              kind_of("port", true, port_keys()),
                                              kind_of("service", true, service_keys()),
                                              kind_of("defaults", false, defaults_keys()),
                                              kind_of("pool", true, pool_keys()),
                                              kind_of("check", true, check_set_keys()),
                                              kind_of("vrrp", true, vrrp_keys()),
                                              kind_of("peer", true, peer_keys())};
        auto [sections, files] = read_sections(config_.file, text, kinds, from_, problems_);
        config_.files = std::move(files);
        read_what_others_need(sections);
        for (const section& s : sections) {
            if (s.kind == "port") add(config_.ports, s, port_keys());
            if (s.kind == "service") add_service(s);
            if (s.kind == "vrrp") add(config_.vrrps, s, vrrp_keys());
            if (s.kind == "peer") add(config_.peers, s, peer_keys());
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
        validate_routes(config_, unread_, problems_);
        validate_vrrp(config_, unread_, problems_);
        validate_peers(config_, unread_, problems_);
        validate_announcements(config_, problems_);
        check_memory();
        check_schedulers();
        sort(problems_, config_.files);
        load_result result;
        if (problems_.empty()) result.configuration = std::move(config_);
        result.problems = std::move(problems_);
        return result;
    }

private:
    /// Wherever it is in the file: services start from the director's timeouts and from
    /// `[defaults]`, and refer to pools and checks, and pools to checks.
    void read_what_others_need(const std::vector<section>& sections) {
        for (const section& s : sections)
            if (s.kind == "director") fill_.fill(config_.director, s, director_keys());
        load_plugins();
        for (const section& s : sections)
            if (s.kind == "check") add_check(s);
        for (const auto& [name, set] : shared_.checks)
            if (set) config_.named_checks[name] = set->checks;
        for (const section& s : sections)
            if (s.kind == "pool")
                shared_.pools[s.name] =
                    filled(pool{.where = {}, .name = s.name, .shared = &shared_}, s, pool_keys());
        defaults_.timeout = config_.director.timeout;
        defaults_.shared = &shared_;
        for (const section& s : sections)
            if (s.kind == "defaults") fill_.fill(defaults_, s, defaults_keys());
    }

    /// The object with the lines of its section; nothing if one is wrong.
    template <typename T>
    std::optional<T> filled(T object, const section& from, const std::vector<key<T>>& keys) {
        const std::size_t before = problems_.size();
        fill_.fill(object, from, keys);
        if (problems_.size() > before || !from.attempted.empty()) return std::nullopt;
        return object;
    }

    void add_check(const section& from) {
        if (is_check_word(from.name))
            problems_.push_back(
                {from.where, fmt::format("`{}` is {}: give this [check] another name", from.name,
                                         from.name == "none" ? "no check" : "a type of checks")});
        else
            shared_.checks[from.name] =
                filled(check_set{.where = {}, .name = from.name}, from, check_set_keys());
    }

    template <typename T>
    void add(std::vector<T>& all, const section& from, const std::vector<key<T>>& keys) {
        T& object = all.emplace_back();
        object.name = from.name;
        fill_.fill(object, from, keys);
    }

    void add_service(const section& from) {
        service_draft s = defaults_;
        s.name = from.name;
        s.inherited = std::exchange(s.lines, {});
        if (std::ranges::find(from.entries, "check", &entry::key) != from.entries.end()) {
            s.checks.clear();
            s.no_checks = false;
        }
        for (const key<service_draft>& k : defaults_keys())
            if (unread_.contains({defaults_.where, k.name})) unread_.insert({from.where, k.name});
        fill_.fill(s, from, service_keys());
        if (s.fallback) s.fallback->where = place_of(s, "fallback");
        config_.services.push_back(std::move(s));
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
    sources from_;
    configuration config_;
    shared_parts shared_;
    service_draft defaults_;
    unread_keys unread_;
    std::vector<problem> problems_;
    filler fill_{unread_, problems_};
};

} // namespace

load_result load_text(const std::string& name, const std::string& text,
                      const surroundings& around) {
    return loader(name, around, {}).load(text);
}

load_result load(const std::string& path, const surroundings& around) {
    try {
        return loader(path, around, from_disk()).load(read_file(path));
    } catch (const bad_value& e) {
        load_result result;
        result.problems.emplace_back(place{path, 0}, e.what());
        return result;
    }
}

} // namespace weir::config
