// SPDX-License-Identifier: MIT
// What Linux says of each kind of handle in each state, as measured with poll(2) and epoll(7), played by a model.
#include "support/ends.hpp"

#include <polleros/backend/scripted_kernel.hpp>

#include <algorithm>
#include <memory>

namespace polleros_test {
namespace {

using polleros::NativeHandle;
using polleros::Readiness;
using polleros::ReadyFlag;
using Kernel = polleros::backend::ScriptedKernel;

class ScriptedEnds final : public Ends {
public:
    ScriptedEnds(Kernel& kernel, Kind kind) : kernel_(kernel), kind_(kind), handle_(kernel.openHandle()) {
        if (kind == Kind::refused) {
            error_ = ECONNREFUSED;
            gone_ = true;
        }
        tell();
    }
    ~ScriptedEnds() override {
        close();
        closeDuplicate();
    }

    [[nodiscard]] NativeHandle handle() const override { return handle_; }

    void peerWrite(std::size_t bytes) override {
        unread_ += bytes;
        tell();
    }
    void peerDrain() override {
        sent_ = 0;
        tell();
    }
    void peerHalfClose() override {
        ended_ = true;
        tell();
    }
    void peerHalfCloseUnseen() override { peerHalfClose(); }
    void peerClose() override {
        ended_ = true;
        closed_ = true;
        if (kind_ == Kind::unixStream && sent_ != 0) {
            error_ = ECONNRESET;
        }
        tell();
    }
    void peerReset() override {
        error_ = kind_ == Kind::udpToNobody ? ECONNREFUSED : ECONNRESET;
        gone_ = kind_ != Kind::udpToNobody;
        unread_ = 0;
        tell();
    }
    void peerUrgent() override {
        urgent_ = true;
        tell();
    }

    ReadResult read(std::size_t most) override {
        if (error_ != 0) {
            return {0, false, takeError()};
        }
        const std::size_t bytes = kind_ == Kind::notifier ? unread_ : std::min(most, unread_);
        const bool reachesEnd = (ended_ || gone_) && (bytes == 0 || most == static_cast<std::size_t>(-1));
        unread_ -= bytes;
        tell();
        return {bytes, reachesEnd, 0};
    }
    std::size_t fill() override {
        const std::size_t more = capacity - sent_;
        sent_ = capacity;
        tell();
        return more;
    }
    [[nodiscard]] int takeError() override {
        const int error = std::exchange(error_, 0);
        tell();
        return error;
    }
    void close() override {
        if (polleros::isSet(handle_)) {
            kernel_.close(std::exchange(handle_, polleros::invalidHandle));
        }
    }

    void renumber(NativeHandle number) override {
        kernel_.duplicateTo(handle_, number);
        kernel_.close(std::exchange(handle_, number));
    }
    [[nodiscard]] NativeHandle duplicate() override {
        closeDuplicate();
        return duplicate_ = kernel_.duplicate(handle_);
    }
    void closeDuplicate() override {
        if (polleros::isSet(duplicate_)) {
            kernel_.close(std::exchange(duplicate_, polleros::invalidHandle));
        }
    }

private:
    static constexpr std::size_t capacity = 65536;

    [[nodiscard]] Readiness readiness() const {
        const auto when = [](bool condition, Readiness flags) { return condition ? flags : Readiness{}; };
        const Readiness everything{ReadyFlag::read, ReadyFlag::write, ReadyFlag::hangup, ReadyFlag::readEnd};
        if (gone_) {
            return everything | when(error_ != 0, ReadyFlag::error);
        }
        const Readiness data = when(unread_ != 0, ReadyFlag::read);
        const Readiness room = when(sent_ < capacity, ReadyFlag::write);
        switch (kind_) {
        case Kind::listener: return data;
        case Kind::notifier: return data | ReadyFlag::write;
        case Kind::fresh: return ReadyFlag::write | ReadyFlag::hangup;
        case Kind::pipeReader: return data | when(closed_, ReadyFlag::hangup);
        case Kind::pipeWriter: return room | when(closed_, ReadyFlag::error);
        case Kind::udp:
        case Kind::udpToNobody: return data | room | when(error_ != 0, ReadyFlag::error);
        default: break;
        }
        const bool hungUp = closed_ && kind_ == Kind::unixStream;
        return data | room | when(urgent_, ReadyFlag::priority) | when(ended_, ReadyFlag::read | ReadyFlag::readEnd) |
               when(hungUp, everything) | when(error_ != 0, ReadyFlag::error);
    }

    void tell() {
        const NativeHandle open = polleros::isSet(handle_) ? handle_ : duplicate_;
        if (polleros::isSet(open)) {
            const Readiness now = readiness();
            kernel_.clearReady(open, Readiness::fromBits(0xFF) - now);
            kernel_.setReady(open, now);
        }
    }

    Kernel& kernel_;
    Kind kind_;
    NativeHandle handle_;
    NativeHandle duplicate_ = polleros::invalidHandle;
    std::size_t unread_ = 0;
    std::size_t sent_ = 0; // by us, not read by the peer
    int error_ = 0;
    bool ended_ = false;  // the peer sends no more
    bool closed_ = false; // and has closed its end
    bool gone_ = false;   // the connection is
    bool urgent_ = false;
};

} // namespace

EndsPtr scriptedEnds(Kernel& kernel, Kind kind) {
    return std::make_unique<ScriptedEnds>(kernel, kind);
}

} // namespace polleros_test
