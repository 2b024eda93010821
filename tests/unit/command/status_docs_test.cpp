// docs/status.md explains every reason for a drop, in the order in which `weirctl status` may show
// them.

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "net/drop_reason.h"

namespace weir {
namespace {

TEST(status_docs, have_every_drop_reason) {
    std::ifstream file(WEIR_SAMPLES "/../docs/status.md");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    std::size_t last = 0;
    for (std::size_t reason = 1; reason < drop_reasons; ++reason) {
        const std::string name(name_of(static_cast<drop_reason>(reason)));
        const std::size_t at = text.find("\n| `" + name + "` |");
        ASSERT_NE(at, std::string::npos) << name;
        EXPECT_GT(at, last) << name;
        last = at;
    }
}

} // namespace
} // namespace weir
