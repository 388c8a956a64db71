// SPDX-License-Identifier: MIT
/// @file
/// Dispatcher: handlers, and a loop that calls them. Register and deregister from any thread, inside handlers, too.
///
/// ```cpp
/// polleros::Dispatcher<> dispatcher;
/// auto ec = dispatcher.registerHandle(socket.nativeHandle(), EventKind::readable, [&](const polleros::Event& event) {
///     if (event.kind == EventKind::readable) { connection.receive(); } else { log(event.error); }
/// });
/// dispatcher.run();                  // here, until stop(); or start(): on a thread of its own
/// ```
///
/// It stands on a Poller: whoever registers while the loop waits has it step out for a moment. There is no other thread
/// than the loop's, and no polling: a loop with nothing to tell costs nothing.
#pragma once

#include <polleros/backend/native.hpp>
#include <polleros/detail/registration.hpp>
#include <polleros/detail/step_out_lock.hpp>
#include <polleros/poller.hpp>

#include <exception>
#include <thread>
#include <version>
#if defined(__cpp_lib_jthread)
#include <stop_token>
#endif

POLLEROS_NAMESPACE_BEGIN

/// How a Dispatcher is made. `Dispatcher<> dispatcher({.writableInterval = 10ms});`
struct DispatcherOptions {
    /// Of registrations that do not say theirs. None: as the environment says in POLLEROS_WRITABLE_INTERVAL_MS, which is
    /// taken for 5 to 5000, or else 50 ms.
    std::optional<std::chrono::nanoseconds> writableInterval = {};
    Options poller = {}; ///< all the rest
};

/// Calls handlers when something happens on their handles.
///
/// **Threads.** All functions but the constructor and the destructor may be called from any thread and inside any
/// handler, in any order; none of them deadlocks. Not from signal handlers, and not to be cancelled
/// (pthread_cancel) inside.
///
/// **Handlers** run one at a time on the loop's thread, with no lock held. One that throws ends the loop: see `run()`
/// and `join()`. A handler's destructor may do what a handler may. (Moving one may not: it happens under a lock.)
///
/// **What is told.** `readable` and `writable` for as long as they last, the latter not more often than once in an
/// interval. `error` once per registration, and then nothing until the handle is registered anew: the end of the stream
/// (`Errc::endOfStream`) when all before it has been offered as `readable`, a reset, a connect that failed, a handle that
/// was closed. When it is told the kernel has forgotten the handle.
template <class B = backend::Native>
class Dispatcher {
public:
#if POLLEROS_EXCEPTIONS
    /// As below; throws std::system_error.
    explicit Dispatcher(const DispatcherOptions& options = {}) : Dispatcher(options, std::error_code()) {
        detail::throwIf(broken_, "Dispatcher");
    }
#endif
    /// Makes the kernel's set and what wakes it. After an error every call says `badPoller`.
    /// - EMFILE, ENFILE, ENOMEM, ... from the system; `outOfMemory`
    Dispatcher(const DispatcherOptions& options, std::error_code& ec) noexcept;
    Dispatcher(const Dispatcher&) = delete;
    Dispatcher& operator=(const Dispatcher&) = delete;
    /// Stops, as `stop()` does; what a handler has thrown and nobody has asked for is lost. No other thread may be in any
    /// of its functions but `run()`, and not inside a handler. Handles are left as they are.
    ~Dispatcher();

    /// Calls this handler, from now on, for what happens on this handle of these kinds, and for `error`. One that is
    /// registered is registered anew: when this returns the former handler does not run, and never will.
    /// - `noHandler`: it is empty, or no kind is asked
    /// - `badHandle`, `unsupportedHandle`: it is not open, or no kernel can wait for it
    /// - `sequenceExhausted`, `outOfMemory`; what the system says
    ///
    /// After an error what was registered before still is, if it still can be. One kernel call, two if it was registered.
    [[nodiscard]] std::error_code registerHandle(NativeHandle handle, EventKinds kinds, Handler handler,
                                                 const RegistrationOptions& options = {}) noexcept;

    /// When this returns the handler does not run and never will, and is destroyed; the kernel has forgotten the handle,
    /// which may be closed. Waits for the handler if it is running; inside that handler it does not wait, and the handler
    /// is destroyed when it has returned. False if it was not registered. One kernel call.
    bool deregisterHandle(NativeHandle handle) noexcept;

#if POLLEROS_EXCEPTIONS
    /// As below; throws std::system_error.
    void run() {
        std::error_code ec;
        run(ec);
        detail::throwIf(ec, "run");
    }
#endif
    /// Is the loop until `stop()` is called. What a handler throws comes out of it, and the dispatcher is in order: run it
    /// again.
    /// - `reentrant`: a loop is running, or this is inside a handler
    /// - what the system says of its own set (EBADF, EINVAL)
    void run(std::error_code& ec);

#if defined(__cpp_lib_jthread)
#if POLLEROS_EXCEPTIONS
    /// As below; throws std::system_error.
    void run(std::stop_token token) {
        std::error_code ec;
        run(std::move(token), ec);
        detail::throwIf(ec, "run");
    }
#endif
    /// The same, until `stop()` is called or this is requested to.
    void run(std::stop_token token, std::error_code& ec);
#endif

    /// Begins the loop on a thread of its own.
    /// - `reentrant`: a loop is running, or this is inside a handler
    /// - EAGAIN: no thread can be had
    [[nodiscard]] std::error_code start() noexcept;

    /// Ends the loop, if there is one, and waits until it has; inside a handler it does not wait: the loop ends when that
    /// has returned. All stays registered, for the next loop. Rethrows what has ended the thread of `start()`, once.
    void stop() { end(true); }

    /// Waits until the loop, if there is one, has ended; inside a handler it does not wait. Rethrows as `stop()` does.
    void join() { end(false); }

    /// True while there is a loop.
    [[nodiscard]] bool isRunning() noexcept {
        return lock_.guarded([this] { return looping_; });
    }
    /// The error of the kernel's set that the last loop ended with, if any.
    [[nodiscard]] std::error_code error() noexcept {
        return lock_.guarded([this] { return error_; });
    }
    [[nodiscard]] std::size_t size() noexcept; ///< handles registered, those included that were told an error
    [[nodiscard]] Stats stats() noexcept;      ///< what its poller has done so far
    [[nodiscard]] std::string_view backendName() const noexcept { return poller_.backendName(); } ///< "epoll", ...

private:
    using Registration = detail::Registration;
    using Change = detail::StepOutLock::Change;
    using Wait = detail::StepOutLock::Wait;
    using Channel = TriggeredChannel<Registration>;
    using Held = detail::BriefMutex;
    class Call;

    Dispatcher(const DispatcherOptions& options, std::error_code&& ec) noexcept : Dispatcher(options, ec) {}
    [[nodiscard]] Channel* find(NativeHandle handle) noexcept;
    [[nodiscard]] std::uint64_t runningFor(NativeHandle handle, const Channel* found) const noexcept;
    void awaitEndOf(std::uint64_t serial) noexcept;

    [[nodiscard]] bool isLoop() const noexcept { return looping_ && loop_ == std::this_thread::get_id(); }
    [[nodiscard]] std::error_code begin(Held& held, std::thread& former) noexcept;
    void finish(const std::error_code& ec, const std::exception_ptr& failure) noexcept;
    void end(bool now);
    void requestStop() noexcept;
    void runOnThread() noexcept;
    template <class Request>
    void runUntil(std::error_code& ec, Request request);
    [[nodiscard]] std::error_code loop();
    void serve(Wait& turn, Channel& channel);
    void conclude(Channel& channel, const std::error_code& end) noexcept;
    [[nodiscard]] bool mayBeOver(const Channel& channel) noexcept;
    [[nodiscard]] std::error_code endOf(const Channel& channel) noexcept;
    [[nodiscard]] Channel* putBack() noexcept;
    void bury(Wait& turn, Handler& handler) noexcept;
    [[nodiscard]] Channel* tell(Wait& turn, Channel& channel, EventKind kind, const std::error_code& error);

    std::error_code broken_;
    Poller<B, Registration> poller_;
    detail::StepOutLock lock_;
    std::chrono::nanoseconds interval_;
    std::uint64_t lastSerial_ = 0;

    detail::Sleepers changed_;  // a handler, or the loop, has ended
    std::uint64_t running_ = 0; // the serial of the registration whose handler runs; 0: none
    NativeHandle runningOn_ = invalidHandle;
    std::size_t awaiting_ = 0; // who wait for that to end
    std::thread::id loop_;
    bool looping_ = false;
    bool stopping_ = false;
    std::uint64_t loops_ = 0;    // that have ended
    std::thread thread_;         // of the last start(), until somebody joins it
    std::exception_ptr failure_; // that has ended it, until somebody asks
    std::error_code error_;
};

POLLEROS_NAMESPACE_END

#include <polleros/detail/dispatcher_bodies.hpp>
#include <polleros/detail/dispatcher_loop.hpp>
