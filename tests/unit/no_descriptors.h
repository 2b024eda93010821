#pragma once

// For as long as it lives, this process gets no further file descriptor (EMFILE).

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace weir {

class no_descriptors {
public:
    no_descriptors() {
        const int lowest = open("/dev/null", O_RDONLY | O_CLOEXEC);
        close(lowest);
        getrlimit(RLIMIT_NOFILE, &before_);
        const rlimit none{static_cast<rlim_t>(lowest), before_.rlim_max};
        setrlimit(RLIMIT_NOFILE, &none);
    }
    ~no_descriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
    no_descriptors(const no_descriptors&) = delete;
    no_descriptors& operator=(const no_descriptors&) = delete;

private:
    rlimit before_{};
};

} // namespace weir
