#include "command/views.h"

namespace weir::command {

std::uint16_t service_info::port_of(const server_info& server) const {
    if (server.port != 0 || listen.size() != 1 || !listen.front().is_exact()) return server.port;
    return listen.front().port;
}

books_info::books_info(const packet_books& books)
    : received(books.received.get()), transmitted(books.transmitted.get()),
      to_twin(books.to_twin.get()), heard(books.heard.get()), from_linux(books.from_linux.get()),
      linux_sent(books.linux_sent.get()), linux_lost(books.linux_lost.get()),
      generated(books.generated.get()), generated_lost(books.generated_lost.get()),
      withheld(books.withheld.get()), claimed(books.claimed.get()),
      handed_over(books.handed_over.get()), table_full(books.table_full.get()),
      over_share(books.over_share.get()), displaced(books.displaced.get()),
      passed_over(books.passed_over.get()) {
    for (std::size_t i = 0; i < drop_reasons; ++i)
        dropped[i] = books.dropped[i].get();
}

books_info& books_info::operator+=(const books_info& other) {
    received += other.received;
    transmitted += other.transmitted;
    to_twin += other.to_twin;
    heard += other.heard;
    for (std::size_t i = 0; i < drop_reasons; ++i)
        dropped[i] += other.dropped[i];
    from_linux += other.from_linux;
    linux_sent += other.linux_sent;
    linux_lost += other.linux_lost;
    generated += other.generated;
    generated_lost += other.generated_lost;
    withheld += other.withheld;
    claimed += other.claimed;
    handed_over += other.handed_over;
    table_full += other.table_full;
    over_share += other.over_share;
    displaced += other.displaced;
    passed_over += other.passed_over;
    return *this;
}

} // namespace weir::command
