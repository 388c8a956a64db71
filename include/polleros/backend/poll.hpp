// SPDX-License-Identifier: MIT
/// @file
/// backend::Poll: poll(2), everywhere; WSAPoll on Windows, made to behave. Changes of interest cost no system call at
/// all; a wait costs as much as there are registered handles. Best where interest toggles often and few handles are
/// idle.
///
/// - Regular files, directories and block devices, which poll(2) calls always ready, are refused
///   (`Errc::unsupportedHandle`) by a look at what the handle is; on Windows so is what is no socket.
/// - poll(2) cannot tell that a handle is registered already, nor that it was closed before the next wait meets it.
/// - Where the system knows POLLRDHUP (Linux, FreeBSD) a half-close is told by `hangup`; elsewhere only a full close.
/// - Timeouts are exact to the timer's slack on Linux (ppoll), else rounded up to milliseconds.
/// - Windows cannot watch `priority`. There a closed handle, and before Windows 10 2004 a failed connect, are told within
///   a second, by whoever waits that long; and who waits to send when the peer has ended its stream looks every 10 ms.
#pragma once

#include <polleros/backend/backend.hpp>
#include <polleros/detail/array.hpp>
#include <polleros/detail/bounds.hpp>
#include <polleros/detail/system_wake.hpp>

POLLEROS_NAMESPACE_BEGIN

namespace backend {

/// poll over a set of system calls; see `Poll`.
template <class Sys = detail::OsCalls>
class BasicPoll {
public:
    using Wake = detail::SystemWake<Sys>; ///< an eventfd, a pipe, or a socket; drained

    /// Makes room for the first handles. Fails if memory is short.
    BasicPoll(const Options& options, std::error_code& ec) noexcept
        : entries_(options.memory),
          seqNs_(options.memory),
          slots_(options.memory),
          ready_(options.memory),
          maxEvents_(detail::larger<std::size_t>(options.maxEvents, 1)) {
        const bool room = reserve(detail::smaller<std::size_t>(options.initialChannels, detail::maxPlaces)) &&
                          ready_.reserve(detail::clamped<std::size_t>(options.initialEvents, 1, maxEvents_) + 1);
        ec = room ? std::error_code{} : errorCode(Errc::outOfMemory);
        if (room) {
            entries_.push({invalidHandle, 0, 0}); // the waker's, until there is one: poll(2) skips it
            seqNs_.push(wakerSeqN);
        }
    }

    [[nodiscard]] static constexpr std::string_view name() noexcept { return "poll"; }
    [[nodiscard]] static constexpr Capabilities capabilities() noexcept {
        Capabilities can;
        if constexpr (Sys::pollPriority != 0) {
            can |= Capability::priority;
        }
        if constexpr (Sys::pollIsExact) {
            can |= Capability::subMillisecond;
        }
        if constexpr (Sys::pollTellsHalfClose) {
            can |= Capability::hangupOnly;
        }
        return can;
    }

    [[nodiscard]] bool reserve(std::size_t channels) noexcept {
        return entries_.grow(channels + 1) && seqNs_.grow(channels + 1) && slots_.grow(channels);
    }

    [[nodiscard]] std::error_code add(NativeHandle handle, SeqN seqN, Interest interest, Occupied /*cannot tell*/,
                                      When when) noexcept {
        if (seqN == wakerSeqN) {
            entries_[wakerSlot] = {handle, mask(interest), 0};
            return {};
        }
        if (when == When::now) {
            if (const int reason = detail::refusalOf<Sys>(handle)) {
                return detail::systemError(reason);
            }
        }
        const detail::Place place = detail::placeOf(seqN);
        const bool room = slots_.grow(place + 1) && entries_.makeRoom() && seqNs_.makeRoom() &&
                          (place < slots_.size() || slots_.resize(place + 1, noSlot));
        if (!room) {
            return errorCode(Errc::outOfMemory);
        }
        slots_[place] = static_cast<std::uint32_t>(entries_.size());
        entries_.push({handle, mask(interest), 0});
        seqNs_.push(seqN);
        return {};
    }

    [[nodiscard]] std::error_code modify(NativeHandle /*handle*/, SeqN seqN, Interest /*from*/, Interest to) noexcept {
        entries_[slots_[detail::placeOf(seqN)]].events = mask(to);
        return {};
    }

    void remove(NativeHandle /*handle*/, SeqN seqN, Interest /*from*/, When /*always now*/) noexcept {
        const std::uint32_t slot = slots_[detail::placeOf(seqN)];
        slots_[detail::placeOf(seqN)] = noSlot;
        const PollEntry lastEntry = entries_.pop();
        const SeqN lastSeqN = seqNs_.pop();
        if (slot != entries_.size()) { // the last one moves into the gap
            entries_[slot] = lastEntry;
            seqNs_[slot] = lastSeqN;
            slots_[detail::placeOf(lastSeqN)] = slot;
        }
    }

    [[nodiscard]] std::size_t wait(Timeout timeout, std::error_code& ec) noexcept {
        ready_.clear();
        const int got = Sys::poll(entries_.data(), entries_.size(), timeout);
        if (got < 0) {
            ec = detail::systemError(Sys::lastError());
            return 0;
        }
        ec.clear();
        if (got > 0) {
            collect(static_cast<std::size_t>(got));
        }
        return ready_.size();
    }

    [[nodiscard]] Ready ready(std::size_t index) const noexcept { return ready_[index]; }

    [[nodiscard]] std::error_code renew() noexcept {
        for (std::size_t slot = wakerSlot + 1; slot < seqNs_.size(); ++slot) {
            slots_[detail::placeOf(seqNs_[slot])] = noSlot;
        }
        entries_.truncate(1);
        seqNs_.truncate(1);
        entries_[wakerSlot].fd = invalidHandle;
        return {};
    }

    [[nodiscard]] TimePoint now() const noexcept { return Sys::now(); }
    /// There is none: poll(2) has no object in the kernel that could be waited for.
    [[nodiscard]] NativeHandle nativeHandle() const noexcept { return invalidHandle; }

private:
    using PollEntry = typename Sys::PollEntry;
    static constexpr std::uint32_t noSlot = 0xFFFF'FFFFU;
    static constexpr std::size_t wakerSlot = 0;

    [[nodiscard]] static constexpr short mask(Interest interest) noexcept {
        return static_cast<short>((interest.has(InterestFlag::read) ? Sys::pollRead : 0) |
                                  (interest.has(InterestFlag::write) ? Sys::pollWrite : 0) |
                                  (interest.has(InterestFlag::priority) ? Sys::pollPriority : 0) |
                                  (interest.has(InterestFlag::hangup) ? Sys::pollReadEnd : 0));
    }

    [[nodiscard]] static constexpr Readiness translate(short bits) noexcept {
        Readiness readiness;
        const auto map = [&](int bit, ReadyFlag flag) {
            if ((bits & bit) != 0) {
                readiness |= flag;
            }
        };
        map(Sys::pollRead, ReadyFlag::read);
        map(Sys::pollWrite, ReadyFlag::write);
        map(Sys::pollPriority, ReadyFlag::priority);
        map(Sys::pollReadEnd, ReadyFlag::readEnd);
        map(Sys::pollHangup, ReadyFlag::hangup);
        map(Sys::pollError, ReadyFlag::error);
        return readiness;
    }

    /// Gathers what is ready, each time from where the last time ended, so that a small buffer starves nobody.
    void collect(std::size_t found) noexcept {
        take(wakerSlot, found);
        const std::size_t most = maxEvents_ + ready_.size(); // a wake takes no channel's room
        const std::size_t others = entries_.size() - 1;
        for (std::size_t scanned = 0; scanned < others && found != 0 && ready_.size() < most; ++scanned) {
            if (!ready_.makeRoom()) {
                break;
            }
            cursor_ = cursor_ < others ? cursor_ + 1 : 1;
            take(cursor_, found);
        }
        for (const Ready& entry : ready_) {
            if (entry.seqN == wakerSeqN && entry.failure != 0) {
                entries_[wakerSlot].fd = invalidHandle; // somebody closed all descriptors there are
            } else if (entry.failure != 0) {
                remove(invalidHandle, entry.seqN, {}, When::now);
            }
        }
    }

    void take(std::size_t slot, std::size_t& found) noexcept {
        const short bits = entries_[slot].revents;
        if (bits == 0) {
            return;
        }
        --found;
        ready_.push({seqNs_[slot], translate(bits), (bits & Sys::pollInvalid) != 0 ? Sys::pollInvalidError : 0});
    }

    detail::Array<PollEntry> entries_;   // the kernel's list, patched in place; the waker's is the first
    detail::Array<SeqN> seqNs_;          // whose each entry is
    detail::Array<std::uint32_t> slots_; // by place of the SeqN: which entry is its
    detail::Array<Ready> ready_;
    std::size_t maxEvents_;
    std::size_t cursor_ = 0;
};

/// poll(2).
using Poll = BasicPoll<>;

} // namespace backend

POLLEROS_NAMESPACE_END
