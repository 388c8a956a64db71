// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/detail/scripted_tables.hpp>
#include <polleros/options.hpp>

#include <algorithm>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// What a wait returns: the kernel's own entries, the waker's beside them, and whatever a test makes of it. Its room
/// starts small and doubles up to a limit, as that of the real backends.
class ScriptedBatch {
public:
    using Editor = std::function<void(std::vector<Ready>&)>;

    explicit ScriptedBatch(const Options& options) noexcept
        : maxEvents_(std::max<std::size_t>(options.maxEvents, 1)),
          room_(std::clamp<std::size_t>(options.initialEvents, 1, maxEvents_)) {}

    /// Before everything else. False if memory is short.
    [[nodiscard]] bool prepare() noexcept { return reserve(room_); }

    void edit(Editor editor) { edit_ = std::move(editor); }
    void inject(Ready entry) { injected_.push_back(entry); }

    /// Begins a new one. Without memory the room stays as it is.
    void clear() noexcept {
        if (full_ && room_ < maxEvents_ && reserve(std::min<std::size_t>(room_ * 2, maxEvents_))) {
            room_ = std::min<std::size_t>(room_ * 2, maxEvents_);
        }
        full_ = false;
        entries_.clear();
    }
    /// False if there is nothing to tell.
    [[nodiscard]] bool fill(ScriptedTables& tables, ScriptedTables::Set& set, bool woken) {
        if (woken) {
            entries_.push_back({wakerSeqN, ReadyFlag::read, 0});
        }
        const std::size_t others = entries_.size();
        tables.collect(set, entries_, room_);
        full_ = entries_.size() - others == room_;
        entries_.insert(entries_.end(), injected_.begin(), injected_.end());
        injected_.clear();
        if (entries_.empty()) {
            return false;
        }
        if (edit_) {
            edit_(entries_);
        }
        for (const Ready& entry : entries_) {
            if (entry.failure != 0) {
                tables.removeFailed(set, entry.seqN);
            }
        }
        return true;
    }

    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] const Ready& operator[](std::size_t index) const noexcept { return entries_[index]; }

private:
    [[nodiscard]] bool reserve(std::size_t room) noexcept {
        return hadMemory([&] { entries_.reserve(room + 1); }); // and the waker's
    }

    std::size_t maxEvents_;
    std::size_t room_;
    bool full_ = false;
    std::vector<Ready> entries_;
    std::vector<Ready> injected_;
    Editor edit_;
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
