// SPDX-License-Identifier: MIT
// co_await until a socket is readable or writable: all it takes over a dispatcher is the class Ready.
//
// To notice:
// - A coroutine that waits is a handler that resumes it. It deregisters first: so who waits again, perhaps for something
//   else, registers anew, inside the handler that is about to end.
// - All coroutines are resumed by the loop's thread, and begin there or before it: there is nothing to lock.

#include <polleros/dispatcher.hpp>
#include <polleros/net/pair.hpp>

#include <iostream>
#include <string_view>

#if defined(__cpp_impl_coroutine)
#include <coroutine>

using polleros::EventKind;
namespace net = polleros::net;

/// Begins at once, and belongs to nobody.
struct Task {
    struct promise_type {
        Task get_return_object() noexcept { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        void unhandled_exception() { throw; } // comes out of run()
    };
};

/// To be awaited; gives the error, if it is that what has come.
class Ready {
public:
    Ready(polleros::Dispatcher<>& dispatcher, const net::Socket& socket, EventKind kind) noexcept
        : dispatcher_(dispatcher), handle_(socket.nativeHandle()), kind_(kind) {}

    static bool await_ready() noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> coroutine) {
        const auto ec = dispatcher_.registerHandle(handle_, kind_, [this, coroutine](const polleros::Event& event) {
            error_ = event.error;
            dispatcher_.deregisterHandle(handle_);
            coroutine.resume();
        });
        if (ec) { // not suspended after all: it is told why
            error_ = ec;
        }
        return !ec;
    }
    std::error_code await_resume() const noexcept { return error_; }

private:
    polleros::Dispatcher<>& dispatcher_;
    polleros::NativeHandle handle_;
    EventKind kind_;
    std::error_code error_;
};

/// Answers whatever comes, until the end of the stream.
Task answer(polleros::Dispatcher<>& dispatcher, const net::Socket& socket) {
    std::error_code end;
    while (!(end = co_await Ready(dispatcher, socket, EventKind::readable))) {
        char text[64];
        const auto got = net::recv(socket, text);
        if (got && !co_await Ready(dispatcher, socket, EventKind::writable)) {
            static_cast<void>(net::send(socket, "You said: " + std::string(text, got.bytes)));
        }
    }
    std::cout << "The one who answers ends: " << end.message() << ".\n";
    dispatcher.stop();
}

/// Asks three times, and hangs up.
Task ask(polleros::Dispatcher<>& dispatcher, net::Socket socket) {
    for (const std::string_view question : {"Hello?", "Are you there?", "Goodbye!"}) {
        static_cast<void>(net::send(socket, question));
        if (co_await Ready(dispatcher, socket, EventKind::readable)) {
            break;
        }
        char text[64];
        const auto got = net::recv(socket, text);
        std::cout << std::string_view(text, got.bytes) << '\n';
    }
}

int main() {
    polleros::Dispatcher<> dispatcher;
    auto [here, there] = net::socketPair();
    answer(dispatcher, here);
    ask(dispatcher, std::move(there));
    dispatcher.run();
    std::cout << "No callback was seen.\n";
    return 0;
}
#else
int main() {
    std::cout << "skipped: this compiler has no coroutines\n";
    return 77;
}
#endif
