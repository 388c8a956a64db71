// SPDX-License-Identifier: MIT
/// @file
/// What a backend is: one mechanism of one operating system that waits for handles. `epoll.hpp`, `poll.hpp` and
/// `scripted.hpp` are models of the concept below, `any.hpp` is a choice of several, and so may any class of yours be:
/// `Poller<YourBackend>`.
///
/// A backend knows handles, sequence numbers and interests, and nothing of channels. The poller promises it:
/// - one thread at a time;
/// - `add` only what is not registered, `modify` and `remove` only what is; after `renew` nothing is registered;
/// - the interest is never empty, but in an `add` that only asks whether the handle could be waited for: a `remove`
///   with the same sequence number follows at once;
/// - one sequence number per handle at a time. Its low bits (`detail::placeOf`) are small and dense: a table indexed by
///   them is as long as the poller has channels. `wakerSeqN` is the poller's wake handle.
///
/// A backend promises the poller:
/// - what `add`, `modify` and `remove` say is in force when the next `wait` blocks; with `When::now`, when they return;
/// - `wait` reports level-triggered, every ready handle in turn if there are more than it has room for, and nothing of
///   a registration after its `remove`. It may end early or be interrupted: the poller goes on to its own deadline. It
///   is handed a good `ec`, and leaves it so if it has anything to tell;
/// - several entries for one handle are merged by the poller, so their order does not matter;
/// - it allocates only through `Options::memory` (but for what stands in for a kernel), and nothing in a steady state;
/// - errors are the system's own codes. `remove` cannot fail visibly: what is gone already is gone.
/// It may keep state per registration, and finish a removal later, if it reports nothing of it meanwhile. It may also
/// have `bool reserve(std::size_t channels)`, after which adding so many needs no memory, false if there is none;
/// `bool submit(std::error_code&)`, which puts batched changes in force without waiting, true if the next wait has a
/// failure of one to tell, and with it `std::error_code submit(SeqN)`, which does so for the changes of one registration,
/// or for its removal, behind all removals that wait, and says their failure: then this registration is gone; and
/// `void rest()`, which lets a millisecond pass without looking: for the rare moments in which a forgotten registration
/// would end every wait at once and no new set can be had. And a type `Alarm`, see `detail/alarm.hpp`: a timer of the
/// system that it can wait for, under `alarmSeqN` and with `InterestFlag::edge`.
#pragma once

#include <polleros/handle.hpp>
#include <polleros/identity.hpp>
#include <polleros/interest.hpp>
#include <polleros/options.hpp>
#include <polleros/timeout.hpp>

#include <concepts>
#include <string_view>
#include <system_error>

POLLEROS_NAMESPACE_BEGIN

/// What not every backend can.
enum class Capability : std::uint8_t {
    hangupOnly = 1U << 0,      ///< `{hangup}` alone tells a half-close; without it only a full close
    priority = 1U << 1,        ///< urgent data
    anyHandle = 1U << 2,       ///< waits for more than sockets and pipes: the kernel judges
    subMillisecond = 1U << 3,  ///< timeouts finer than a millisecond
    batchesChanges = 1U << 4,  ///< changes travel with the wait; has `submit()`
    nests = 1U << 5,           ///< `nativeHandle()` can itself be waited for
    edge = 1U << 6,            ///< `InterestFlag::edge`
    tellsDuplicates = 1U << 7, ///< `add` of a handle that is registered already says so
};

template <>
inline constexpr bool isFlag<Capability> = true;

/// What a backend can.
using Capabilities = FlagSet<Capability>;

/// What a wait brought for one handle.
struct Ready {
    SeqN seqN{};         ///< whose
    Readiness readiness; ///< what the kernel says of it
    int failure = 0;     ///< not 0: this registration has failed with this system error and exists no more
};

/// What `add` does when the kernel holds a registration for this handle number already.
enum class Occupied : std::uint8_t {
    refuse,   ///< fails with EEXIST: somebody else lives there
    takeOver, ///< it is a leftover of somebody who does not: replaces it
};

/// When a change must be in force.
enum class When : std::uint8_t {
    now,        ///< when the call returns, with its error
    byNextWait, ///< when the next wait blocks; an error may come as `Ready::failure`
};

/// How a poller wakes itself from another thread: a handle that it waits for like any other, and a signal to it. Never
/// copied or moved; it lives, and its handle stays the same, for as long as any Waker may signal.
template <class W>
concept WakeSignal = requires(W& signal, const Options& options, std::error_code& ec) {
    W(options, ec); // with the poller's options, whose `backend` is the name of the one it has
    { signal.handle() } noexcept -> std::same_as<NativeHandle>;
    { signal.interest() } noexcept -> std::same_as<Interest>; // `read`, with `edge` if drain() has nothing to do
    { signal.signal() } noexcept;                             // any thread; on POSIX also from a signal handler
    { signal.drain() } noexcept;                              // the owner's thread, before it looks for a wake
};

/// A mechanism that waits for handles; see the top of this file for what the members mean.
template <class B>
concept Backend = WakeSignal<typename B::Wake> &&
                  requires(B& backend, const B& constant, const Options& options, std::error_code& ec,
                           NativeHandle handle, SeqN seqN, Interest interest, Timeout timeout, std::size_t index) {
                      B(options, ec);
                      // constant expressions, static, of a backend that is but one
                      { constant.name() } noexcept -> std::convertible_to<std::string_view>;
                      { constant.capabilities() } noexcept -> std::same_as<Capabilities>;
                      {
                          backend.add(handle, seqN, interest, Occupied{}, When{})
                      } noexcept -> std::same_as<std::error_code>;
                      // from `interest` to `interest`
                      { backend.modify(handle, seqN, interest, interest) } noexcept -> std::same_as<std::error_code>;
                      { backend.remove(handle, seqN, interest, When{}) } noexcept;
                      // a relative timeout, and an error that is empty and stays so unless it fails;
                      // the number of entries that `ready(0)` ... describe until the next call
                      { backend.wait(timeout, ec) } noexcept -> std::same_as<std::size_t>;
                      { constant.ready(index) } noexcept -> std::same_as<Ready>;
                      // a new, empty kernel set in place of the old one, which is kept if it fails
                      { backend.renew() } noexcept -> std::same_as<std::error_code>;
                      { constant.now() } noexcept -> std::same_as<TimePoint>;
                      { constant.nativeHandle() } noexcept;
                  };

/// @cond INTERNAL
namespace detail {

/// Its changes wait for the next wait, if they are not submitted.
template <class B>
concept BatchesChanges = requires(B& backend, std::error_code& ec, SeqN seqN) {
    { backend.submit(ec) } noexcept -> std::same_as<bool>;
    { backend.submit(seqN) } noexcept -> std::same_as<std::error_code>;
};

template <class B>
concept SubmitsAll = requires(B& backend, std::error_code& ec) { backend.submit(ec); };
template <class B>
concept SubmitsOne = requires(B& backend, SeqN seqN) { backend.submit(seqN); };

/// All changes cannot stand in for those of one, whose failure must be said at once: it has both, or neither.
template <class B>
concept SubmitsAsPromised = BatchesChanges<B> || (!SubmitsAll<B> && !SubmitsOne<B>);

} // namespace detail
/// @endcond

POLLEROS_NAMESPACE_END
