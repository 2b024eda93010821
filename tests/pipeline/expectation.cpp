#include "rig.h"

namespace weir::test {

expectation::~expectation() {
    EXPECT_TRUE(rig_.books_balance()) << what_ << ": " << rig_.books();
    for (const port_id port : {wan, lan}) {
        for (const bytes_of_frame& frame : rig_.sent()[port])
            ADD_FAILURE() << what_ << ": also sent through port " << int{port} << ": "
                          << describe(frame);
        rig_.sent()[port].clear();
    }
    for (const rig::errand& e : rig_.errands())
        ADD_FAILURE() << what_ << ": also handed to control: " << describe(e.frame);
    rig_.errands().clear();
}

expectation& expectation::on_worker(unsigned number) {
    worker_ = number;
    return *this;
}

expectation& expectation::seen_as(std::uint64_t flags, std::uint16_t tag, std::uint16_t outer) {
    flags_ = flags;
    tag_ = tag;
    outer_tag_ = outer;
    return *this;
}

expectation& expectation::in(port_id port, const bytes_of_frame& frame) {
    for (std::size_t r = 0; r < drop_reasons; ++r)
        drops_before_[r] = rig_.drops(static_cast<drop_reason>(r));
    rig_.feed(port, worker_, frame, flags_, tag_, outer_tag_);
    rig_.turn();
    return *this;
}

expectation& expectation::out(port_id port, bytes_of_frame* frame) {
    auto& sent = rig_.sent()[port];
    if (sent.empty()) {
        ADD_FAILURE() << what_ << ": nothing was sent through port " << int{port} << "; "
                      << rig_.books();
        return *this;
    }
    *frame = sent.front();
    sent.pop_front();
    EXPECT_TRUE(checksums_good(*frame)) << what_ << ": bad checksum in " << describe(*frame);
    return *this;
}

expectation& expectation::out(port_id port, const bytes_of_frame& wanted) {
    bytes_of_frame got;
    out(port, &got);
    EXPECT_EQ(got, wanted) << what_ << "\n  wanted " << describe(wanted) << "\n  got    "
                           << describe(got);
    return *this;
}

expectation& expectation::dropped(drop_reason reason) {
    EXPECT_EQ(rig_.drops(reason), drops_before_[static_cast<std::size_t>(reason)] + 1)
        << what_ << ": " << rig_.books();
    return *this;
}

expectation& expectation::errand(packet_note::errand what, port_id port, std::string_view hop) {
    if (rig_.errands().empty()) {
        ADD_FAILURE() << what_ << ": nothing was handed to control; " << rig_.books();
        return *this;
    }
    const packet_note note = rig_.errands().front().note;
    rig_.errands().pop_front();
    EXPECT_EQ(note.what, what) << what_;
    EXPECT_EQ(note.port, port) << what_;
    EXPECT_TRUE(hop.empty() || to_string(note.address) == hop)
        << what_ << ": the next hop is " << to_string(note.address);
    return *this;
}

expectation& expectation::to_twin(port_id port) {
    return errand(packet_note::errand::to_twin, port, "");
}

expectation& expectation::waits_for(port_id port, std::string_view next_hop) {
    return errand(packet_note::errand::resolve, port, next_hop);
}

} // namespace weir::test
