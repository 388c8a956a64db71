// SPDX-License-Identifier: MIT
/// @file
/// What a source is: the user's object behind a channel, which has a handle and states what it wants to wait for.
///
/// ```cpp
/// struct Connection {
///     const polleros::net::Socket& handle() const noexcept;   // or a NativeHandle, or a HandleRef
///     polleros::Triggers triggers() const noexcept;           // what I want right now
///     polleros::TimePoint deadline() const noexcept;          // optional: and until when at the latest
///     static constexpr bool intentIsLocal = true;             // optional: see below
/// };
/// ```
///
/// These functions are called by the poller whenever it looks at the channel: they must be cheap, and may not call the
/// poller. One that throws gives its channel a library error (`Errc::sourceThrew`), and no other channel notices.
///
/// **Which channels are looked at** is a property of the source, `intentIsLocal`:
/// - absent or false: all channels before every wait. Always right, also for an intent that depends on the time or on
///   other objects; costs a glance at every channel per wait.
/// - `static constexpr bool intentIsLocal = true`: only channels that were touched: attached, reported, or accessed
///   through `channel.source()`, `as`, `visit`, a ChannelRef, or `touch()`. Idle channels cost nothing. It is a
///   promise: `handle()`, `triggers()` and `deadline()` are `const noexcept` and change only when the source itself is
///   changed.
/// - `bool intentIsLocal() const noexcept`: decided per channel whenever it is looked at. "Local unless I wait for
///   somebody else's buffer."
#pragma once

#include <polleros/handle.hpp>
#include <polleros/timeout.hpp>
#include <polleros/triggers.hpp>

#include <concepts>
#include <type_traits>

POLLEROS_NAMESPACE_BEGIN

/// A type that can stand behind a channel. Needs to be movable (no assignment, no default), and to be destroyed
/// without throwing.
template <class S>
concept Source =
    std::is_object_v<S> && std::is_move_constructible_v<S> && std::is_nothrow_destructible_v<S> && requires(S& source) {
        { source.handle() } -> std::convertible_to<HandleRef>;
        { source.triggers() } -> std::convertible_to<Triggers>;
    };

/// A source that may want to be reported at a certain time, whatever its handle does: `deadline()` returns the moment,
/// or `noDeadline`. State it from a time that was handed in, `lastActivity + 30s` with `poller.waitTime()` of the wait
/// that brought the activity, rather than from a clock of your own: then it can be tested on `backend::Scripted`, whose
/// time is virtual. When more is ready than one wait can bring, a deadline may be told before what would have moved it:
/// on `timeout`, read once more before you believe it.
template <class S>
concept HasDeadline = requires(S& source) {
    { source.deadline() } -> std::convertible_to<TimePoint>;
};

/// A source that says per object and per moment whether its intent is local.
template <class S>
concept SometimesLocal = requires(const S& source) {
    { source.intentIsLocal() } noexcept -> std::convertible_to<bool>;
};

/// @cond INTERNAL
namespace detail {

template <class S>
[[nodiscard]] consteval bool alwaysLocal() {
    if constexpr (!SometimesLocal<S> && requires { S::intentIsLocal; }) {
        return static_cast<bool>(S::intentIsLocal);
    } else {
        return false;
    }
}

template <class S>
concept WantsNoexcept = requires(S& source) {
    requires noexcept(HandleRef(source.handle()));
    requires noexcept(Triggers(source.triggers()));
};
template <class S>
concept DeadlineNoexcept = requires(S& source) { requires noexcept(TimePoint(source.deadline())); };

/// True if asking the source cannot throw.
template <class S>
inline constexpr bool statesNoexcept = WantsNoexcept<S> && (!HasDeadline<S> || DeadlineNoexcept<S>);

/// What a local intent needs: asking it cannot change or throw anything.
template <class S>
inline constexpr bool statesConstNoexcept = WantsNoexcept<const S> && (!HasDeadline<S> || DeadlineNoexcept<const S>);
template <class S>
inline constexpr bool keepsLocalPromise = statesConstNoexcept<S> || !(alwaysLocal<S>() || SometimesLocal<S>);

/// What a source says of itself at one moment.
struct Statement {
    HandleRef handle;
    Triggers intent;
    TimePoint deadline = noDeadline;
};

/// What an intent may contain.
inline constexpr Triggers askable = kernelTriggers | Trigger::edge | Trigger::work;

/// Asks the source. What an intent must not contain is taken out here, once.
template <class S>
[[nodiscard]] constexpr Statement state(S& source) noexcept(statesNoexcept<S>) {
    if constexpr (HasDeadline<S>) {
        return {source.handle(), static_cast<Triggers>(source.triggers()) & askable, source.deadline()};
    } else {
        return {source.handle(), static_cast<Triggers>(source.triggers()) & askable};
    }
}

/// True if the source says a handle's number only, as most do: then there are no versions to compare.
template <class S>
concept StatesNumber = requires(S& source) {
    { source.handle() } -> std::same_as<NativeHandle>;
};

/// Whether a source of this type states the handle that it has stated before.
template <class S>
[[nodiscard]] constexpr bool isSameHandle(const HandleRef& a, const HandleRef& b) noexcept {
    return StatesNumber<S> ? a.number == b.number : a == b;
}

/// True if the source is local at this moment.
template <class S>
[[nodiscard]] constexpr bool isLocalNow(const S& source) noexcept {
    if constexpr (SometimesLocal<S>) {
        return source.intentIsLocal();
    } else {
        return alwaysLocal<S>();
    }
}

} // namespace detail
/// @endcond

POLLEROS_NAMESPACE_END
