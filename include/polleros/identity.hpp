// SPDX-License-Identifier: MIT
/// @file
/// The two names of a channel: ChannelNumber, which the user knows it by, and SeqN, which the kernel knows it by.
#pragma once

#include <polleros/config.hpp>

#include <cstddef>
#include <cstdint>

POLLEROS_NAMESPACE_BEGIN

/// A channel's name in its poller: chosen by the user (top bit clear), or picked by the poller (top bit set, and never
/// picked twice by one poller).
enum class ChannelNumber : std::uint64_t {};

/// True for a number that a poller picked.
[[nodiscard]] constexpr bool isPicked(ChannelNumber number) noexcept {
    return static_cast<std::uint64_t>(number) >> 63U != 0;
}

/// A sequence number: drawn when a channel is attached, and anew whenever its handle is replaced. It is the only thing
/// the kernel carries for the library. Strictly increasing, never given twice in a poller's life: an event that bears
/// an old one is recognised as stale, whatever became of the handle's number. (libev calls this a generation counter.)
///
/// The low bits name the channel's place in the poller's storage, the high bits count the draws.
enum class SeqN : std::uint64_t {};

/// The sequence number of the poller's own wake handle; no channel ever has it.
inline constexpr SeqN wakerSeqN{0};
/// That of its alarm: of the timer, where it has one, that ends a wait at the first deadline.
inline constexpr SeqN alarmSeqN{1};

/// @cond INTERNAL
namespace detail {

using Place = std::uint32_t;

inline constexpr unsigned placeBits = 23;
inline constexpr std::size_t maxPlaces = std::size_t{1} << placeBits;
inline constexpr Place noPlace = 0xFFFF'FFFFU;
/// One bit less than there is room for: a picked ChannelNumber is the SeqN of the attach with the top bit set.
inline constexpr std::uint64_t maxDraws = std::uint64_t{1} << (63 - placeBits);

[[nodiscard]] constexpr Place placeOf(SeqN seqN) noexcept {
    return static_cast<Place>(static_cast<std::uint64_t>(seqN) & (maxPlaces - 1));
}
[[nodiscard]] constexpr SeqN makeSeqN(std::uint64_t draw, Place place) noexcept {
    return SeqN{draw << placeBits | place};
}
[[nodiscard]] constexpr ChannelNumber pickedNumber(SeqN seqN) noexcept {
    return ChannelNumber{static_cast<std::uint64_t>(seqN) | std::uint64_t{1} << 63U};
}
[[nodiscard]] constexpr SeqN seqNOfPicked(ChannelNumber number) noexcept {
    return SeqN{static_cast<std::uint64_t>(number) & ~(std::uint64_t{1} << 63U)};
}

} // namespace detail
/// @endcond

POLLEROS_NAMESPACE_END
