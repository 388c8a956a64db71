// SPDX-License-Identifier: MIT
/// @file
/// backend::Any: a backend that is chosen when the poller is made: the native one or poll, by a name in the options or in
/// the environment. For one program that must run where the better one is missing, or is to be compared with the other.
///
/// ```cpp
/// polleros::Poller<polleros::backend::Any> poller({.backend = "wepoll,poll"}); // the first of these that there is
/// log("waiting by", poller.backendName());
/// ```
///
/// - `Options::backend` decides: a name, or several with nothing but commas between them, in order of preference. If it is
///   empty, the environment variable `POLLEROS_BACKEND` does, in the same words. If that is empty or not set, the order
///   is that of `available()`: the native one first.
/// - Names that are not known here are passed over, and so is what cannot be made, if there is another one behind it. If
///   none is known, that is `Errc::unknownBackend`, and the message says which there are. These differ from system to
///   system; one list may name those of several.
/// - `capabilities()` and `name()` are those of the chosen one, and so is all it does, its wake handle included. It stays
///   chosen: in sets made anew, and in a forked child.
/// - It has no alarm: where sources have deadlines, each wait has its end, also over epoll, see there.
/// - A call costs one comparison more than that of the chosen one. A program contains the code of all of them.
///
/// `POLLEROS_NATIVE_BACKEND` decides which is the native one here, too. Other sets of backends are `AnyOf`.
#pragma once

#include <polleros/backend/native.hpp>
#include <polleros/detail/bounds.hpp>
#include <polleros/detail/choice.hpp>
#include <polleros/detail/environment.hpp>
#include <polleros/error.hpp>

#include <array>
#include <type_traits>

POLLEROS_NAMESPACE_BEGIN

/// @cond INTERNAL
namespace detail {

/// A code that equals `Errc::unknownBackend`, and says what could have been named.
template <class... B>
class UnknownBackendCategory final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "polleros"; }
    [[nodiscard]] std::string message(int) const override {
        std::string text(messageOf(Errc::unknownBackend));
        const char* before = "; there are: ";
        for (const std::string_view known : {B::name()...}) {
            text.append(before).append(known);
            before = ", ";
        }
        return text;
    }
    [[nodiscard]] std::error_condition default_error_condition(int) const noexcept override {
        return make_error_condition(Errc::unknownBackend);
    }
};

} // namespace detail
/// @endcond

namespace backend {

/// One of these backends, which are in order of preference and have different names; see `Any`.
template <class... B>
class AnyOf {
    static_assert((detail::SubmitsAsPromised<B> && ...),
                  "submit(std::error_code&) and submit(SeqN) come together, see backend/backend.hpp");
    static constexpr std::array<std::string_view, sizeof...(B)> names{B::name()...};

public:
    /// That of the backend which the options name: the poller makes it, and knows who was chosen.
    class Wake {
    public:
        Wake(const Options& options, std::error_code& ec) noexcept {
            const std::size_t index = indexOf(options.backend);
            choice_.make(index < names.size() ? index : 0, options, ec);
        }
        [[nodiscard]] NativeHandle handle() noexcept {
            return choice_.with([](auto& wake) { return wake.handle(); });
        }
        [[nodiscard]] Interest interest() noexcept {
            return choice_.with([](auto& wake) { return wake.interest(); });
        }
        void signal() noexcept {
            choice_.with([](auto& wake) { wake.signal(); });
        }
        void drain() noexcept {
            choice_.with([](auto& wake) { wake.drain(); });
        }

    private:
        detail::Choice<typename B::Wake...> choice_;
    };

    /// Chooses, and makes what it has chosen. Reads the environment, if it must: no other thread may change that now.
    /// - `unknownBackend`: none of the names is known here
    /// - what the last one of those says that were tried, if none could be made
    AnyOf(const Options& options, std::error_code& ec) noexcept {
        static const detail::UnknownBackendCategory<B...> unknown;
        ec = {static_cast<int>(Errc::unknownBackend), unknown};
        std::string_view wanted = options.backend.empty() ? detail::environment("POLLEROS_BACKEND") : options.backend;
        if (wanted.empty()) {
            for (std::size_t index = 0; index < names.size() && ec; ++index) {
                choice_.make(index, options, ec);
            }
        }
        while (!wanted.empty() && ec) {
            const std::size_t length = detail::smaller<std::size_t>(wanted.find(','), wanted.size());
            const std::size_t index = indexOf(wanted.substr(0, length));
            if (index != names.size()) {
                choice_.make(index, options, ec);
            }
            wanted.remove_prefix(detail::smaller<std::size_t>(length + 1, wanted.size()));
        }
        if (!choice_.isMade()) { // somebody has to say what time it is
            std::error_code ignored;
            choice_.make(names.size() - 1, options, ignored);
        }
    }

    /// The names of those that can be chosen, in order of preference.
    [[nodiscard]] static constexpr const auto& available() noexcept { return names; }
    /// The chosen one if it is a `T`, else null: for what only that can do.
    template <class T>
    [[nodiscard]] T* as() noexcept {
        return choice_.template as<T>();
    }

    [[nodiscard]] std::string_view name() const noexcept {
        return choice_.with([](const auto& chosen) { return std::string_view(chosen.name()); });
    }
    [[nodiscard]] Capabilities capabilities() const noexcept {
        return choice_.with([](const auto& chosen) { return chosen.capabilities(); });
    }

    [[nodiscard]] bool reserve(std::size_t channels) noexcept {
        return choice_.with([&](auto& chosen) {
            if constexpr (requires { chosen.reserve(channels); }) {
                return chosen.reserve(channels);
            } else {
                return true;
            }
        });
    }

    [[nodiscard]] std::error_code add(NativeHandle handle, SeqN seqN, Interest interest, Occupied occupied,
                                      When when) noexcept {
        return choice_.with([&](auto& chosen) { return chosen.add(handle, seqN, interest, occupied, when); });
    }
    [[nodiscard]] std::error_code modify(NativeHandle handle, SeqN seqN, Interest from, Interest to) noexcept {
        return choice_.with([&](auto& chosen) { return chosen.modify(handle, seqN, from, to); });
    }
    void remove(NativeHandle handle, SeqN seqN, Interest from, When when) noexcept {
        choice_.with([&](auto& chosen) { chosen.remove(handle, seqN, from, when); });
    }

    /// False where nothing is batched.
    [[nodiscard]] bool submit(std::error_code& ec) noexcept
        requires(detail::BatchesChanges<B> || ...)
    {
        return choice_.with([&]<class Chosen>(Chosen& chosen) {
            if constexpr (detail::BatchesChanges<Chosen>) {
                return chosen.submit(ec);
            } else {
                return false;
            }
        });
    }

    /// Nothing to do where nothing is batched.
    [[nodiscard]] std::error_code submit(SeqN seqN) noexcept
        requires(detail::BatchesChanges<B> || ...)
    {
        return choice_.with([&]<class Chosen>(Chosen& chosen) {
            if constexpr (detail::BatchesChanges<Chosen>) {
                return chosen.submit(seqN);
            } else {
                return std::error_code{};
            }
        });
    }

    [[nodiscard]] POLLEROS_ALWAYS_INLINE std::size_t wait(Timeout timeout, std::error_code& ec) noexcept {
        return choice_.with([&](auto& chosen) { return chosen.wait(timeout, ec); });
    }
    [[nodiscard]] Ready ready(std::size_t index) const noexcept {
        return choice_.with([&](const auto& chosen) { return chosen.ready(index); });
    }
    [[nodiscard]] std::error_code renew() noexcept {
        return choice_.with([](auto& chosen) { return chosen.renew(); });
    }

    /// Nothing where nothing is ever forgotten.
    void rest() noexcept {
        choice_.with([](auto& chosen) {
            if constexpr (requires { chosen.rest(); }) {
                chosen.rest();
            }
        });
    }

    [[nodiscard]] TimePoint now() const noexcept {
        return choice_.with([](const auto& chosen) { return chosen.now(); });
    }
    /// The chosen one's, if that is a NativeHandle (wepoll's is not), else none.
    [[nodiscard]] NativeHandle nativeHandle() const noexcept {
        return choice_.with([](const auto& chosen) -> NativeHandle {
            if constexpr (std::is_same_v<decltype(chosen.nativeHandle()), NativeHandle>) {
                return chosen.nativeHandle();
            } else {
                return invalidHandle;
            }
        });
    }

private:
    [[nodiscard]] static constexpr std::size_t indexOf(std::string_view name) noexcept {
        std::size_t index = 0;
        while (index < names.size() && names[index] != name) {
            ++index;
        }
        return index;
    }

    detail::Choice<B...> choice_;
};

/// The native backend, or poll.
using Any = std::conditional_t<std::is_same_v<Native, Poll>, AnyOf<Poll>, AnyOf<Native, Poll>>;

} // namespace backend

POLLEROS_NAMESPACE_END
