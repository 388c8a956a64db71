// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/detail/kqueue_token.hpp>
#include <polleros/handle.hpp>

#include <cstddef>
#include <iterator>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

enum class KqueueFilter : std::uint8_t { read, write, except };

/// A set of filters, each of which tells states or, with EV_CLEAR, changes.
class KqueueFilters {
public:
    static constexpr KqueueFilter all[] = {KqueueFilter::read, KqueueFilter::write, KqueueFilter::except};

    [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
    [[nodiscard]] constexpr bool has(KqueueFilter filter) const noexcept { return (bits_ & present(filter)) != 0; }
    [[nodiscard]] constexpr bool clears(KqueueFilter filter) const noexcept { return (bits_ & clearing(filter)) != 0; }
    constexpr void set(KqueueFilter filter, bool clears) noexcept {
        unset(filter);
        bits_ = static_cast<std::uint8_t>(bits_ | present(filter) | (clears ? clearing(filter) : 0U));
    }
    constexpr void unset(KqueueFilter filter) noexcept {
        bits_ = static_cast<std::uint8_t>(bits_ & ~(present(filter) | clearing(filter)));
    }
    /// Both without it, or both with it and in the same way.
    [[nodiscard]] constexpr bool agrees(KqueueFilters other, KqueueFilter filter) const noexcept {
        return ((bits_ ^ other.bits_) & (present(filter) | clearing(filter))) == 0;
    }
    friend constexpr bool operator==(KqueueFilters, KqueueFilters) noexcept = default;

private:
    static constexpr unsigned present(KqueueFilter filter) noexcept { return 1U << static_cast<unsigned>(filter); }
    static constexpr unsigned clearing(KqueueFilter filter) noexcept { return present(filter) << 4U; }

    std::uint8_t bits_ = 0;
};

/// Filters and changes as the system spells them.
template <class Sys>
struct KqueueChange {
    using Kevent = typename Sys::Kevent;
    using Token = KqueueToken<decltype(Kevent::udata)>;

    /// As many changes as there can be between two sets of filters.
    static constexpr std::size_t most = 2 * std::size(KqueueFilters::all);

    /// Never more than one step at a time: whether EV_ADD enables what is disabled, and whether it changes EV_CLEAR,
    /// depends on the system. So what is not wanted is deleted, and what is to be told in another way is made anew.
    static std::size_t write(NativeHandle handle, SeqN seqN, KqueueFilters have, KqueueFilters want,
                             Kevent* into) noexcept {
        std::size_t count = 0;
        for (const KqueueFilter filter : KqueueFilters::all) {
            if (have.agrees(want, filter)) {
                continue;
            }
            if (have.has(filter)) {
                into[count++] = make(handle, seqN, filter, Sys::evDelete);
            }
            if (want.has(filter)) {
                const auto clear = want.clears(filter) ? Sys::evClear : decltype(Sys::evClear){};
                into[count++] = make(handle, seqN, filter, Sys::evAdd | Sys::evEnable | clear);
            }
        }
        return count;
    }

    template <class Flags>
    [[nodiscard]] static Kevent make(NativeHandle handle, SeqN seqN, KqueueFilter filter, Flags flags) noexcept {
        Kevent change{};
        change.ident = static_cast<std::uintptr_t>(handle);
        change.filter = numberOf(filter); // always: on NetBSD 0 is EVFILT_READ
        change.flags = static_cast<decltype(Kevent::flags)>(flags);
        change.fflags = filter == KqueueFilter::except ? Sys::noteOob : 0;
        change.udata = Token::of(seqN);
        return change;
    }

    [[nodiscard]] static KqueueFilter filterOf(const Kevent& event) noexcept {
        if (event.filter == Sys::writeFilter) {
            return KqueueFilter::write;
        }
        return event.filter == Sys::readFilter ? KqueueFilter::read : KqueueFilter::except;
    }
    [[nodiscard]] static bool isError(const Kevent& event) noexcept { return (event.flags & Sys::evError) != 0; }
    /// An error of nothing is a receipt.
    [[nodiscard]] static bool isFailure(const Kevent& answer) noexcept { return isError(answer) && answer.data != 0; }
    [[nodiscard]] static bool isEnd(const Kevent& event) noexcept { return (event.flags & Sys::evEof) != 0; }

private:
    [[nodiscard]] static auto numberOf(KqueueFilter filter) noexcept {
        switch (filter) {
        case KqueueFilter::read: return Sys::readFilter;
        case KqueueFilter::write: return Sys::writeFilter;
        case KqueueFilter::except: break;
        }
        return Sys::exceptFilter;
    }
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
