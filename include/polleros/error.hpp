// SPDX-License-Identifier: MIT
/// @file
/// Errors: what can go wrong, as conditions that the codes of every system and backend map to alike.
///
/// Functions report `std::error_code`s. A code from the operating system is passed through untouched in
/// `std::system_category()`; what only the library can know has `polleros::category()`. Compare either with an Errc:
///
/// ```cpp
/// std::error_code ec;
/// if (!poller.attachChannel(std::move(source), ec) && ec == polleros::Errc::badHandle) { ... }
/// ```
///
/// Windows has codes of its own, for which `std::errc` may have no equal: WSAEBADF and ERROR_INVALID_HANDLE are
/// `badHandle`, WSAENOTSOCK is `unsupportedHandle`, ERROR_ALREADY_EXISTS `alreadyAttached`, and so on.
#pragma once

#include <polleros/config.hpp>
#include <polleros/detail/system_errors.hpp>

#include <string>
#include <string_view>
#include <system_error>

POLLEROS_NAMESPACE_BEGIN

/// The library's error conditions.
enum class Errc {
    alreadyAttached = 1, ///< the channel number, or the live handle, is attached to this poller already (EEXIST)
    badHandle,           ///< the handle is closed, or was closed behind the poller's back (EBADF)
    unsupportedHandle, ///< cannot be waited for: a regular file, a directory, some devices (EPERM, EINVAL, ENODEV, ...)
    unsupportedTrigger, ///< this backend cannot watch an asked trigger, see its capabilities
    notFound,           ///< no such channel (ENOENT)
    badPoller,          ///< the poller's construction failed, or this is a forked child that did not reset it
    sequenceExhausted,  ///< no more sequence numbers, or no more places for channels
    outOfMemory,        ///< memory could not be had (ENOMEM); nothing has changed
    reentrant,          ///< called where it must not be: a wait inside an iteration or a destructor, say
    reservedNumber,     ///< a user's channel number with the top bit set
    sourceThrew,        ///< `handle()`, `triggers()`, `deadline()` or the move of a source threw
    wouldBlockForever,  ///< a scripted wait that nothing could end
    unknownBackend,     ///< no name of a backend that was asked for is known here; the message says which there are
    endOfStream,        ///< the peer will send no more, and all it sent has been offered
    noHandler,          ///< nothing to call, or nothing to call it for
};

/// What `message()` says, for those who have no heap to say it with. Constant time, any thread.
[[nodiscard]] constexpr std::string_view messageOf(Errc condition) noexcept {
    switch (condition) {
    case Errc::alreadyAttached: return "already attached to this poller";
    case Errc::badHandle: return "the handle is not open";
    case Errc::unsupportedHandle: return "the handle cannot be waited for";
    case Errc::unsupportedTrigger: return "the backend cannot watch this trigger";
    case Errc::notFound: return "no such channel";
    case Errc::badPoller: return "the poller is unusable";
    case Errc::sequenceExhausted: return "no sequence number or place left";
    case Errc::outOfMemory: return "out of memory";
    case Errc::reentrant: return "not allowed from here";
    case Errc::reservedNumber: return "channel numbers with the top bit set are picked by the poller";
    case Errc::sourceThrew: return "the source threw an exception";
    case Errc::wouldBlockForever: return "nothing could ever end this wait";
    case Errc::unknownBackend: return "no backend of that name here";
    case Errc::endOfStream: return "the end of the stream";
    case Errc::noHandler: return "no handler, or nothing to call it for";
    }
    return "unknown error";
}

/// @cond INTERNAL
namespace detail {

class ErrorCategory final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "polleros"; }

    [[nodiscard]] std::string message(int condition) const override {
        return std::string(messageOf(static_cast<Errc>(condition)));
    }

    [[nodiscard]] bool equivalent(const std::error_code& code, int condition) const noexcept override {
        if (code.category() == *this) {
            return code.value() == condition;
        }
        const Meaning meaning = meaningOf(code);
        switch (static_cast<Errc>(condition)) {
        case Errc::alreadyAttached: return meaning == Meaning::exists;
        case Errc::badHandle: return meaning == Meaning::closed;
        case Errc::unsupportedHandle: return meaning == Meaning::unwaitable;
        case Errc::notFound: return meaning == Meaning::missing;
        case Errc::outOfMemory: return meaning == Meaning::noMemory;
        default: return false;
        }
    }
    using std::error_category::equivalent;
};

} // namespace detail
/// @endcond

/// The category of the library's own codes and of all its conditions. Any thread.
[[nodiscard]] inline const std::error_category& category() noexcept {
    static const detail::ErrorCategory instance;
    return instance;
}

/// The condition to compare a code with; found by the comparison `code == Errc::badHandle` itself.
[[nodiscard]] inline std::error_condition make_error_condition(Errc condition) noexcept {
    return {static_cast<int>(condition), category()};
}

/// The library's own code for a condition: what it reports when no system call is to blame.
[[nodiscard]] inline std::error_code errorCode(Errc condition) noexcept {
    return {static_cast<int>(condition), category()};
}

/// @cond INTERNAL
namespace detail {

#if POLLEROS_EXCEPTIONS
/// The one line that every throwing twin is made of.
inline void throwIf(const std::error_code& ec, const char* what) {
    if (ec) {
        throw std::system_error(ec, what);
    }
}
#endif

} // namespace detail
/// @endcond

POLLEROS_NAMESPACE_END

template <>
struct std::is_error_condition_enum<polleros::Errc> : std::true_type {};
