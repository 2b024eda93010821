#pragma once

// Puts the lines of a section into an object, by the table of its keys (config/sections.h). A wrong
// value becomes a problem and marks its key as unread. Control core.

#include <algorithm>
#include <ranges>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "config/problem.h"
#include "config/sections.h"
#include "config/validate.h"
#include "config/values.h"

namespace weir::config {

class filler {
public:
    filler(unread_keys& unread, std::vector<problem>& problems)
        : unread_(unread), problems_(problems) {}

    template <typename T>
    void fill(T& object, const section& from, const std::vector<key<T>>& keys) {
        object.where = from.where;
        for (const std::string& key : from.attempted)
            unread_.insert({from.where, key});
        for (const entry& e : from.entries)
            set(object, e, *std::ranges::find(keys, e.key, &key<T>::name));
        for (const key<T>& k : keys)
            if (!k.needed_as.empty() && !object.lines.contains(k.name)
                && !unread_.contains({from.where, k.name}))
                problems_.push_back(
                    {from.where, fmt::format("[{} {}] has no `{}`: write `{}`", from.kind,
                                             from.name, k.name, k.needed_as)});
    }

private:
    template <typename T>
    void set(T& object, const entry& e, const key<T>& k) {
        try {
            k.set(object, e.value);
            object.lines[e.key].push_back(e.where);
            if constexpr (requires { object.servers; }) place_new(object.servers, e.where);
            if constexpr (requires { object.routes; }) place_new(object.routes, e.where);
        } catch (const bad_value& wrong) {
            unread_.insert({object.where, e.key});
            for (const std::string& reason : wrong.reasons)
                problems_.push_back({e.where, fmt::format("{}: {}", e.key, reason)});
        }
    }

    /// Those that the last line has added.
    template <typename Part>
    static void place_new(std::vector<Part>& parts, const place& where) {
        for (Part& part : std::views::reverse(parts)) {
            if (part.where.line != 0) break;
            part.where = where;
        }
    }

    unread_keys& unread_;
    std::vector<problem>& problems_;
};

} // namespace weir::config
