// SPDX-License-Identifier: MIT
// What can be called and need not be copied: std::move_only_function, before C++23.
#pragma once

#include <polleros/config.hpp>

#include <concepts>
#include <cstddef>
#include <cstring>
#include <functional>
#include <new>
#include <type_traits>
#include <utility>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

template <class Signature>
class MoveOnlyFunction;

/// Holds a callable and calls it. What is small and moves without throwing is kept inside, and moves with it; the rest
/// is allocated once, and stays where it is.
template <class... Arguments>
class MoveOnlyFunction<void(Arguments...)> {
public:
    /// So many bytes are kept inside.
    static constexpr std::size_t room = 48;

    MoveOnlyFunction() noexcept = default;
    MoveOnlyFunction(std::nullptr_t) noexcept {}
    /// Empty if it is a null pointer, or an empty function of another kind.
    template <class F>
        requires(!std::same_as<std::remove_cvref_t<F>, MoveOnlyFunction> &&
                 std::is_invocable_v<std::decay_t<F>&, Arguments...>)
    MoveOnlyFunction(F&& function) noexcept(fits<std::decay_t<F>> &&
                                            std::is_nothrow_constructible_v<std::decay_t<F>, F>) {
        using Kept = std::decay_t<F>;
        if (isNone<Kept>(function)) {
            return;
        }
        std::memset(storage_, 0, words); // what is moved is initialised, however small the callable is
        if constexpr (fits<Kept>) {
            ::new (static_cast<void*>(storage_)) Kept(std::forward<F>(function));
            operations_ = &inside<Kept>;
        } else {
            ::new (static_cast<void*>(storage_)) Kept*(new Kept(std::forward<F>(function)));
            operations_ = &outside<Kept>;
        }
    }
    MoveOnlyFunction(MoveOnlyFunction&& other) noexcept { take(other); }
    MoveOnlyFunction& operator=(MoveOnlyFunction&& other) noexcept {
        if (this != &other) {
            clear();
            take(other);
        }
        return *this;
    }
    /// What an assignment does, to one that is empty.
    void fill(MoveOnlyFunction& other) noexcept {
        POLLEROS_ASSERT(operations_ == nullptr, "a function is filled that is not empty");
        take(other);
    }
    ~MoveOnlyFunction() { clear(); }

    [[nodiscard]] explicit operator bool() const noexcept { return operations_ != nullptr; }
    /// Not of an empty one.
    void operator()(Arguments... arguments) { operations_->call(storage_, static_cast<Arguments&&>(arguments)...); }

    /// Whether an `F` is kept inside.
    template <class F>
    static constexpr bool fits =
        sizeof(F) <= room && alignof(F) <= alignof(long long) && std::is_nothrow_move_constructible_v<F>;

private:
    struct Operations {
        void (*call)(std::byte* storage, Arguments&&... arguments);
        void (*move)(std::byte* from, std::byte* to) noexcept; // and destroys what is left; null: copies two words
        void (*destroy)(std::byte* storage) noexcept;
    };

    template <class F>
    [[nodiscard]] static F& at(std::byte* storage) noexcept {
        return *std::launder(reinterpret_cast<F*>(storage));
    }

    /// Most are as small as this and moved without a call: what `[this, item]` keeps, or a pointer to what is allocated.
    static constexpr std::size_t words = 2 * sizeof(void*);
    template <class F>
    static constexpr bool isWords = sizeof(F) <= words && std::is_trivially_copyable_v<F>;

    template <class F>
    static void move(std::byte* from, std::byte* to) noexcept {
        ::new (static_cast<void*>(to)) F(std::move(at<F>(from)));
        at<F>(from).~F();
    }

    template <class F>
    static constexpr Operations inside{
        [](std::byte* storage, Arguments&&... arguments) {
            static_cast<void>(std::invoke(at<F>(storage), static_cast<Arguments&&>(arguments)...));
        },
        isWords<F> ? nullptr : &move<F>,
        [](std::byte* storage) noexcept { at<F>(storage).~F(); },
    };
    template <class F>
    static constexpr Operations outside{
        [](std::byte* storage, Arguments&&... arguments) {
            static_cast<void>(std::invoke(*at<F*>(storage), static_cast<Arguments&&>(arguments)...));
        },
        nullptr,
        [](std::byte* storage) noexcept { delete at<F*>(storage); },
    };

    template <class F>
    [[nodiscard]] static bool isNone([[maybe_unused]] const F& function) noexcept {
        if constexpr (std::is_pointer_v<F> || std::is_member_pointer_v<F>) {
            return function == nullptr;
        } else if constexpr (requires { function.operator bool(); }) { // a lambda's is the pointer's, and never null
            return !function.operator bool();
        } else {
            return false;
        }
    }

    void take(MoveOnlyFunction& other) noexcept {
        operations_ = std::exchange(other.operations_, nullptr);
        if (operations_ == nullptr) {
            return;
        }
        if (operations_->move == nullptr) [[likely]] {
            std::memcpy(storage_, other.storage_, words);
        } else {
            operations_->move(other.storage_, storage_);
        }
    }
    void clear() noexcept {
        if (const Operations* const operations = std::exchange(operations_, nullptr)) {
            operations->destroy(storage_);
        }
    }

    const Operations* operations_ = nullptr; // first, and what is small is in its line of the cache
    alignas(long long) std::byte storage_[room];
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
