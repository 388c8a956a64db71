// SPDX-License-Identifier: MIT
/// @file
/// Poller: waits for many sources at once. Sources state what they want; once per loop `waitTriggers()` makes the
/// kernel agree, waits, and leaves the channels on which something happened.
///
/// ```cpp
/// polleros::Poller<polleros::backend::Native, Connection> poller;
/// poller.attachChannel(polleros::ChannelNumber{7}, Connection{...});
/// while (running) {
///     poller.waitTriggers(1s);
///     for (auto& channel : poller.triggered()) {
///         channel.source().serve(channel.act());
///         if (channel.peek().finished() || channel.error()) { channel.markForDeletion(); }
///     }
///     poller.deleteMarked();
/// }
/// ```
#pragma once

#include <polleros/detail/alarm.hpp>
#include <polleros/detail/fork_count.hpp>
#include <polleros/poller_core.hpp>
#include <polleros/socket_source.hpp>
#include <polleros/triggered.hpp>
#include <polleros/wait_result.hpp>

#include <initializer_list>
#include <iterator>
#include <optional>

POLLEROS_NAMESPACE_BEGIN

/// Waits for channels by one backend; all of them hold sources of one type, `S` (see `OneOf` for several).
///
/// **Threads.** One at a time may use a poller: overlapping calls assert under audit. Handing it over, synchronised, is
/// fine. Only a `Waker` is for all threads. One poller per thread is how it scales.
///
/// **Inside an iteration** over `triggered()` everything is allowed but waiting. `handle()`, `triggers()` and
/// `deadline()` of a source may not call the poller. Destructors and farewells of deleted sources may do what handlers
/// may, but those that the poller's own destructor runs: these, nothing.
///
/// **Errors.** Every function whose error list is not "none" may also say `badPoller`, if the constructor failed or the
/// process is a fork that has not called `resetAfterFork()`, and `reentrant`, where it may not be called.
///
/// Complexities count channels, k reported ones and t touched ones; kernel calls are named.
template <class B, class S = SocketSource>
class Poller {
public:
    using Channel = TriggeredChannel<S>; ///< what it holds
    using Ref = ChannelRef<S>;           ///< a reference that knows when the channel is gone

#if POLLEROS_EXCEPTIONS
    /// As below; throws std::system_error.
    explicit Poller(const Options& options = {}) : Poller(options, std::error_code()) {
        detail::throwIf(broken_, "Poller");
    }
#endif
    /// Makes the kernel's set, and room for what the options say. After an error every call says `badPoller`.
    /// - EMFILE, ENFILE, ENOMEM, ... from the system; `outOfMemory` from `Options::memory`; `unknownBackend`
    Poller(const Options& options, std::error_code& ec) noexcept;
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;
    /// Closes the kernel's set first, then destroys the sources. Wakers may outlive it.
    ~Poller();

    // --- attach -------------------------------------------------------------------------------------------------

    /// Attaches a source under this number and registers it with the kernel at once. Returns its channel, whose address
    /// stays until it is deleted; null and the reason, with everything and `source` as before, if it cannot be.
    /// - `alreadyAttached`: the number, or the live handle, is in use in this poller
    /// - `badHandle`: not open. (-1 is fine: none yet.) `unsupportedHandle`: cannot be waited for
    /// - `unsupportedTrigger`: this backend cannot watch an asked trigger
    /// - `reservedNumber`: the top bit is set
    /// - `outOfMemory`, `sequenceExhausted`, `sourceThrew` (a throwing move: `source` is as that leaves it)
    /// - what the system says: ENOSPC (epoll: fs.epoll.max_user_watches), ...
    ///
    /// Constant time amortised, one kernel call; two for an empty intent where only the kernel can judge the handle.
    template <class T>
        requires Attachable<T, S>
    Channel* attachChannel(ChannelNumber number, T&& source, std::error_code& ec) noexcept {
        return attach(&number, source, ec);
    }
    /// The same under a number that the poller picks.
    template <class T>
        requires Attachable<T, S>
    Channel* attachChannel(T&& source, std::error_code& ec) noexcept {
        return attach(nullptr, source, ec);
    }
#if POLLEROS_EXCEPTIONS
    /// As above; throws std::system_error.
    template <class T>
        requires Attachable<T, S>
    Channel& attachChannel(ChannelNumber number, T&& source) {
        return attachOrThrow(&number, source);
    }
    /// As above; throws std::system_error.
    template <class T>
        requires Attachable<T, S>
    Channel& attachChannel(T&& source) {
        return attachOrThrow(nullptr, source);
    }
#endif

    // --- delete -------------------------------------------------------------------------------------------------

    /// Takes the channel out of the kernel, then out of the maps, then destroys its source. False if there is none.
    /// Nothing of it is reported any more, in the iteration under way included. Constant time, one kernel call.
    bool deleteChannel(const Which<S>& which) noexcept;

    /// The same, but the source comes back alive, for another poller. Empty if there is no such channel (`notFound`).
    /// - `sourceThrew`: its move threw, and the channel is still attached
    [[nodiscard]] std::optional<S> detachChannel(const Which<S>& which, std::error_code& ec) noexcept;
    /// As above; empty if there is no such channel. Throws what the source's move throws.
    [[nodiscard]] std::optional<S> detachChannel(const Which<S>& which);
    /// As above, for one alternative of a OneOf; one that holds another is left alone.
    template <class T>
    [[nodiscard]] std::optional<T> detachChannel(const Which<S>& which);

    /// Deletes all marked channels in the order of their marks; returns how many. Linear in these.
    std::size_t deleteMarked() noexcept {
        return deleteMarked([](ChannelNumber, S&&) noexcept {});
    }
    /// The same, and `farewell(number, S&& source)` is called for each when it has left kernel and maps. If it throws,
    /// this channel is gone and the rest stay marked.
    template <class F>
    std::size_t deleteMarked(F&& farewell);

    /// Deletes these channels, named by a range of anything that `Which` converts from; unknown ones are skipped.
    /// Returns how many there were. Linear in the range.
    template <class Range, class F>
    std::size_t deleteGroup(const Range& group, F&& farewell);
    template <class Range>
    std::size_t deleteGroup(const Range& group) noexcept { ///< the same without a farewell
        return deleteGroup(group, [](ChannelNumber, S&&) noexcept {});
    }
    std::size_t deleteGroup(std::initializer_list<Which<S>> group) noexcept { ///< the same
        return deleteGroup<std::initializer_list<Which<S>>>(group);
    }

    /// Deletes all channels; not those that a dying source attaches. Linear in places, a kernel call per channel.
    void deleteAll() noexcept;

    // --- wait ---------------------------------------------------------------------------------------------------

    /// Reconciles, waits, harvests. Returns when a channel has something to report, at a wake, or when the timeout has
    /// passed, never early; signals neither end it nor lengthen it. Afterwards see `triggered()`.
    /// - `reentrant`: inside an iteration, a farewell or a destructor, or a source's function (asserts under audit)
    /// - what the system says of its own set (EBADF, EINVAL): the poller is intact, but its set is broken
    ///
    /// A failing channel never makes a wait fail: it is reported with `err`, and its `error()` says why.
    ///
    /// One kernel call, one per changed interest, seldom one for the alarm. O(t + k) if local, else O(channels).
    WaitResult waitTriggers(Timeout timeout, std::error_code& ec) noexcept;
#if POLLEROS_EXCEPTIONS
    /// As above; throws std::system_error.
    POLLEROS_ALWAYS_INLINE WaitResult waitTriggers(Timeout timeout) {
        WaitResult result;
        if (!wait(timeout, result, good_)) [[unlikely]] {
            detail::throwIf(std::exchange(good_, {}), "waitTriggers");
        }
        return result;
    }
#endif

    /// The channels that the last wait reported: a single pass, in a range-based `for`.
    [[nodiscard]] Triggered<S> triggered() noexcept { return Triggered<S>(core_); }
    /// All channels.
    [[nodiscard]] Channels<S> channels() noexcept { return Channels<S>(core_); }
    /// All channels that hold a `T`.
    template <class T>
    [[nodiscard]] Channels<S, T> channels() noexcept {
        return Channels<S, T>(core_);
    }

    /// The channel with this number, this present sequence number, or this reference; null if there is none. Constant.
    [[nodiscard]] Channel* find(ChannelNumber number) noexcept { return core_.find(number); }
    [[nodiscard]] Channel* find(SeqN seqN) noexcept { return core_.find(seqN); }     ///< as above
    [[nodiscard]] Channel* find(const Ref& ref) noexcept { return core_.find(ref); } ///< as above
    /// The channel that this handle is registered for, or would be if it wanted something; null if there is none.
    [[nodiscard]] Channel* findHandle(NativeHandle handle) noexcept { return core_.findHandle(handle); }

    /// Says that this channel's intent may have changed; nothing if there is no such channel. Constant time.
    void touch(ChannelNumber number) noexcept;
    /// Makes the kernel agree with this channel now, not before the next wait. Constant time, one kernel call if there is a
    /// difference. What is refused is told by that wait, too, unless it mends it; a removal it makes, and says nothing.
    /// - `notFound`; what `channel.error()` says from now on; what the system says of a removal
    std::error_code apply(const Which<S>& which) noexcept;

    // --- in another loop ----------------------------------------------------------------------------------------

    /// The first half of a wait: reconciles, and says until when an outer loop may block on `nativeHandle()`: never,
    /// immediately, or a point in time, which stays right however often the outer loop turns. Until `harvest()`, the
    /// first touch, mark or attach wakes that handle, so that nothing queued meanwhile is lost; after changing a source
    /// that is not local, call `wake()`.
    /// - as `waker()` says of the wake handle, and `reentrant`
    [[nodiscard]] Timeout prepare(std::error_code& ec) noexcept;
    /// The second half: takes what is ready, without waiting and without reconciling. Without a `prepare()` before, it
    /// is `waitTriggers(Timeout::immediately())`. Errors as there.
    WaitResult harvest(std::error_code& ec) noexcept;
#if POLLEROS_EXCEPTIONS
    /// As above; throws std::system_error.
    [[nodiscard]] Timeout prepare() {
        std::error_code ec;
        const Timeout timeout = prepare(ec);
        detail::throwIf(ec, "prepare");
        return timeout;
    }
    /// As above; throws std::system_error.
    WaitResult harvest() {
        std::error_code ec;
        const WaitResult result = harvest(ec);
        detail::throwIf(ec, "harvest");
        return result;
    }
#endif
    /// What an outer loop waits for (readable), if the backend has `Capability::nests`. Its own type on each system.
    [[nodiscard]] auto nativeHandle() const noexcept { return backend_.nativeHandle(); }

    /// Something that wakes this poller from any thread. The owner calls this, before the other threads start.
    /// - EMFILE, ENFILE, ENOMEM, ...: no wake handle could be had; the Waker is empty
    [[nodiscard]] Waker waker(std::error_code& ec) noexcept;
#if POLLEROS_EXCEPTIONS
    /// As above; throws std::system_error.
    [[nodiscard]] Waker waker() {
        std::error_code ec;
        Waker made = waker(ec);
        detail::throwIf(ec, "waker");
        return made;
    }
#endif

    // --- all the rest -------------------------------------------------------------------------------------------

    [[nodiscard]] TimePoint now() const noexcept { return backend_.now(); } ///< on the backend's clock
    /// The time when the last wait ended: the same for all channels of an iteration, at one read of the clock per wait
    /// at most. The moment to count an idle deadline from.
    [[nodiscard]] TimePoint waitTime() noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return core_.size(); } ///< channels attached, of all kinds
    /// Room for so many channels in all: attaching them needs no memory then. `outOfMemory`, `sequenceExhausted`.
    [[nodiscard]] std::error_code reserve(std::size_t channels) noexcept;
    [[nodiscard]] const Stats& stats() const noexcept { return core_.stats(); } ///< what it has done so far
    /// In a forked child: a kernel set of its own, with all channels in it. The parent's is left alone. Wakers made
    /// before wake the parent's poller: ask for new ones. Errors as of the constructor.
    [[nodiscard]] std::error_code resetAfterFork() noexcept;
    [[nodiscard]] B& backend() noexcept { return backend_; } ///< the mechanism, for what only it can do
    [[nodiscard]] std::string_view backendName() const noexcept { return backend_.name(); } ///< "epoll", ...

private:
    static_assert(Backend<B>, "see backend/backend.hpp for what a backend must have");
    using WakeBlock = detail::WakeBlockOf<typename B::Wake>;
    using Condition = detail::Condition;
    using Alarm = detail::AlarmOf<B, HasDeadline<S>>;

    Poller(const Options& options, std::error_code&& ec) noexcept : Poller(options, ec) {}
    template <class T>
    Channel* attach(const ChannelNumber* number, T& source, std::error_code& ec) noexcept;
    template <class T>
    Channel& attachOrThrow(const ChannelNumber* number, T& source);
    template <class T>
    void detach(const Which<S>& which, std::optional<T>& destination);
    [[nodiscard]] std::error_code makeRoom(std::size_t channels) noexcept;
    [[nodiscard]] bool isUsable() const noexcept;
    [[nodiscard]] bool isUsableAllTheSame() const noexcept;
    [[nodiscard]] std::error_code usable() const noexcept;
    [[nodiscard]] bool isForked() const noexcept { return detail::ForkCount::current() != forks_; }
    [[nodiscard]] bool mayWait(std::error_code& ec) noexcept;
    [[nodiscard]] bool mayWaitAllTheSame(std::error_code& ec) noexcept;
    [[nodiscard]] std::error_code ensureWake() noexcept;
    [[nodiscard]] std::error_code registerWake() noexcept;
    [[nodiscard]] std::error_code recoverWake() noexcept;
    bool wait(Timeout timeout, WaitResult& result, std::error_code& ec) noexcept;
    bool turn(Timeout timeout, WaitResult& result, std::error_code& ec) noexcept;
    [[nodiscard]] WaitResult waitInTurns(Timeout timeout, std::error_code& ec) noexcept;
    [[nodiscard]] bool arm() noexcept;
    [[nodiscard]] bool disarm(bool signalled) noexcept;
    void readTime() noexcept;
    void expire() noexcept;
    void setAlarm(TimePoint deadline) noexcept;
    void registerAlarm() noexcept;
    void dropAlarm(bool forGood) noexcept;
    [[nodiscard]] bool rebuild() noexcept;
    [[nodiscard]] WaitResult finish(WaitResult result) noexcept;

    Options options_;
    std::error_code broken_; // why the constructor failed
    std::error_code good_;   // for calls that throw, and good in between: to make one is a function call
    PollerCore<S> core_;
    B backend_; // behind the core: destroyed first
    POLLEROS_NO_UNIQUE_ADDRESS Alarm alarm_;
    WakeBlock* wake_ = nullptr;
    TimePoint waitTime_{};
    std::uint32_t forks_;
    std::uint32_t rebuildBackOff_ = 0;
    std::uint32_t rebuildPause_ = 0; // stale waits to let pass before the next attempt
};

POLLEROS_NAMESPACE_END

#include <polleros/detail/poller_lifecycle.hpp>
#include <polleros/detail/poller_wait.hpp>
