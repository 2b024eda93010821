// What becomes of fragments that wait when their connection, server or service goes.

#include "changing.h"

namespace weir::test {
namespace {

using namespace std::chrono_literals;

/// The rules change between fragments, of which the first may come last.
class changing_amid_fragments : public changing {
protected:
    void SetUp() override {
        reload(both);
        open(1);
        pieces = fragments_of(request(1).ack().payload(3000).bytes(), 1500, 77);
        ASSERT_EQ(pieces.size(), 3u);
    }
    /// A later fragment waits.
    void holds(const bytes_of_frame& piece) {
        r.feed(wan, 0, piece);
        r.turn();
        EXPECT_FALSE(r.books_balance()) << r.books();
    }
    void reaches(const std::string& to, const bytes_of_frame& piece, unsigned fragments) {
        std::vector<bytes_of_frame> sent(fragments);
        expectation e = r.expect("fragments");
        e.in(wan, piece);
        for (bytes_of_frame& frame : sent) {
            e.out(lan, &frame);
            EXPECT_EQ(ip_in(frame).destination, address_of(to));
        }
    }
    std::vector<bytes_of_frame> pieces;
};

TEST_F(changing_amid_fragments, what_waits_goes_on_with_a_removed_server_s_connection) {
    holds(pieces[1]);
    reload("server = " + second + "\n");
    reaches(first, pieces[0], 2);
    reaches(first, pieces[2], 1);
}

TEST_F(changing_amid_fragments, what_waits_is_dropped_with_the_connection) {
    holds(pieces[1]);
    holds(pieces[2]);
    reload("expire-nodest = yes\nserver = " + second + "\n");
    r.expect("the first fragment").in(wan, pieces[0]).dropped(drop_reason::no_connection);
    EXPECT_EQ(r.drops(drop_reason::fragment_orphan), 2u);
}

TEST_F(changing_amid_fragments, what_comes_later_is_dropped_with_the_connection) {
    reaches(first, pieces[0], 1);
    reload("expire-nodest = yes\nserver = " + second + "\n");
    bytes_of_frame reset;
    r.expect("the client's next packet")
        .in(wan, request(1).ack())
        .out(wan, &reset)
        .dropped(drop_reason::no_connection);
    r.expect("a later fragment").in(wan, pieces[1]).dropped(drop_reason::fragment_orphan);
}

TEST_F(changing_amid_fragments, what_waits_for_a_service_that_goes_is_linux_s) {
    const auto of_another = fragments_of(request(2).syn().payload(3000).bytes(), 1500, 78);
    holds(of_another[1]);
    r.reload({});
    r.expect("no VIP any more").in(wan, of_another[0]).to_twin(wan).to_twin(wan);
    r.expect("nor for the last").in(wan, of_another[2]).to_twin(wan);
}

TEST_F(changing_amid_fragments, a_connection_outlives_its_service) {
    holds(pieces[1]);
    r.reload({});
    reaches(first, pieces[0], 2);
    reaches(first, pieces[2], 1);
}

} // namespace
} // namespace weir::test
