// SPDX-License-Identifier: MIT
/// @file
/// EventSet: the classical set, add, modify, remove, wait and wake up, from any thread, the same on every system.
///
/// ```cpp
/// polleros::EventSet<polleros::backend::Native, Connection*> set;
/// polleros::EventBatch<Connection*> batch(256);
/// auto ec = set.add(socket.nativeHandle(), EventFlag::read, &connection);
/// while (running) {
///     set.wait(batch, 1s);
///     for (const auto& event : batch) {
///         if (event.events.has(EventFlag::read)) { event.data->serve(); }
///     }
/// }
/// ```
///
/// A Poller asks objects what they want, and is one thread's; this is told, by anybody. It stands on a Poller: whoever
/// changes the set while a thread waits has that thread step out for a moment, on every backend, unseen by its caller.
/// A change costs a lock, the system call, and, if somebody waits, a wake and two switches of threads.
///
/// For edges, read (write, accept) until it would block before you wait again; each event may be the last.
#pragma once

#include <polleros/backend/native.hpp>
#include <polleros/detail/step_out_lock.hpp>
#include <polleros/event_batch.hpp>
#include <polleros/poller.hpp>

#include <span>
#include <vector>

POLLEROS_NAMESPACE_BEGIN

/// How an EventSet is made. `EventSet<> set({.maxEvents = 1024});`
struct EventSetOptions {
    std::size_t maxEvents = 256;               ///< never more events than so many per wait
    std::size_t maxHandles = 0;                ///< never more handles than so many; 0: no limit
    Timeout defaultTimeout = Timeout::never(); ///< of waits that are not told another
    Options poller = {};                       ///< all the rest; its `maxEvents` is the above
};

/// @cond INTERNAL
namespace detail {

/// What an EventSet knows of one handle; it states to the poller what follows from it.
template <class D>
struct SetEntry {
    static constexpr bool intentIsLocal = true;

    NativeHandle number;
    Events asked;
    Delivery delivery;
    bool armed = true;    // a oneShot that was delivered is not, until it is modified
    bool overdue = false; // there was no room for it in the last batch
    bool ended = false;   // the end has been told
    bool dead = false;    // the handle was closed unremoved, which is still to be told
    Events kept;          // of it, what the kernel will not tell again
    D data;

    // The number of a dead one may be somebody else's by now.
    [[nodiscard]] NativeHandle handle() const noexcept { return dead ? invalidHandle : number; }
    [[nodiscard]] Triggers triggers() const noexcept {
        const Triggers due = when(overdue, Trigger::work);
        if (!armed || dead) {
            return due;
        }
        const bool edge = delivery == Delivery::edge;
        return due | when(asked.has(EventFlag::read), Trigger::recv) |
               when(asked.has(EventFlag::write), Trigger::send) |
               when(asked.has(EventFlag::priority), Trigger::priority) | when(!ended || edge, Trigger::hangup) |
               when(edge, Trigger::edge);
    }
};

} // namespace detail
/// @endcond

/// Handles, what each is watched for, and a word of the user's for each, `D`: a pointer, an index, a number.
///
/// All functions but the constructor and the destructor are safe from any thread, and in effect when they return.
/// Several threads may wait: one does in the kernel, the others for their turn. Not from signal handlers, and not to be
/// cancelled (pthread_cancel) inside.
///
/// k counts ready handles. Where nothing else is said, an error is `badPoller` if the constructor failed. While one that
/// was closed without a `remove()` waits for room to be told, who is not found is looked for among all: linear.
template <class B = backend::Native, class D = void*>
class EventSet {
    static_assert(std::is_trivially_copyable_v<D>, "a pointer, an index, a number: events carry copies of it");

public:
    using Event = SetEvent<D>;   ///< what a wait tells of one handle
    using Batch = EventBatch<D>; ///< events of one wait, and room for them

#if POLLEROS_EXCEPTIONS
    /// As below; throws std::system_error.
    explicit EventSet(const EventSetOptions& options = {}) : EventSet(options, std::error_code()) {
        detail::throwIf(broken_, "EventSet");
    }
#endif
    /// Makes the kernel's set and what wakes it. After an error every call says `badPoller`.
    /// - EMFILE, ENFILE, ENOMEM, ... from the system; `outOfMemory`
    EventSet(const EventSetOptions& options, std::error_code& ec) noexcept;
    EventSet(const EventSet&) = delete;
    EventSet& operator=(const EventSet&) = delete;
    /// No thread may be in any of its functions. Handles are left as they are.
    ~EventSet() = default;

    /// Watches this handle for these events; `hangup` and `error` always are, and if nothing is asked, only they.
    /// - `alreadyAttached`: it is in this set. `badHandle`, `unsupportedHandle`: it is not open, or no kernel can wait for it
    /// - `unsupportedTrigger`: this backend can't tell `priority`, or edges
    /// - `sequenceExhausted`: `maxHandles` are there already; `outOfMemory`; what the system says
    ///
    /// Constant time, one kernel call.
    [[nodiscard]] std::error_code add(NativeHandle handle, Events events, D data = {},
                                      Delivery delivery = Delivery::level) noexcept;

    /// Watches it for these instead, whatever it was watched for; a `oneShot` is armed again, a lasting state is told
    /// again to who asked for edges, and the end is told again. If it fails all is as it was.
    /// - `notFound`: not in this set. `badHandle`: closed without a `remove()`, and not in this set any more
    /// - the others as of `add()`
    ///
    /// Constant time; one kernel call if something changes, two for edges.
    [[nodiscard]] std::error_code modify(NativeHandle handle, Events events) noexcept;
    /// The same, and the handle's data is this from now on.
    [[nodiscard]] std::error_code modify(NativeHandle handle, Events events, D data) noexcept;
    /// The same, for these too.
    [[nodiscard]] std::error_code addEvents(NativeHandle handle, Events more) noexcept;
    /// The same, but not for these.
    [[nodiscard]] std::error_code removeEvents(NativeHandle handle, Events less) noexcept;

    /// Watches it no more: the kernel has forgotten it when this returns. False if it was not there. A batch that another
    /// thread has may still name it: see `current()`. Constant time, one kernel call.
    bool remove(NativeHandle handle) noexcept;

    /// Waits until there are events, a `wakeup()`, or the timeout; never shorter, and whatever other threads change
    /// meanwhile. `channels` of the result is how many events are in the batch, each of another handle.
    /// - what the system says of its own set (EBADF, EINVAL)
    ///
    /// One kernel call. O(k). What there is no room for comes with the next wait.
    WaitResult wait(Batch& batch, Timeout timeout, std::error_code& ec) noexcept;
    /// The same into an array.
    WaitResult wait(std::span<Event> into, Timeout timeout, std::error_code& ec) noexcept;
#if POLLEROS_EXCEPTIONS
    /// As above; throws std::system_error.
    WaitResult wait(Batch& batch, Timeout timeout) {
        std::error_code ec;
        const WaitResult result = wait(batch, timeout, ec);
        detail::throwIf(ec, "wait");
        return result;
    }
    /// As above, for the default timeout.
    WaitResult wait(Batch& batch) { return wait(batch, defaultTimeout()); }
#endif

    /// Ends one wait, the next one if there is none: so many wake-ups, so many waits. A lock, and a system call only if
    /// somebody is about to block.
    void wakeup() noexcept {
        lock_.guarded([this] { ++wakeups_; });
        lock_.wake();
    }

    /// True while the registration that this event was told of is in the set: not removed, nor added anew.
    [[nodiscard]] bool current(const Event& event) noexcept;

    [[nodiscard]] std::size_t size() noexcept;                                  ///< handles in the set
    [[nodiscard]] std::vector<NativeHandle> handles();                          ///< which they are. Linear
    [[nodiscard]] std::size_t maxEvents() const noexcept { return maxEvents_; } ///< per wait, as it was made

    /// Never more handles than so many; 0: no limit.
    [[nodiscard]] std::size_t maxHandles() noexcept {
        return lock_.guarded([this] { return maxHandles_; });
    }
    /// From now on; those that are there stay.
    void maxHandles(std::size_t most) noexcept {
        lock_.guarded([this, most] { maxHandles_ = most; });
    }
    /// Of waits that are not told another.
    [[nodiscard]] Timeout defaultTimeout() noexcept {
        return lock_.guarded([this] { return defaultTimeout_; });
    }
    /// Of waits that begin from now on.
    void defaultTimeout(Timeout timeout) noexcept {
        lock_.guarded([this, timeout] { defaultTimeout_ = timeout; });
    }
    [[nodiscard]] std::string_view backendName() const noexcept { return poller_.backendName(); } ///< "epoll", ...

private:
    using Entry = detail::SetEntry<D>;
    using Change = detail::StepOutLock::Change;
    using Channel = TriggeredChannel<Entry>;

    static constexpr Events everything = Events::fromBits(static_cast<Events::Bits>(~Events::Bits{}));

    EventSet(const EventSetOptions& options, std::error_code&& ec) noexcept : EventSet(options, ec) {}
    [[nodiscard]] std::error_code change(NativeHandle handle, Events less, Events more, const D* data) noexcept;
    [[nodiscard]] std::error_code rearm(Channel& channel) noexcept;
    [[nodiscard]] Channel* find(NativeHandle handle) noexcept;
    void bury(Entry& entry) noexcept;
    void drop(Channel& channel) noexcept;
    [[nodiscard]] bool gather(std::span<Event> into, std::size_t& count) noexcept;
    [[nodiscard]] static Events keptOf(const Entry& entry, Events told) noexcept;
    [[nodiscard]] static Events take(Channel& channel) noexcept;
    [[nodiscard]] static bool isNews(const Channel& channel) noexcept;
    [[nodiscard]] static Options pollerOptions(const EventSetOptions& options) noexcept;

    std::error_code broken_;
    Poller<B, Entry> poller_;
    detail::StepOutLock lock_;
    std::size_t maxEvents_;
    std::size_t maxHandles_;
    Timeout defaultTimeout_;
    std::size_t wakeups_ = 0; // that no wait has ended for yet
    std::size_t dead_ = 0;    // entries that are
    bool crowded_ = false;    // the last wait may not have brought all that was ready
};

POLLEROS_NAMESPACE_END

#include <polleros/detail/event_set_bodies.hpp>
