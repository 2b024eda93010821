#pragma once

// The pace of batch lookups.

namespace weir::inline flow {

/// Keys between the prefetch of a bucket and the look into it, in a batch that long: time for a
/// line of memory and its address translation. A bucket looked into early leaves the same to its
/// entry.
inline constexpr unsigned probe_distance = 16;

} // namespace weir::inline flow
