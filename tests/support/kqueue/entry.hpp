// SPDX-License-Identifier: MIT
// A kevent, whatever the layout of the system's own struct, and the two lists of a kevent() call.
#pragma once

#include <cstddef>
#include <cstdint>

namespace polleros_test::kq {

enum class Filter : unsigned char { read, write, except, user, unknown };
inline constexpr std::size_t descriptorFilters = 3; // those about descriptors come first

// The same on every system.
enum Flag : std::uint32_t {
    evAdd = 0x0001,
    evDelete = 0x0002,
    evEnable = 0x0004,
    evDisable = 0x0008,
    evOneshot = 0x0010,
    evClear = 0x0020,
    evReceipt = 0x0040,
    evDispatch = 0x0080,
    evError = 0x4000,
    evEof = 0x8000,
};
enum Note : std::uint32_t {
    noteLowat = 0x0001, // READ, WRITE
    noteTrigger = 0x0100'0000,
    noteControl = 0xC000'0000, // USER: what to do with the flags below
    noteAnd = 0x4000'0000,
    noteOr = 0x8000'0000,
    noteCopy = 0xC000'0000,
    noteFlags = 0x00FF'FFFF,
};

struct Entry {
    std::uintptr_t ident = 0;
    Filter filter = Filter::unknown;
    std::int64_t filterNumber = 0; // as the caller wrote it
    std::uint32_t flags = 0;
    std::uint32_t fflags = 0;
    std::int64_t data = 0;
    std::uint64_t udata = 0;
};

// Both lists may be one array: a change is read before anything is put at its index.
class Lists {
public:
    Lists(std::size_t changes, std::size_t room) noexcept : changes_(changes), room_(room) {}
    Lists(const Lists&) = delete;
    Lists& operator=(const Lists&) = delete;

    [[nodiscard]] std::size_t changes() const noexcept { return changes_; }
    [[nodiscard]] virtual Entry change(std::size_t index) const noexcept = 0;

    [[nodiscard]] std::size_t filled() const noexcept { return filled_; }
    [[nodiscard]] bool full() const noexcept { return filled_ == room_; }
    [[nodiscard]] std::size_t room() const noexcept { return room_; }
    void put(const Entry& entry) noexcept { place(filled_++, entry); }

protected:
    ~Lists() = default;
    virtual void place(std::size_t index, const Entry& entry) noexcept = 0;

private:
    std::size_t changes_;
    std::size_t room_;
    std::size_t filled_ = 0;
};

} // namespace polleros_test::kq
