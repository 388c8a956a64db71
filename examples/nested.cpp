// SPDX-License-Identifier: MIT
// A poller inside somebody else's loop: GLib, Qt, libuv, or as here one around poll(2). For the outer loop it is one more
// descriptor and one more timer. (Not on Windows, where the handle of a poller is none that others could wait for.)
//
// To notice:
// - `prepare()` is the first half of a wait. It makes the kernel agree with all intents, and says until when the outer
//   loop may block. `harvest()` is the second half. Nothing is polled, and no thread is needed.
// - Other callbacks of the outer loop may change channels in between, here by queueing output for one. They do no more
//   than that: the first change makes the poller's own handle readable, so the outer loop comes to us, and what was
//   queued goes out. Without that it would lie there until something else happened.

#include <polleros/net/pipe.hpp>
#include <polleros/polleros.hpp>

#include <functional>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <poll.h>

using namespace std::chrono_literals;
namespace net = polleros::net;
using polleros::TimePoint;
using polleros::Trigger;
using polleros::Triggers;

/// Somebody else's loop: calls back when a descriptor is readable, and when a timer has run out.
class OuterLoop {
public:
    std::size_t watch(int descriptor, std::function<void()> callback) {
        descriptors_.push_back({descriptor, POLLIN, 0});
        callbacks_.push_back(std::move(callback));
        return descriptors_.size() - 1;
    }
    void watchInstead(std::size_t index, int descriptor) { descriptors_[index].fd = descriptor; }
    void callAt(polleros::Timeout when, std::function<void()> callback) {
        when_ = when;
        timer_ = std::move(callback);
    }
    void turn() {
        const auto timeout = polleros::earliest(when_, 1s); // it has something of its own to do every second
        ::poll(descriptors_.data(), static_cast<nfds_t>(descriptors_.size()), timeout.toMilliseconds());
        for (std::size_t index = 0; index < descriptors_.size(); ++index) {
            if (descriptors_[index].revents != 0) {
                callbacks_[index]();
            }
        }
        if (when_.remaining(polleros::Clock::now()) == 0ns) {
            when_ = polleros::Timeout::never();
            std::exchange(timer_, {})();
        }
    }

private:
    std::vector<::pollfd> descriptors_;
    std::vector<std::function<void()>> callbacks_;
    polleros::Timeout when_ = polleros::Timeout::never();
    std::function<void()> timer_;
};

/// One end of a conversation, which hangs up when the other has been silent for a while.
class Talker {
public:
    static constexpr bool intentIsLocal = true;

    explicit Talker(net::Socket socket) noexcept : socket_(std::move(socket)) {}

    const net::Socket& handle() const noexcept { return socket_; }
    Triggers triggers() const noexcept { return output_.empty() ? Trigger::recv : Trigger::recv | Trigger::send; }
    TimePoint deadline() const noexcept { return hangUpAt_; }

    void say(std::string_view text) { output_ += text; }
    /// Returns what was received.
    std::string serve(Triggers act, TimePoint now) {
        if (act.has(Trigger::send)) {
            output_.erase(0, net::send(socket_, output_).bytes);
        }
        char text[256];
        std::size_t size = 0;
        if (act.has(Trigger::recv)) {
            const auto got = net::recv(socket_, text);
            size = got.bytes;
            hangUpAt_ = got ? now + 100ms : now;
        }
        ended_ = now >= hangUpAt_;
        return {text, size};
    }
    bool finished() const noexcept { return ended_; }

private:
    net::Socket socket_;
    std::string output_;
    TimePoint hangUpAt_ = polleros::noDeadline;
    bool ended_ = false;
};

/// Our poller, as the outer loop sees it: a callback.
class Conversation {
public:
    explicit Conversation(OuterLoop& outer) : outer_(outer) {
        auto [near, far] = net::socketPair();
        near_ = poller_.attachChannel(Talker(std::move(near))).ref();
        far_ = poller_.attachChannel(Talker(std::move(far))).ref();
        watched_ = outer_.watch(poller_.nativeHandle(), [this] { turn(); });
        prepare();
    }

    /// Queues output, and that is all.
    void say(std::string_view text) {
        if (near_) { // it may have hung up
            near_->say(text);
        }
    }

    bool over() const noexcept { return poller_.size() == 0; }
    const std::string& heard() const noexcept { return heard_; }

private:
    void turn() {
        const auto result = poller_.harvest();
        if (result.handleReplaced) { // after somebody closed a handle behind our back
            outer_.watchInstead(watched_, poller_.nativeHandle());
        }
        for (auto& channel : poller_.triggered()) {
            const std::string text = channel.source().serve(channel.act(), poller_.waitTime());
            if (channel.ref() == far_) {
                channel.source().say(text); // the far end is an echo
            } else {
                heard_ += text;
            }
            if (channel.peek().finished() || channel.error()) {
                channel.markForDeletion();
            }
        }
        poller_.deleteMarked();
        prepare();
    }
    void prepare() {
        outer_.callAt(poller_.prepare(), [this] { turn(); });
    }

    OuterLoop& outer_;
    polleros::NativePoller<Talker> poller_;
    polleros::ChannelRef<Talker> near_;
    polleros::ChannelRef<Talker> far_;
    std::size_t watched_ = 0;
    std::string heard_;
};

int main() {
    if (!polleros::backend::Native::capabilities().has(polleros::Capability::nests)) {
        std::cout << "skipped: the poller of this system has no handle that others could wait for\n";
        return 77;
    }

    OuterLoop outer;
    Conversation conversation(outer);
    const auto [keyboard, fingers] = net::pipePair();
    outer.watch(keyboard.nativeHandle(), [&conversation, &keys = keyboard] {
        char text[64];
        conversation.say({text, net::read(keys, text).bytes});
    });

    const std::string_view line = "Hello from the outer loop.\n";
    const bool typed = static_cast<bool>(net::write(fingers, line));
    const auto end = polleros::Clock::now() + 3s;
    while (!conversation.over() && polleros::Clock::now() < end) {
        outer.turn();
    }
    std::cout << "The echo: " << conversation.heard();
    return typed && conversation.heard() == line ? 0 : 1;
}
