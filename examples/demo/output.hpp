// SPDX-License-Identifier: MIT
// Bytes that are waiting to be sent.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace demo {

/// A queue of bytes: appended at the back, sent from the front.
class Output {
public:
    [[nodiscard]] bool empty() const noexcept { return sent_ == bytes_.size(); }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size() - sent_; }
    [[nodiscard]] std::span<const char> front() const noexcept { return std::span(bytes_).subspan(sent_); }

    void append(std::span<const char> bytes) {
        // What has been sent is dropped when it is the larger part: so a byte is moved at most once on average.
        if (sent_ > bytes_.size() / 2) {
            bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(sent_));
            sent_ = 0;
        }
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    }

    void sent(std::size_t count) noexcept {
        sent_ += count;
        if (empty()) {
            bytes_.clear();
            sent_ = 0;
        }
    }

private:
    std::vector<char> bytes_;
    std::size_t sent_ = 0;
};

} // namespace demo
