#include "sync/link.h"

#include <algorithm>
#include <utility>

#include <unistd.h>

#include "log/log.h"
#include "sync/socket.h"

namespace weir::sync {

namespace {

// Milliseconds.
constexpr std::uint64_t most_handshake = 3000;
constexpr std::uint64_t most_silence = 5000; ///< a teller speaks four times a second
constexpr std::uint64_t rest_before_dial = 1000;
constexpr std::size_t most_waiting = 4;   ///< connections that have not proved anything
constexpr std::size_t most_out = 1 << 18; ///< bytes that wait to be sent
constexpr std::uint32_t most_times_larger = 16;

} // namespace

link::link(const peer_settings& peer, const hello& self, flow_table& table,
           const server_store& servers, unsigned owner, change_marks& marks, unsigned reader)
    : peer_(peer), self_(self), reader_(reader), keys_(peer.key), teller_(table, marks, reader),
      adopter_(table, servers, owner) {}

void link::accept(int fd, std::uint64_t now) {
    if (waiting_.size() >= most_waiting) {
        ::close(fd);
        return;
    }
    connection& c = waiting_.emplace_back();
    c.wire = std::make_unique<channel>(fd, keys_, channel::role::accepts);
    c.began = c.alive_at = now;
}

void link::dial(std::uint64_t now) {
    dial_at_ = now + rest_before_dial;
    std::string wrong;
    const int fd = connect_to(peer_.address, peer_.port, peer_.source, wrong);
    if (fd < 0) {
        why_ = wrong;
        return;
    }
    out_.wire = std::make_unique<channel>(fd, keys_, channel::role::connects);
    out_.began = out_.alive_at = now;
    write(out_.wire->out(), self_);
}

/// Lets bytes move. False: the connection is over.
bool link::run(connection& c, std::uint64_t now) {
    c.wire->pump();
    if (c.wire->moved() != std::exchange(c.moved, c.wire->moved())) c.alive_at = now;
    if (c.wire->now() != channel::state::closed) {
        if (!c.met && now - c.began > most_handshake) c.wire->close("no answer within 3 seconds");
        if (now - c.alive_at > most_silence) c.wire->close("silent for 5 seconds");
    }
    return c.wire->now() != channel::state::closed;
}

bool link::turn(const moment& m) {
    const bool settled = adopter_.settle(m.seconds);
    bool more = !settled;
    fingerprint_ = m.names.fingerprint();
    if (!out_ && m.now >= dial_at_) dial(m.now);
    if (out_) {
        more |= run(out_, m.now) && tell(m);
        if (out_.wire->now() == channel::state::closed) lose(out_, "to it", m.now);
    }
    if (settled) {
        if (in_) {
            more |= run(in_, m.now) && hear(m);
            if (in_.wire->now() == channel::state::closed) lose(in_, "from it", m.now);
        }
        meet_waiting(m);
    }
    note_step(m.now);
    return more;
}

std::string_view link::check(const hello& h) const {
    if (h.boot == self_.boot) return "it is this director: give the address of the other one";
    if (h.entries / most_times_larger > self_.entries)
        return "its table is more than 16 times as large as ours: make `connections` alike";
    return {};
}

/// Accepted connections whose hello has come: the newest is the peer's, for the one before may be
/// of a process that is no more.
void link::meet_waiting(const moment& m) {
    for (connection& c : waiting_) {
        if (!run(c, m.now)) {
            if (c.wire->now() == channel::state::closed)
                log::once_a_minute(log::level::warning, "sync connections refused",
                                   "peer {}: a connection from {} came to nothing: {}", peer_.name,
                                   to_string(peer_.address), c.wire->why());
            c.wire.reset();
            continue;
        }
        record r;
        const reading got = read(c.wire->in(), r);
        if (got.size == 0 && got.wrong.empty()) continue;
        const hello* const h = std::get_if<hello>(&r);
        std::string_view wrong = got.wrong;
        if (wrong.empty()) wrong = h == nullptr ? "it does not begin with hello" : check(*h);
        if (!wrong.empty()) {
            log::limited(log::level::warning, "sync connections refused", "peer {}: {}", peer_.name,
                         wrong);
            why_ = wrong;
            c.wire.reset();
            continue;
        }
        c.wire->consume(got.size);
        c.met = true;
        if (in_) {
            in_.wire->close("it has connected again");
            lose(in_, "from it", m.now);
        }
        while (!adopter_.settle(m.seconds)) {
        }
        director_ = h->name;
        adopter_.begin(*h);
        unknown_told_ = 0;
        write(c.wire->out(), self_);
        in_ = std::move(c);
        in_.wire->pump();
    }
    std::erase_if(waiting_, [](const connection& c) { return !c; });
}

/// Reads the peer's answers, then tells what there is room for.
bool link::tell(const moment& m) {
    const bytes& in = out_.wire->in();
    std::size_t at = 0;
    std::string_view wrong;
    while (wrong.empty()) {
        record r;
        const reading got = read(std::span(in).subspan(at), r);
        wrong = got.wrong;
        if (got.size == 0) break;
        at += got.size;
        if (!out_.met) {
            const hello* const h = std::get_if<hello>(&r);
            wrong = h == nullptr ? "it does not begin with hello" : check(*h);
            if (!wrong.empty()) break;
            out_.met = true;
            director_ = h->name;
            unable_told_ = false;
            teller_.begin(m.now);
            settings_.begin();
            write(out_.wire->out(), file_print{fingerprint_});
        } else if (const auto* const a = std::get_if<ack>(&r)) {
            teller_.heard(*a);
        } else if (const auto* const u = std::get_if<unknown>(&r)) {
            teller_.heard(*u);
        } else if (const auto* const again_ = std::get_if<again>(&r)) {
            teller_.heard(*again_);
        } else {
            wrong = "not what an adopter says";
        }
    }
    out_.wire->consume(at);
    if (!wrong.empty()) {
        out_.wire->close(std::string(wrong));
        return false;
    }
    if (!out_.met) return false;
    bytes& to = out_.wire->out();
    if (m.leaving) teller_.tell_handshakes();
    if (m.names_are_new) write(to, file_print{fingerprint_});
    if (to.size() > most_out / 2) return false;   // the socket says when it takes more
    settings_.tell(to, most_out / 2, m.settings); // before the marks: they cover it
    const bool more = teller_.work(to, most_out, m.names, m.seconds, m.now);
    out_.wire->pump();
    return more && to.size() <= most_out / 2;
}

/// Adopts what the peer tells.
bool link::hear(const moment& m) {
    bytes& answers = in_.wire->out();
    if (m.names_are_new) adopter_.renew(answers, m.names);
    adopter_.make_up(answers, m.seconds);
    // An adopter answers less than it is told: no more than this waits unless the peer reads none.
    if (answers.size() > most_out) return false;
    const bytes& in = in_.wire->in();
    std::size_t at = 0;
    std::string_view wrong;
    record r;
    while (wrong.empty() && !settings_.is_full()) {
        const reading got = read(std::span(in).subspan(at), r);
        wrong = got.wrong;
        if (got.size == 0) break;
        at += got.size;
        if (const auto* const f = std::get_if<file_print>(&r)) {
            their_fingerprint_ = f->fingerprint;
            settings_.begin();
        } else if (const auto* const s = std::get_if<setting>(&r))
            settings_.hear(*s);
        else
            wrong = adopter_.take(r, answers, m.names, m.seconds);
    }
    in_.wire->consume(at);
    if (!wrong.empty()) {
        in_.wire->close(std::string(wrong));
        return false;
    }
    in_.wire->pump();
    note_unknown();
    return at != 0;
}

void link::lose(connection& c, const char* which, std::uint64_t now) {
    const std::string why = c.wire->why();
    if (c.met) {
        ++losses_;
        log::warning("peer {}: the connection {} is lost: {}", peer_.name, which, why);
        dial_at_ = std::min(dial_at_, now + rest_before_dial / 5);
    } else if (!std::exchange(unable_told_, true)) {
        log::warning("peer {}: no connection {} at {}: {}", peer_.name, which,
                     to_string(peer_.address, peer_.port), why);
    }
    if (&c == &in_ && c.met) adopter_.lost();
    why_ = why;
    c = {};
}

void link::restart(std::uint64_t now) {
    for (auto [c, which] : {std::pair{&out_, "to it"}, std::pair{&in_, "from it"}}) {
        if (!*c) continue;
        c->wire->close("this process was stopped for seconds");
        lose(*c, which, now);
    }
    waiting_.clear();
}

void link::note_step(std::uint64_t) {
    const bool now =
        out_ && out_.met && teller_.is_whole() && in_ && in_.met && adopter_.is_whole();
    if (now == std::exchange(in_step_, now)) return;
    since_ = std::chrono::system_clock::now();
    if (!now) return;
    why_.clear();
    log::info("peer {} ({}): in step: {} connections taken over, {} told", peer_.name, director_,
              adopter_.adopted(), teller_.flows_told());
}

void link::add_events(std::vector<pollfd>& to) const {
    const auto add = [&](const connection& c) {
        if (c) to.push_back({c.wire->fd(), c.wire->events(), 0});
    };
    add(out_);
    add(in_);
    for (const connection& c : waiting_)
        add(c);
}

bool link::has_all_since(std::uint64_t when) const {
    return !out_ || !out_.met || teller_.has_all_since(when);
}

} // namespace weir::sync
