// Programs that strangers could change.

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/check.h"
#include "config/program_safety.h"
#include "config/values.h"

namespace weir::config {
namespace {

namespace fs = std::filesystem;

class program_safety : public testing::Test {
protected:
    program_safety() {
        std::string name = (fs::temp_directory_path() / "weir-unit-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        folder = name;
        fs::create_directory(folder / "bin");
        std::ofstream(script()) << "#!/bin/sh\n";
        mode(script(), 0755);
        mode(folder / "bin", 0755);
    }
    ~program_safety() override { fs::remove_all(folder); }

    fs::path script() const { return folder / "bin" / "check"; }
    static void mode(const fs::path& path, mode_t bits) { chmod(path.c_str(), bits); }
    static void owner(const fs::path& path, uid_t user, gid_t group) {
        ASSERT_EQ(lchown(path.c_str(), user, group), 0);
    }
    std::string found(const fs::path& path) const { return changeable_part(path.string()); }

    fs::path folder; ///< in a sticky one
};

TEST_F(program_safety, is_given_when_only_root_may_write) {
    EXPECT_EQ(found(script()), "");
    EXPECT_EQ(found("/bin/sh"), "") << "links of the system";
    mode(script(), 0775); // root's group is root
    EXPECT_EQ(found(script()),
              geteuid() == 0 ? "" : script().string() + " is writable by its group");
}

TEST_F(program_safety, is_not_when_others_may_write_the_file) {
    mode(script(), 0757);
    EXPECT_EQ(found(script()), script().string() + " is writable by all");
    EXPECT_THROW(read_check("script run=" + script().string()), bad_value);
    mode(script(), 0755);
    EXPECT_NO_THROW(read_check("script run=" + script().string()));
}

TEST_F(program_safety, is_not_when_others_may_write_a_folder) {
    mode(folder / "bin", 0777);
    EXPECT_EQ(found(script()), (folder / "bin").string() + " is writable by all");
    mode(folder / "bin", 01777);
    EXPECT_EQ(found(script()), "") << "sticky";
}

TEST_F(program_safety, looks_at_owners_and_groups) {
    if (geteuid() != 0) GTEST_SKIP() << "only root gives files away";
    owner(script(), 65534, 0);
    EXPECT_EQ(found(script()), script().string() + " belongs to uid 65534");
    owner(script(), 0, 65534);
    mode(script(), 0775);
    EXPECT_EQ(found(script()), script().string() + " is writable by its group");
}

TEST_F(program_safety, looks_at_both_ends_of_a_link) {
    fs::create_directory(folder / "links");
    fs::create_symlink(script(), folder / "links" / "check");
    EXPECT_EQ(found(folder / "links" / "check"), "");
    mode(folder / "bin", 0777);
    EXPECT_EQ(found(folder / "links" / "check"), (folder / "bin").string() + " is writable by all");
    mode(folder / "bin", 0755);
    mode(folder / "links", 0777);
    EXPECT_EQ(found(folder / "links" / "check"),
              (folder / "links").string() + " is writable by all");
}

} // namespace
} // namespace weir::config
