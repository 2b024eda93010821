#include "action/runner.h"

#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include <sys/wait.h>

#include "log/log.h"

namespace weir::action {

namespace {

using namespace std::chrono_literals;

constexpr auto look_again = 20ms; // a killed process disappears soon, but not at once

std::string in_words(const failure& f) {
    return std::generic_category().message(f.error);
}

} // namespace

runner::~runner() {
    for (const auto timer : {calling_, reaping_, patience_})
        if (timer != 0) loop_.cancel(timer);
    for (const auto& [name, q] : queues_)
        if (q->limit != 0) loop_.cancel(q->limit);
}

void runner::run(const std::string& name, const command& words, event about,
                 std::function<void(bool)> done) {
    std::unique_ptr<queue>& place = queues_[name];
    if (!place) {
        place = std::make_unique<queue>(queue{.name = name});
        line_.push_back(place.get());
    }
    queue& q = *place;
    wish w{words, std::move(about), std::move(done)};
    const std::string key = key_of(w);
    const auto before = q.latest.find(key);
    if (q.waiting.size() >= most_waiting && before != q.latest.end()) {
        q.waiting.erase(before->second);
        ++figures_.replaced;
        --figures_.waiting;
    }
    q.waiting.push_back(std::move(w));
    q.latest[key] = std::prev(q.waiting.end());
    ++figures_.waiting;
    call();
}

/// A later event replaces one of the same key: each command hears the last state of each subject.
std::string runner::key_of(const wish& w) {
    std::string key = w.about.subject;
    for (const std::string& word : w.words)
        key += '\n' + word;
    return key;
}

/// Not at once: who asks may be in the middle of something.
void runner::call() {
    if (calling_ == 0) calling_ = loop_.after(0ms, [this] { next(); });
}

void runner::next() {
    calling_ = 0;
    while (running_ < most_at_once && !line_.empty()) {
        queue& q = *line_.front();
        line_.pop_front();
        begin(q);
    }
    if (queues_.empty() && when_idle_) {
        if (patience_ != 0) loop_.cancel(std::exchange(patience_, 0));
        std::exchange(when_idle_, nullptr)();
    }
}

void runner::begin(queue& q) {
    if (const auto latest = q.latest.find(key_of(q.waiting.front()));
        latest->second == q.waiting.begin())
        q.latest.erase(latest);
    q.now = std::move(q.waiting.front());
    q.waiting.pop_front();
    --figures_.waiting;
    ++figures_.run;
    ++running_;
    q.running = std::make_unique<program>(loop_, [this, &q](int status) {
        const std::string line = q.running->first_line();
        const std::string trouble = trouble_of(status);
        end(q, trouble.empty() || line.empty() ? trouble : fmt::format("{}: {}", trouble, line));
    });
    q.limit = loop_.after(longest, [this, &q] { too_long(q); });
    const failure f =
        q.running->start(filled(q.now.words, q.now.about.facts), environment_of(q.now.about.facts));
    if (f.at == failure::step::none) return;
    if (const pid_t pid = q.running->release(); pid >= 0) {
        kill(-pid, SIGKILL);
        killed_.push_back(pid);
        if (reaping_ == 0) reaping_ = loop_.every(look_again, [this] { reap(); });
    }
    end(q, "cannot be run: " + in_words(f));
}

void runner::too_long(queue& q) {
    q.limit = 0;
    const pid_t pid = q.running->release();
    kill(-pid, SIGKILL);
    killed_.push_back(pid);
    if (reaping_ == 0) reaping_ = loop_.every(look_again, [this] { reap(); });
    end(q, fmt::format("killed: it ran for {} s", longest.count()));
}

void runner::end(queue& q, const std::string& trouble) {
    if (!trouble.empty()) {
        ++figures_.failed;
        figures_.last_failure = fmt::format("{}: {} for {}: {}", q.name, q.now.words.front(),
                                            q.now.about.subject, trouble);
        log::warning("{}", figures_.last_failure);
    }
    if (q.limit != 0) loop_.cancel(std::exchange(q.limit, 0));
    --running_;
    const auto done = std::move(q.now.done);
    q.running.reset();
    if (q.waiting.empty())
        queues_.erase(std::string(q.name));
    else
        line_.push_back(&q);
    call();
    if (done) done(trouble.empty());
}

void runner::reap() {
    std::erase_if(killed_, [](pid_t pid) { return waitpid(pid, nullptr, WNOHANG) != 0; });
    if (killed_.empty()) loop_.cancel(std::exchange(reaping_, 0));
}

void runner::when_idle(std::function<void()> done, std::chrono::milliseconds most) {
    when_idle_ = std::move(done);
    patience_ = loop_.after(most, [this] {
        patience_ = 0;
        if (when_idle_) std::exchange(when_idle_, nullptr)();
    });
    call();
}

} // namespace weir::action
