// SPDX-License-Identifier: MIT
// Backpressure from memory: clients upload to a slow disk through four blocks that all connections share.
//
// To notice:
// - A connection that needs a block and finds none asks for *nothing* until there is one: it is not in the kernel, and
//   costs no turn of the loop. Its client is slowed down by TCP itself.
// - While it starves its intent depends on the pool, somebody else's object, so it is not local (`intentIsLocal()`): it
//   is asked before every wait. All the others stay local and cost nothing.
// - The disk's thread gives a block back and wakes the loop, and need not know who waits for it. Then `work` says: I can
//   do something now, without the kernel. It must never say: I wait.
// - Who is asked first changes from turn to turn, so that each of the starving gets a block in its turn.
//
//   buffer_pool          tests itself
//   buffer_pool 7000     swallows uploads to 127.0.0.1:7000 until Ctrl-C

#include "support.hpp"

#include <polleros/net/endpoint_io.hpp>

#include <array>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

namespace net = polleros::net;
using polleros::Trigger;
using polleros::Triggers;

struct Block {
    std::array<char, 16 * 1024> bytes;
    std::size_t size = 0;
};

/// Blocks are taken by the loop and given back by any thread.
class Pool {
public:
    explicit Pool(std::size_t blocks) : free_(blocks) {
        for (std::size_t index = 0; index < blocks; ++index) {
            blocks_.push_back(std::make_unique<Block>());
        }
    }

    bool empty() const noexcept { return free_ == 0; }
    /// Null if there is none.
    std::unique_ptr<Block> take() {
        const std::lock_guard lock(mutex_);
        if (blocks_.empty()) {
            return nullptr;
        }
        std::unique_ptr<Block> block = std::move(blocks_.back());
        blocks_.pop_back();
        --free_;
        return block;
    }
    void giveBack(std::unique_ptr<Block> block) {
        const std::lock_guard lock(mutex_);
        blocks_.push_back(std::move(block));
        ++free_;
    }

private:
    std::mutex mutex_;
    std::vector<std::unique_ptr<Block>> blocks_;
    std::atomic<std::size_t> free_; // triggers() wants to know, and must not wait for a lock
};

/// Stands for anything slow: writes one block at a time, on a thread of its own.
class Disk {
public:
    Disk(Pool& pool, polleros::Waker loop) : pool_(pool), loop_(std::move(loop)) {}
    ~Disk() { finish(); }

    /// Until then it takes, and writes nothing.
    void start() {
        if (!thread_.joinable()) {
            thread_ = std::thread([this] { run(); });
        }
    }

    /// Writes what is left, and returns how much it was in all.
    std::uint64_t finish() {
        if (thread_.joinable()) {
            write(nullptr);
            thread_.join();
        }
        return written_;
    }

    void write(std::unique_ptr<Block> block) {
        const std::lock_guard lock(mutex_);
        queue_.push(std::move(block));
        changed_.notify_one();
    }

private:
    void run() {
        for (;;) {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return !queue_.empty(); });
            std::unique_ptr<Block> block = std::move(queue_.front());
            queue_.pop();
            lock.unlock();
            if (!block) {
                return;
            }
            std::this_thread::sleep_for(std::chrono::microseconds(200));
            written_ += block->size;
            pool_.giveBack(std::move(block));
            loop_.wake(); // whoever starves is found by the loop
        }
    }

    Pool& pool_;
    polleros::Waker loop_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::queue<std::unique_ptr<Block>> queue_; // a null pointer says: that was all
    std::uint64_t written_ = 0;
    std::thread thread_;
};

class Upload {
public:
    Upload(net::Socket socket, Pool& pool, Disk& disk) noexcept
        : socket_(std::move(socket)), pool_(&pool), disk_(&disk) {}

    const net::Socket& handle() const noexcept { return socket_; }

    Triggers triggers() const noexcept {
        if (!starving_) {
            return Trigger::recv;
        }
        return pool_->empty() ? Triggers() : Trigger::work;
    }
    bool intentIsLocal() const noexcept { return !starving_; }

    /// There is something to receive, or, for one that starves, a block to receive it into.
    void serve() {
        std::unique_ptr<Block> block = pool_->take();
        starving_ = block == nullptr;
        if (starving_) {
            return;
        }
        const auto got = net::recv(socket_, block->bytes);
        block->size = got.bytes;
        ended_ = got.over();
        got ? disk_->write(std::move(block)) : pool_->giveBack(std::move(block));
    }

    bool starving() const noexcept { return starving_; }
    bool finished() const noexcept { return ended_; }

private:
    net::Socket socket_;
    Pool* pool_;
    Disk* disk_;
    bool starving_ = false;
    bool ended_ = false;
};

constexpr std::size_t uploads = 6;
constexpr std::size_t rounds = 8;
constexpr std::size_t pieceSize = 32 * 1024;

/// All clients upload at the same time, piece by piece, and wait for the server to have it all.
void testUploads(const net::Endpoint& server) {
    const std::string piece(pieceSize, '*');
    std::list<example::Client> clients;
    for (std::size_t count = 0; count < uploads; ++count) {
        clients.emplace_back(server);
    }
    for (std::size_t round = 0; round < rounds; ++round) {
        for (auto& client : clients) {
            client.send(piece);
        }
    }
    for (auto& client : clients) {
        client.finish();
        example::expect(client.receiveAll().empty(), "the server says nothing, and closes when it has everything");
    }
}

int main(int argc, char** argv) try {
    const net::Socket listener = net::listenTcp(example::whereToListen(argc, argv));
    const net::Endpoint endpoint = net::localEndpoint(listener);
    polleros::NativePoller<polleros::OneOf<polleros::SocketSource, Upload>> poller;
    poller.attachChannel(polleros::SocketSource(listener, Trigger::accept));
    Pool pool(4);
    Disk disk(pool, poller.waker());
    std::uint64_t starved = 0;

    const auto turn = [&] {
        poller.waitTriggers(polleros::Timeout::never());
        for (auto& channel : poller.triggered()) {
            if (auto* upload = channel.as<Upload>()) {
                upload->serve();
                starved += upload->starving() ? 1 : 0;
                if (upload->finished() || channel.error()) {
                    channel.markForDeletion();
                }
            } else {
                while (net::AcceptResult client = net::accept(listener)) {
                    poller.attachChannel(Upload(std::move(client.socket), pool, disk));
                }
            }
        }
        poller.deleteMarked();
    };

    if (argc > 1) {
        disk.start();
        std::cout << "Uploads to " << endpoint << " are welcome until Ctrl-C.\n";
        for (;;) {
            turn();
        }
    }
    example::SelfTest test(poller.waker(), [&] { testUploads(endpoint); });
    while (test.running()) {
        turn();
        if (starved > 0) { // however fast the disk is, and however slow the network
            disk.start();
        }
    }
    if (const int failed = test.result()) {
        return failed;
    }
    const std::uint64_t written = disk.finish();
    example::expect(written == uploads * rounds * pieceSize, "every byte is written");
    std::cout << written << " bytes went through four blocks; " << starved << " times a connection found none.\n";
    return 0;
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
