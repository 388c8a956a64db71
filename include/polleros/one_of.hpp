// SPDX-License-Identifier: MIT
/// @file
/// OneOf: several kinds of source in one poller.
///
/// ```cpp
/// using Anything = polleros::OneOf<Listener, Connection>;
/// polleros::Poller<polleros::backend::Native, Anything> poller;
/// poller.attachChannel(Listener{...});
/// for (auto& channel : poller.triggered()) {
///     if (auto* connection = channel.template as<Connection>()) { connection->serve(channel.act()); }
/// }
/// ```
#pragma once

#include <polleros/source.hpp>

#include <utility>
#include <variant>

POLLEROS_NAMESPACE_BEGIN

/// @cond INTERNAL
namespace detail {

enum class Locality : std::uint8_t { none, some, all };

template <class... S>
inline constexpr Locality localityOf = (alwaysLocal<S>() && ...)                          ? Locality::all
                                       : ((alwaysLocal<S>() || SometimesLocal<S>) || ...) ? Locality::some
                                                                                          : Locality::none;

template <class Self, Locality>
struct OneOfLocality {
    static constexpr bool intentIsLocal = false;
};
template <class Self>
struct OneOfLocality<Self, Locality::all> {
    static constexpr bool intentIsLocal = true;
};
template <class Self>
struct OneOfLocality<Self, Locality::some> {
    [[nodiscard]] bool intentIsLocal() const noexcept {
        return std::visit([](const auto& source) { return isLocalNow(source); },
                          static_cast<const Self&>(*this).variant());
    }
};

} // namespace detail
/// @endcond

/// A source that is one of several types, and forwards every member, the optional ones too: it has a deadline if one of
/// them has, and its intent is local whenever that of the held one is. One that is not local does not cost the others
/// their idleness. All functions are the held source's own.
template <class... S>
class OneOf : public detail::OneOfLocality<OneOf<S...>, detail::localityOf<S...>> {
public:
    /// Holds this one, moved.
    template <class T>
        requires(std::is_same_v<T, S> || ...)
    OneOf(T&& source) noexcept(std::is_nothrow_move_constructible_v<T>)
        : variant_(std::in_place_type<T>, std::forward<T>(source)) {}

    [[nodiscard]] HandleRef handle() noexcept((noexcept(HandleRef(std::declval<S&>().handle())) && ...)) {
        return std::visit([](auto& source) -> HandleRef { return source.handle(); }, variant_);
    }
    [[nodiscard]] HandleRef handle() const noexcept
        requires(detail::statesConstNoexcept<S> && ...)
    {
        return std::visit([](const auto& source) -> HandleRef { return source.handle(); }, variant_);
    }
    [[nodiscard]] Triggers triggers() noexcept((noexcept(Triggers(std::declval<S&>().triggers())) && ...)) {
        return std::visit([](auto& source) -> Triggers { return source.triggers(); }, variant_);
    }
    [[nodiscard]] Triggers triggers() const noexcept
        requires(detail::statesConstNoexcept<S> && ...)
    {
        return std::visit([](const auto& source) -> Triggers { return source.triggers(); }, variant_);
    }
    [[nodiscard]] TimePoint deadline() noexcept(((!HasDeadline<S> || detail::statesNoexcept<S>) && ...))
        requires(HasDeadline<S> || ...)
    {
        return std::visit([](auto& source) { return deadlineOf(source); }, variant_);
    }
    [[nodiscard]] TimePoint deadline() const noexcept
        requires((HasDeadline<S> || ...) && (detail::statesConstNoexcept<S> && ...))
    {
        return std::visit([](const auto& source) { return deadlineOf(source); }, variant_);
    }

    /// The held source if it is a `T`, else null.
    template <class T>
    [[nodiscard]] T* as() noexcept {
        return std::get_if<T>(&variant_);
    }
    /// The same, to be read.
    template <class T>
    [[nodiscard]] const T* as() const noexcept {
        return std::get_if<T>(&variant_);
    }
    [[nodiscard]] std::variant<S...>& variant() noexcept { return variant_; }             ///< to visit
    [[nodiscard]] const std::variant<S...>& variant() const noexcept { return variant_; } ///< to visit

private:
    template <class T>
    [[nodiscard]] static TimePoint deadlineOf(T& source) {
        if constexpr (HasDeadline<std::remove_const_t<T>>) {
            return source.deadline();
        } else {
            return noDeadline;
        }
    }

    std::variant<S...> variant_;
};

/// @cond INTERNAL
namespace detail {

template <class T, class S>
inline constexpr bool holds = std::is_same_v<T, S>;
template <class T, class... S>
inline constexpr bool holds<T, OneOf<S...>> = std::is_same_v<T, OneOf<S...>> || (std::is_same_v<T, S> || ...);

template <class... S>
inline constexpr bool keepsLocalPromise<OneOf<S...>> = (keepsLocalPromise<S> && ...);

template <class S>
inline constexpr bool isOneOf = false;
template <class... S>
inline constexpr bool isOneOf<OneOf<S...>> = true;

/// The source as a `T`, or null.
template <class T, class S>
[[nodiscard]] auto* alternative(S& source) noexcept {
    using Found = std::conditional_t<std::is_const_v<S>, const T, T>;
    static_assert(holds<T, std::remove_const_t<S>>, "this poller's sources can never be a T");
    if constexpr (std::is_same_v<T, std::remove_const_t<S>>) {
        return static_cast<Found*>(__builtin_addressof(source));
    } else {
        return static_cast<Found*>(source.template as<T>());
    }
}

template <class F, class S>
decltype(auto) visitSource(F&& function, S& source) {
    if constexpr (isOneOf<S>) {
        return std::visit(std::forward<F>(function), source.variant());
    } else {
        return std::forward<F>(function)(source);
    }
}

} // namespace detail
/// @endcond

/// An rvalue that can be attached to a poller of `S`: an `S`, or one of a OneOf's alternatives.
template <class T, class S>
concept Attachable = !std::is_reference_v<T> && !std::is_const_v<T> && detail::holds<T, S>;

POLLEROS_NAMESPACE_END
