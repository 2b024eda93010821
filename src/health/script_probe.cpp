// script checks: a program whose exit status is the verdict and the first line of whose output is
// the answer (action/program.h). When its time is over the whole group is killed, so that no child
// of it stays.

#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "action/program.h"
#include "health/probe.h"
#include "health/programs.h"

namespace weir::health {

namespace {

class script_probe final : public probe {
public:
    script_probe(const prepared_check& check, const probe_target& target, const probe_means& means,
                 probe_owner& owner)
        : check_(check.wanted), target_(target), programs_(means.scripts), owner_(owner),
          program_(means.loop, [this](int status) { owner_.finished(judge(status)); }) {}
    ~script_probe() override {
        if (const pid_t pid = program_.release(); pid >= 0)
            programs_.forsake(pid);
        else
            programs_.leave();
    }

    std::optional<verdict> begin() override {
        const std::array<action::fact, 3> facts{{{"service", target_.service},
                                                 {"address", to_string(target_.address)},
                                                 {"port", std::to_string(target_.port)}}};
        const auto [at, error] = program_.start(
            action::filled(check_.run, std::span(facts).subspan(1)), action::environment_of(facts));
        switch (at) {
        case action::failure::step::none:
            break;
        case action::failure::step::pipe:
            return of_errno(error, "open a pipe");
        case action::failure::step::start:
            if (error == ENOENT || error == EACCES)
                return bad(
                    fmt::format("cannot run {}: {}", check_.run.front(), of_errno(error, "").text));
            return of_errno(error, "start a program");
        case action::failure::step::follow:
            return of_errno(error, "follow a program");
        case action::failure::step::wait:
            return unable(error, "wait for a program");
        }
        return std::nullopt;
    }

    verdict late() const override {
        return bad(program_.output().empty()
                       ? "timeout, killed"
                       : fmt::format("timeout, killed: {}", shown(program_.first_line())));
    }

private:
    verdict judge(int status) const {
        const std::string first = shown(program_.first_line());
        const std::string line = program_.output().empty() ? "" : ": " + first;
        if (WIFSIGNALED(status)) return bad(action::trouble_of(status) + line);
        const auto code = static_cast<unsigned>(WEXITSTATUS(status));
        if (code == 0) return good(program_.output().empty() ? "exit status 0" : first);
        if (!check_.weight || code == 1) return bad(action::trouble_of(status) + line);
        verdict v = good(fmt::format("weight {}{}", code - 2, line));
        v.weight = code - 2;
        return v;
    }

    const config::check& check_;
    const probe_target& target_;
    programs& programs_;
    probe_owner& owner_;
    action::program program_;
};

} // namespace

std::unique_ptr<probe> make_script_probe(const prepared_check& check, const probe_target& target,
                                         const probe_means& means, probe_owner& owner) {
    return std::make_unique<script_probe>(check, target, means, owner);
}

} // namespace weir::health
