#include "flow/pool.h"

namespace weir::inline flow {

namespace {

// Each worker may hold back two batches; the pool adds them, so that `capacity` flows always fit.
constexpr std::uint32_t kept_back_per_worker = 2;

} // namespace

large_array<flow_entry> flow_pool::room_for(std::size_t entries, const std::string& kept) {
    if (!kept.empty() && file_.make(kept, entries * sizeof(flow_entry), large_memory::pages::huge))
        return {file_.take_memory(), entries};
    return large_array<flow_entry>(entries);
}

flow_pool::flow_pool(std::uint32_t capacity, unsigned workers, const grace_periods* grace,
                     const std::string& kept)
    : capacity_(capacity), entries_(room_for(1 + (capacity + batch - 1) / batch * batch
                                                 + workers * kept_back_per_worker * batch,
                                             kept)),
      stocks_(workers), grace_(grace) {
    // Stack from the end, so that entries come out in memory order.
    for (std::size_t first = entries_.size() - batch; first >= 1 && first < entries_.size();
         first -= batch) {
        for (std::size_t i = first; i < first + batch; ++i)
            entries_[i].next = i + 1 < first + batch ? static_cast<flow_index>(i + 1) : 0;
        entries_[first].target = static_cast<std::uint32_t>(stack_.load());
        stack_.store(first);
    }
}

void flow_pool::push(list& to, flow_index index) noexcept {
    entries_[index].next = to.head;
    if (to.head == 0) to.tail = index;
    to.head = index;
    ++to.size;
}

flow_index flow_pool::pop(list& from) noexcept {
    const flow_index index = from.head;
    from.head = entries_[index].next;
    --from.size;
    return index;
}

void flow_pool::append(list& to, list& from) noexcept {
    if (from.head == 0) return;
    entries_[from.tail].next = to.head;
    if (to.head == 0) to.tail = from.tail;
    to.head = from.head;
    to.size += from.size;
    from = {};
}

bool flow_pool::refill(worker_stock& stock) noexcept {
    std::uint64_t top = stack_.load(std::memory_order_acquire);
    std::uint64_t below;
    do {
        const auto head = static_cast<flow_index>(top);
        if (head == 0) return false;
        below = ((top >> 32) + 1) << 32 | entries_[head].target;
    } while (!stack_.compare_exchange_weak(top, below, std::memory_order_acq_rel));
    const auto head = static_cast<flow_index>(top);
    stock.free = {head, 0, batch};
    return true;
}

void flow_pool::give_back(worker_stock& stock) noexcept {
    const flow_index head = stock.free.head;
    flow_index tail = head;
    for (std::uint32_t i = 1; i < batch; ++i)
        tail = entries_[tail].next;
    stock.free.head = entries_[tail].next;
    stock.free.size -= batch;
    entries_[tail].next = 0;
    std::uint64_t top = stack_.load(std::memory_order_acquire);
    do {
        entries_[head].target = static_cast<flow_index>(top);
    } while (!stack_.compare_exchange_weak(top, ((top >> 32) + 1) << 32 | head,
                                           std::memory_order_acq_rel));
}

flow_index flow_pool::allocate(unsigned worker) noexcept {
    worker_stock& stock = stocks_[worker];
    if (stock.free.head == 0 && !refill(stock)) return 0;
    stock.in_use.store(stock.in_use.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return pop(stock.free);
}

void flow_pool::retire(unsigned worker, flow_index index) noexcept {
    worker_stock& stock = stocks_[worker];
    stock.in_use.store(stock.in_use.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
    push(stock.retiring, index);
}

void flow_pool::recycle(unsigned worker) noexcept {
    worker_stock& stock = stocks_[worker];
    // A few batches per call, since it walks the entries, but more than a turn can retire.
    for (unsigned n = 0; n < 8 && stock.free.size >= kept_back_per_worker * batch; ++n)
        give_back(stock);
    if (stock.waiting.head != 0) {
        if (!grace_->is_over(stock.token)) return;
        append(stock.free, stock.waiting);
    }
    if (stock.retiring.head != 0) {
        stock.waiting = stock.retiring;
        stock.retiring = {};
        stock.token = grace_->begin();
    }
}

std::uint32_t flow_pool::in_use() const noexcept {
    std::int64_t sum = 0;
    for (const worker_stock& stock : stocks_)
        sum += stock.in_use.load(std::memory_order_relaxed);
    return sum < 0 ? 0 : static_cast<std::uint32_t>(sum);
}

} // namespace weir::inline flow
