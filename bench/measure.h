#pragma once

// Times of many equal pieces of work, and their statistics.

#include <algorithm>
#include <array>
#include <bit>
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

    /// In nanoseconds; `share` 0..1. 0 if there are none.
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

inline double cycles_to_ns(double cycles) {
    return cycles * 1e9 / static_cast<double>(rte_get_tsc_hz());
}

/// An unlimited number of times, counted in classes 3 % wide, so that hours of them take no memory.
/// The maximum is exact.
class histogram {
public:
    void add(std::uint64_t cycles) {
        ++counts_[place_of(cycles)];
        ++total_;
        if (cycles > longest_) longest_ = cycles;
    }
    std::uint64_t count() const { return total_; }
    double longest_ns() const { return cycles_to_ns(static_cast<double>(longest_)); }
    /// In nanoseconds; `share` 0..1.
    double quantile_ns(double share) const {
        const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < counts_.size(); ++i)
            if ((seen += counts_[i]) > wanted) return cycles_to_ns(static_cast<double>(end_of(i)));
        return longest_ns();
    }
    std::uint64_t longer_than_ns(double ns) const {
        const auto limit = static_cast<std::uint64_t>(ns_to_cycles(ns));
        std::uint64_t sum = 0;
        for (std::size_t i = place_of(limit) + 1; i < counts_.size(); ++i)
            sum += counts_[i];
        return sum;
    }

private:
    static constexpr unsigned fine = 5; ///< 32 classes for each power of two

    static std::size_t place_of(std::uint64_t value) {
        if (value < 1u << fine) return value;
        const auto power = static_cast<unsigned>(std::bit_width(value)) - fine - 1;
        return (std::size_t{power + 1} << fine) + ((value >> power) & ((1u << fine) - 1));
    }
    static std::uint64_t end_of(std::size_t place) {
        if (place < 1u << fine) return place;
        const std::size_t power = (place >> fine) - 1;
        return ((std::uint64_t{1} << fine | (place & ((1u << fine) - 1))) + 1) << power;
    }

    std::array<std::uint64_t, 60u << fine> counts_{};
    std::uint64_t total_ = 0;
    std::uint64_t longest_ = 0;
};

} // namespace weir::bench
