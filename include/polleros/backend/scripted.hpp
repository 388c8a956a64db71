// SPDX-License-Identifier: MIT
/// @file
/// backend::Scripted: an imaginary kernel in memory, for tests that always run the same. Readiness, order, failures and
/// time are what the test says. Code that is a template over its backend is tested with it unchanged:
///
/// ```cpp
/// polleros::backend::ScriptedKernel kernel;                           // the world
/// polleros::Poller<polleros::backend::Scripted> poller;               // lives in it
/// const auto handle = kernel.openHandle();                            // the lowest free number, as in life
/// poller.attachChannel(polleros::SocketSource(handle, recv));
/// kernel.after(5s, [&] { kernel.setReady(handle, ReadyFlag::read); });
/// poller.waitTriggers(1min);                                          // returns at once; by its clock 5 s have passed
/// poller.backend().fail(Scripted::Call::modify, ENOMEM);              // its next change of interest
/// ```
///
/// - Readiness is level-triggered, and told by Linux's rules: an error and a full hang-up unasked, the end of the
///   peer's stream as something to read, and as `readEnd` to those who asked for `hangup`.
/// - `now()` is a virtual clock. A wait with nothing ready moves it to the next scheduled action, or to its own
///   deadline and ends. A wait for ever really sleeps for a Waker in another thread; if no waker is registered it fails
///   with `Errc::wouldBlockForever` instead of hanging the test.
/// - It stands for a kernel, whose memory is nobody's: its tables come from the heap, not from `Options::memory`. Once
///   they have grown, the poller's calls allocate nothing; what a test schedules, injects or adds to batches does.
///
/// @par Thread safety
/// A kernel and all pollers in it belong to one thread at a time; only wakes come from others.
#pragma once

#include <polleros/backend/scripted_kernel.hpp>
#include <polleros/detail/scripted_batch.hpp>
#include <polleros/detail/scripted_wake.hpp>

#include <algorithm>
#include <cerrno>

POLLEROS_NAMESPACE_BEGIN

namespace backend {

/// One poller's calls to a scripted kernel, the same whatever that can: recorded, made to fail, their results edited.
class ScriptedBackend {
public:
    /// What can be recorded and made to fail.
    enum class Call : std::uint8_t { create, createWake, add, modify, remove, wait, renew };

    /// One call of the poller.
    struct Record {
        Call call{};
        NativeHandle handle = invalidHandle; ///< of add, modify, remove
        SeqN seqN{};                         ///< of add, modify, remove
        Interest interest = {};              ///< asked for by add and modify; given up by remove
        Timeout timeout = Timeout::never();  ///< of wait
        std::size_t ready = 0;               ///< how many entries wait returned
        std::error_code result = {};         ///< also what remove keeps to itself
    };

    static constexpr std::size_t always = detail::ScriptedFaults<Record>::always; ///< as a number of times

    ScriptedBackend(const ScriptedBackend&) = delete;
    ScriptedBackend& operator=(const ScriptedBackend&) = delete;

    /// The world it lives in.
    [[nodiscard]] ScriptedKernel& kernel() noexcept { return *kernel_; }

    /// @name Failures
    /// @{
    /// The `nth` next call of this kind, and `times` - 1 after it, fail with this system error and do nothing else: an
    /// add that fails registers nothing, a remove that fails leaves its registration behind. A wait "fails" with 0 by
    /// ending early with nothing.
    void fail(Call call, int error, std::size_t nth = 1, std::size_t times = 1) {
        POLLEROS_ASSERT(nth != 0, "the next call is the first");
        faults_.add(call, error, nth - 1, times, {});
    }
    /// The same for calls that the predicate picks by their Record.
    void failIf(Call call, int error, std::function<bool(const Record&)> picks, std::size_t times = always) {
        faults_.add(call, error, 0, times, std::move(picks));
    }
    /// The same for calls about one handle.
    void failOn(Call call, NativeHandle handle, int error, std::size_t times = always) {
        failIf(call, error, [handle](const Record& record) { return record.handle == handle; }, times);
    }
    /// Makes this thread's next scripted backend (`create`) or waker (`createWake`) fail: there is no object to ask
    /// yet.
    static void failNext(Call call, int error) noexcept {
        POLLEROS_ASSERT(call == Call::create || call == Call::createWake, "for other calls there is fail()");
        if (call == Call::create) {
            nextCreationFailure = error;
        } else {
            detail::ScriptedBell::failNext(error);
        }
    }
    void clearFailures() noexcept { faults_.clear(); }
    /// Ends the wait during which it is called (from an action), else the next one: with this error, or early with
    /// nothing if it is 0.
    void interrupt(int error = EINTR) noexcept { interruption_ = error; }
    /// @}

    /// @name Batches
    /// By default what became ready first is told first, and what was told goes to the end of the queue.
    /// @{
    /// Called with every batch that is not empty before the wait returns it: orders it, doubles or drops entries,
    /// changes bits, adds nonsense. An entry that it gives a `failure` ends that registration. An empty function: no
    /// more.
    void editBatches(std::function<void(std::vector<Ready>&)> edit) { batch_.edit(std::move(edit)); }
    /// Adds this entry to the next batch, which need not have another.
    void inject(Ready entry) { batch_.inject(entry); }
    /// @}

    /// @name Records
    /// @{
    /// The latest calls, oldest first: at least as many as `keepCalls` said, unless fewer were made.
    [[nodiscard]] std::span<const Record> calls() const noexcept { return log_.records(); }
    /// How many calls of this kind were made since `clearCalls`, all counted.
    [[nodiscard]] std::size_t count(Call call) const noexcept { return log_.count(call); }
    /// add, modify and remove together: what epoll would have spent a system call on each.
    [[nodiscard]] std::size_t changes() const noexcept {
        return count(Call::add) + count(Call::modify) + count(Call::remove);
    }
    void clearCalls() noexcept { log_.clear(); }
    /// Forgets what is recorded and keeps this many calls from now on, 0 for none. At first 256.
    void keepCalls(std::size_t kept) { log_.keep(kept); }
    /// What the kernel watches this handle for; nothing if it is not registered.
    [[nodiscard]] std::optional<Interest> interestOf(NativeHandle handle) const noexcept {
        const Interest* interest = kernel_->tables_.interestOf(set_, handle);
        return interest == nullptr ? std::nullopt : std::optional(*interest);
    }
    /// How many registrations there are, the waker's not counted, those of closed numbers with a duplicate counted.
    [[nodiscard]] std::size_t registered() const noexcept { return set_.registered(); }
    /// @}

    /// @name Backend
    /// What the poller calls; `backend.hpp` says what it means. A test may call it too.
    /// @{
    [[nodiscard]] std::error_code add(NativeHandle handle, SeqN seqN, Interest interest, Occupied occupied,
                                      When when) noexcept {
        const Interest watched = interest - unwatchable_;
        const auto tie = [&] { return bell_.tie(handle, watched.has(InterestFlag::edge)); };
        const auto addOther = [&] { return kernel_->tables_.add(set_, handle, seqN, watched, occupied, when); };
        return perform({.call = Call::add, .handle = handle, .seqN = seqN, .interest = interest},
                       [&] { return seqN == wakerSeqN ? tie() : addOther(); })
            .result;
    }
    [[nodiscard]] std::error_code modify(NativeHandle handle, SeqN seqN, Interest /*from*/, Interest to) noexcept {
        return perform({.call = Call::modify, .handle = handle, .seqN = seqN, .interest = to},
                       [&] { return kernel_->tables_.modify(set_, handle, seqN, to - unwatchable_); })
            .result;
    }
    void remove(NativeHandle handle, SeqN seqN, Interest from, When /*always now*/) noexcept {
        perform({.call = Call::remove, .handle = handle, .seqN = seqN, .interest = from},
                [&] { return seqN == wakerSeqN ? bell_.untie() : kernel_->tables_.remove(set_, handle, seqN); });
    }
    [[nodiscard]] std::size_t wait(Timeout timeout, std::error_code& ec) noexcept {
        POLLEROS_ASSERT(!kernel_->clock_.isRunningAction(), "an action is the world outside: it cannot wait");
        Record record{.call = Call::wait, .timeout = timeout};
        batch_.clear();
        const std::optional<int> fault = faults_.strike(record);
        ec = fault ? detail::errnoError(*fault) : waitUntil(deadlineOf(timeout));
        record.ready = batch_.size();
        record.result = ec;
        log_.add(record);
        return batch_.size();
    }
    [[nodiscard]] Ready ready(std::size_t index) const noexcept {
        Ready entry = batch_[index];
        entry.failure = detail::packedError(detail::errnoError(entry.failure));
        return entry;
    }
    [[nodiscard]] std::error_code renew() noexcept {
        return perform({.call = Call::renew},
                       [&] {
                           kernel_->tables_.removeAll(set_);
                           static_cast<void>(bell_.untie());
                           ++renewals_;
                           return 0;
                       })
            .result;
    }
    /// A millisecond passes without a look at what is ready.
    void rest() noexcept {
        kernel_->clock_.moveTo(now() + std::chrono::milliseconds(1));
        kernel_->clock_.runDue();
    }
    [[nodiscard]] TimePoint now() const noexcept { return kernel_->now(); } ///< the kernel's virtual clock
    /// A number that nothing else has, another one after each `renew`.
    [[nodiscard]] NativeHandle nativeHandle() const noexcept {
        return static_cast<NativeHandle>((1 << 29) + renewals_);
    }
    /// @}

protected:
    /// What it can, and what it cannot watch.
    ScriptedBackend(Capabilities can, const Options& options, std::error_code& ec) noexcept
        : set_(can.has(Capability::tellsDuplicates)),
          batch_(options),
          exactTime_(can.has(Capability::subMillisecond)),
          unwatchable_(detail::unwatchable(can)) {
        ec = detail::errnoError(std::exchange(nextCreationFailure, 0));
        if (!batch_.prepare() || !detail::hadMemory([&] { keepCalls(256); })) {
            ec = errorCode(Errc::outOfMemory);
        }
        ++kernel_->sets_;
    }
    ~ScriptedBackend() {
        kernel_->tables_.removeAll(set_);
        --kernel_->sets_;
    }

private:
    /// Does the call unless it was told to fail, and records it either way.
    template <class Action>
    Record perform(Record record, Action&& action) {
        const std::optional<int> fault = faults_.strike(record);
        record.result = detail::errnoError(fault ? *fault : action());
        log_.add(record);
        return record;
    }

    [[nodiscard]] TimePoint deadlineOf(Timeout timeout) const noexcept {
        return timeout.isNever() || exactTime_ ? timeout.deadline(now())
                                               : now() + std::chrono::milliseconds(timeout.toMilliseconds(now()));
    }

    [[nodiscard]] std::error_code waitUntil(TimePoint deadline) {
        for (;;) {
            kernel_->clock_.runDue();
            if (const std::optional<int> error = std::exchange(interruption_, std::nullopt)) {
                return detail::errnoError(*error);
            }
            if (batch_.fill(kernel_->tables_, set_, bell_.hear()) || now() >= deadline) {
                return {};
            }
            if (const TimePoint next = std::min<TimePoint>(kernel_->clock_.nextAction(), deadline);
                next != noDeadline) {
                kernel_->clock_.moveTo(next);
            } else if (!bell_.sleep()) {
                return errorCode(Errc::wouldBlockForever);
            }
        }
    }

    static inline thread_local int nextCreationFailure = 0;

    ScriptedKernel own_{false}; // used if it was made in none
    ScriptedKernel* kernel_ = ScriptedKernel::current != nullptr ? ScriptedKernel::current : &own_;
    detail::ScriptedTables::Set set_;
    detail::ScriptedEar bell_;
    detail::ScriptedBatch batch_;
    detail::ScriptedFaults<Record> faults_;
    detail::ScriptedLog<Record, 7> log_;
    std::optional<int> interruption_;
    bool exactTime_;
    Interest unwatchable_;
    int renewals_ = 0;
};

/// A backend that can what its parameters say. With `Capability::tellsDuplicates` it keys registrations by open
/// file, as epoll: a closed one vanishes, unless a duplicate keeps it alive. Without, by number, as poll(2): a closed
/// one is told as a failure by the next wait.
template <Capability... can>
class BasicScripted : public ScriptedBackend {
    static_assert(!Capabilities{can...}.has(Capability::batchesChanges | Capability::nests),
                  "there is nothing to batch changes for, and nothing to nest in");

public:
    using Wake = detail::ScriptedWake<Capabilities{can...}.has(Capability::edge)>; ///< a counter; a signal is atomic

    /// Fails only if `failNext` said so.
    BasicScripted(const Options& options, std::error_code& ec) noexcept : ScriptedBackend({can...}, options, ec) {}

    [[nodiscard]] static constexpr std::string_view name() noexcept { return "scripted"; }
    [[nodiscard]] static constexpr Capabilities capabilities() noexcept { return {can...}; }
};

/// The scripted backend to use: it can and behaves as epoll.
using Scripted = BasicScripted<Capability::hangupOnly, Capability::priority, Capability::anyHandle,
                               Capability::subMillisecond, Capability::edge, Capability::tellsDuplicates>;

/// One that can and behaves as poll(2).
using ScriptedLikePoll = BasicScripted<Capability::hangupOnly, Capability::priority, Capability::subMillisecond>;

} // namespace backend

POLLEROS_NAMESPACE_END
