// SPDX-License-Identifier: MIT
// What the model asks of Linux for itself.
#pragma once

#include <utility>

namespace polleros_test::kq {

// The system call, past the close() of this executable, which is the model's.
int rawClose(int fd) noexcept;
// The same for dup3(), which is also dup2() where the numbers differ.
int rawDup3(int from, int to, int flags) noexcept;

// A descriptor of the model's own, by the system call; errno is kept.
class Hidden {
public:
    Hidden() = default;
    explicit Hidden(int fd) noexcept : fd_(fd) {}
    Hidden(Hidden&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Hidden& operator=(Hidden&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Hidden();

    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }
    int release() noexcept { return std::exchange(fd_, -1); }

    // The same open file under a number out of the way of those that are handed out.
    [[nodiscard]] Hidden movedAway() && noexcept;

private:
    int fd_ = -1;
};

} // namespace polleros_test::kq
