// SPDX-License-Identifier: MIT
// The seam's kqueue() and kevent() on Linux, answered by KqueueModel: what BasicKqueue<ModelledCalls<>> runs over. A layout
// says how the structs look, KqueueModel::behave() as whose kernel they are answered.
#pragma once

#include "support/kqueue/layouts.hpp"
#include "support/kqueue/model.hpp"

#include <polleros/detail/os_calls.hpp>

#include <type_traits>

namespace polleros_test {

template <class Layout = BsdLayout>
struct ModelledCalls : polleros::detail::OsCalls {
    using Kevent = typename Layout::Kevent;
    using FilterNumber = decltype(Kevent::filter);
    using Flags = decltype(Kevent::flags);
    using NoteFlags = decltype(Kevent::fflags);

    static constexpr bool hasUserFilter = true; // also where Behaviour denies it: that is found out at run time
    static constexpr bool hasExceptFilter = Layout::exceptFilter != kq::noFilter;
    static constexpr auto readFilter = static_cast<FilterNumber>(Layout::readFilter);
    static constexpr auto writeFilter = static_cast<FilterNumber>(Layout::writeFilter);
    static constexpr auto userFilter = static_cast<FilterNumber>(Layout::userFilter);
    static constexpr auto exceptFilter =
        hasExceptFilter ? static_cast<FilterNumber>(Layout::exceptFilter) : FilterNumber{};

    static constexpr Flags evAdd = kq::evAdd;
    static constexpr Flags evDelete = kq::evDelete;
    static constexpr Flags evEnable = kq::evEnable;
    static constexpr Flags evDisable = kq::evDisable;
    static constexpr Flags evClear = kq::evClear;
    static constexpr Flags evReceipt = kq::evReceipt;
    static constexpr Flags evEof = kq::evEof;
    static constexpr Flags evError = kq::evError;
    static constexpr NoteFlags noteTrigger = kq::noteTrigger;
    static constexpr NoteFlags noteOob = Layout::noteOob;

    static int kqueue() noexcept { return KqueueModel::kqueue(); }

    static int kevent(int queue, const Kevent* changes, std::size_t changeCount, Kevent* events, std::size_t room,
                      const ::timespec* limit) noexcept {
        Arrays arrays(changes, changeCount, events, room);
        return KqueueModel::kevent(queue, arrays, limit);
    }

private:
    class Arrays final : public kq::Lists {
    public:
        Arrays(const Kevent* changes, std::size_t changeCount, Kevent* events, std::size_t room) noexcept
            : Lists(changeCount, room), from_(changes), to_(events) {}

        [[nodiscard]] kq::Entry change(std::size_t index) const noexcept override {
            const Kevent& kevent = from_[index];
            return {kevent.ident,
                    filterOf(kevent.filter),
                    static_cast<std::int64_t>(kevent.filter),
                    kevent.flags,
                    kevent.fflags,
                    static_cast<std::int64_t>(kevent.data),
                    reinterpret_cast<std::uintptr_t>(kevent.udata)};
        }

    private:
        void place(std::size_t index, const kq::Entry& entry) noexcept override {
            Kevent& kevent = to_[index];
            kevent = Kevent{};
            kevent.ident = entry.ident;
            kevent.filter = static_cast<FilterNumber>(entry.filterNumber);
            kevent.flags = static_cast<Flags>(entry.flags);
            kevent.fflags = entry.fflags;
            kevent.data = static_cast<decltype(kevent.data)>(entry.data);
            kevent.udata = reinterpret_cast<void*>(static_cast<std::uintptr_t>(entry.udata));
        }

        [[nodiscard]] static kq::Filter filterOf(FilterNumber number) noexcept {
            if (number == readFilter) {
                return kq::Filter::read;
            }
            if (number == writeFilter) {
                return kq::Filter::write;
            }
            if (number == userFilter) {
                return kq::Filter::user;
            }
            return hasExceptFilter && number == exceptFilter ? kq::Filter::except : kq::Filter::unknown;
        }

        const Kevent* from_;
        Kevent* to_;
    };
};

} // namespace polleros_test
