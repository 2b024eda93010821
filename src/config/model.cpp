#include "config/model.h"

namespace weir::config {

std::string to_string(forwarding forward) {
    switch (forward) {
    case forwarding::dr:
        return "dr";
    case forwarding::tun:
        return "tun";
    case forwarding::nat:
        return "nat";
    case forwarding::fullnat:
        return "fullnat";
    }
    return "?";
}

} // namespace weir::config
