#pragma once

// The distance between prefetch and use in batch lookups.

namespace weir::inline flow {

/// In a batch of this many keys or more: the number of keys between the prefetch of a bucket and
/// the look into it. That is time enough for a line of memory and its address translation. The
/// entry that the bucket leads to gets the same time.
inline constexpr unsigned probe_distance = 16;

} // namespace weir::inline flow
