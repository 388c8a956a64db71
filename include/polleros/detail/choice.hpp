// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/config.hpp>

#include <cstddef>
#include <utility>
#include <variant>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// One of several types, chosen while the program runs and made in place: neither moved nor allocated. A call is the
/// call itself behind one comparison for each type but the last.
template <class... T>
class Choice {
public:
    static constexpr std::size_t size = sizeof...(T);

    /// Makes the one with this index, instead of what there was.
    template <class... Arguments>
    void make(std::size_t index, Arguments&... arguments) noexcept {
        [&]<std::size_t... at>(std::index_sequence<at...>) {
            const auto makeIt = [&](auto found) { made_.template emplace<found + 1>(arguments...); };
            ((index == at ? makeIt(std::integral_constant<std::size_t, at>()) : void()), ...);
        }(std::index_sequence_for<T...>());
    }
    [[nodiscard]] bool isMade() const noexcept { return made_.index() != 0; }

    /// The one that was made if it is a `U`, else null.
    template <class U>
    [[nodiscard]] U* as() noexcept {
        return std::get_if<U>(&made_);
    }

    /// Calls `function` with the one that was made.
    template <class F>
    POLLEROS_ALWAYS_INLINE decltype(auto) with(F function) noexcept {
        return visit<1>(made_, function);
    }
    template <class F>
    POLLEROS_ALWAYS_INLINE decltype(auto) with(F function) const noexcept {
        return visit<1>(made_, function);
    }

private:
    /// Not std::visit: some standard libraries call through a table.
    template <std::size_t at, class Variant, class F>
    POLLEROS_ALWAYS_INLINE static decltype(auto) visit(Variant& made, F& function) noexcept {
        if constexpr (at < size) {
            return made.index() == at ? function(*std::get_if<at>(&made)) : visit<at + 1>(made, function);
        } else {
            return function(*std::get_if<at>(&made));
        }
    }

    std::variant<std::monostate, T...> made_;
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
