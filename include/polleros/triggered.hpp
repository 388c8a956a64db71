// SPDX-License-Identifier: MIT
/// @file
/// The two ranges of channels that a poller hands out: those that a wait reported, and all there are.
#pragma once

#include <polleros/poller_core.hpp>

#include <cstddef>
#include <iterator>
#include <type_traits>

POLLEROS_NAMESPACE_BEGIN

/// The channels on which something happened, in the order it was harvested: what `Poller::triggered()` returns. A
/// single pass, for a range-based `for`; beginning it a second time asserts.
///
/// Each channel comes once, if anything is left of its activity when its turn comes: what a handler before it has
/// deleted, marked, or made to want something else is skipped, or masked with what it wants then. Handlers may attach,
/// delete, mark, detach and touch any channel. Whoever leaves the loop early loses nothing: the next wait brings what
/// was not reached.
template <class S>
class Triggered {
public:
    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = TriggeredChannel<S>;
        using difference_type = std::ptrdiff_t;
        using pointer = value_type*;
        using reference = value_type&;

        [[nodiscard]] reference operator*() const noexcept { return *channel_; } ///< the channel
        [[nodiscard]] pointer operator->() const noexcept { return channel_; }   ///< the channel
        /// The next one. Constant time per channel touched or reported in between.
        Iterator& operator++() noexcept {
            channel_ = range_->core_.advance(channel_);
            if (channel_ == nullptr) {
                range_->close();
            }
            return *this;
        }
        void operator++(int) noexcept { ++*this; } ///< the next one
        [[nodiscard]] friend bool operator==(const Iterator& iterator, std::default_sentinel_t) noexcept {
            return iterator.channel_ == nullptr;
        }

    private:
        friend class Triggered;
        Iterator(Triggered& range, TriggeredChannel<S>* channel) noexcept : range_(&range), channel_(channel) {}

        Triggered* range_;
        TriggeredChannel<S>* channel_;
    };

    Triggered(const Triggered&) = delete;
    Triggered& operator=(const Triggered&) = delete;
    ~Triggered() { close(); }

    /// Opens the iteration: until it is exhausted or this object is destroyed, waiting is `Errc::reentrant`.
    [[nodiscard]] Iterator begin() noexcept {
        const bool begun = core_.beginIteration();
        open_ |= begun;
        TriggeredChannel<S>* const first = begun ? core_.advance(nullptr) : nullptr;
        if (first == nullptr) {
            close();
        }
        return Iterator(*this, first);
    }
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; } ///< behind the last one

private:
    template <class, class>
    friend class Poller;

    explicit Triggered(PollerCore<S>& core) noexcept : core_(core) {}

    void close() noexcept {
        if (open_) {
            open_ = false;
            core_.endIteration();
        }
    }

    PollerCore<S>& core_;
    bool open_ = false;
};

/// The attached channels, in the order of their places: what `Poller::channels()` returns; with a `T`, those that hold
/// one. Channels may be attached and deleted on the way; whether a new one is met is left open.
template <class S, class T = S>
class Channels {
public:
    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = TriggeredChannel<S>;
        using difference_type = std::ptrdiff_t;
        using pointer = value_type*;
        using reference = value_type&;

        [[nodiscard]] reference operator*() const noexcept { return core_->store().at(place_); } ///< the channel
        [[nodiscard]] pointer operator->() const noexcept { return &**this; }                    ///< the channel
        /// The next one. Linear in the free places in between.
        Iterator& operator++() noexcept {
            ++place_;
            settle();
            return *this;
        }
        void operator++(int) noexcept { ++*this; } ///< the next one
        [[nodiscard]] friend bool operator==(const Iterator& iterator, std::default_sentinel_t) noexcept {
            return iterator.place_ >= iterator.core_->store().end();
        }

    private:
        friend class Channels;
        explicit Iterator(PollerCore<S>& core) noexcept : core_(&core) { settle(); }

        void settle() noexcept {
            while (place_ < core_->store().end() && !core_->template holds<T>(core_->store().at(place_))) {
                ++place_;
            }
        }

        PollerCore<S>* core_;
        detail::Place place_ = 0;
    };

    [[nodiscard]] Iterator begin() const noexcept { return Iterator(core_); } ///< the first one
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; } ///< behind the last one

private:
    template <class, class>
    friend class Poller;

    explicit Channels(PollerCore<S>& core) noexcept : core_(core) {}

    PollerCore<S>& core_;
};

POLLEROS_NAMESPACE_END
