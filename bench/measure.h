#pragma once

// Times of many equal pieces of work, and what is said of them.

#include <algorithm>
#include <cstdint>
#include <vector>

#include <rte_cycles.h>

namespace weir::bench {

class samples {
public:
    /// `cycles` for `units` packets, connections, ...
    void add(std::uint64_t cycles, unsigned units) {
        if (units == 0) return;
        per_unit_.push_back(static_cast<double>(cycles) / units);
    }
    void add(const samples& other) {
        per_unit_.insert(per_unit_.end(), other.per_unit_.begin(), other.per_unit_.end());
    }
    std::size_t size() const { return per_unit_.size(); }
    bool empty() const { return per_unit_.empty(); }

    /// In nanoseconds; `share` 0..1. 0 when there are none.
    double quantile_ns(double share) {
        if (per_unit_.empty()) return 0;
        const auto at =
            static_cast<std::ptrdiff_t>(share * static_cast<double>(per_unit_.size() - 1));
        std::nth_element(per_unit_.begin(), per_unit_.begin() + at, per_unit_.end());
        return per_unit_[static_cast<std::size_t>(at)] * 1e9
               / static_cast<double>(rte_get_tsc_hz());
    }
    double min_ns() { return quantile_ns(0); }
    double median_ns() { return quantile_ns(0.5); }

private:
    std::vector<double> per_unit_;
};

inline double ns_to_cycles(double ns) {
    return ns * static_cast<double>(rte_get_tsc_hz()) / 1e9;
}

} // namespace weir::bench
