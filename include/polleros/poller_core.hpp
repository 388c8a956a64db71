// SPDX-License-Identifier: MIT
/// @file
/// PollerCore: what every poller shares, whatever its backend. It keeps ChannelNumber -> SeqN and SeqN ->
/// TriggeredChannel, makes the kernel's interest follow the sources' intents, and turns what the kernel says into
/// activity. It makes no system call: whenever the kernel must be told something, it is handed the backend.
///
/// This is the mechanism behind `Poller`, which is what users hold. Bodies: lifecycle of channels in
/// detail/core_lifecycle.hpp, the reconcile pass in detail/core_reconcile.hpp, harvest in detail/core_harvest.hpp.
#pragma once

#include <polleros/backend/backend.hpp>
#include <polleros/channel.hpp>
#include <polleros/deadlines.hpp>
#include <polleros/detail/channel_lists.hpp>
#include <polleros/detail/channel_store.hpp>
#include <polleros/detail/condition.hpp>
#include <polleros/detail/owner_check.hpp>
#include <polleros/detail/place_table.hpp>
#include <polleros/options.hpp>
#include <polleros/reconcile.hpp>
#include <polleros/stats.hpp>
#include <polleros/waker.hpp>

#include <utility>

POLLEROS_NAMESPACE_BEGIN

/// @cond INTERNAL

template <class S>
class PollerCore {
public:
    using Channel = TriggeredChannel<S>;
    using Condition = detail::Condition;
    using Conditions = FlagSet<Condition>;
    using Oddities = FlagSet<detail::Oddity>;

    explicit PollerCore(const Options& options) noexcept
        : store_(*this, options.memory),
          lists_(store_),
          numbers_(options.memory),
          handles_(options.memory),
          deadlines_(store_, options.memory) {}
    PollerCore(const PollerCore&) = delete;
    PollerCore& operator=(const PollerCore&) = delete;
    /// The kernel set is closed already: sources may do as they like, but nothing to the poller.
    ~PollerCore();

    // --- lifecycle ----------------------------------------------------------------------------------------------

    [[nodiscard]] std::error_code reserve(std::size_t channels) noexcept;

    /// Attaches what is moved from `candidate` on success only. Null, and the reason, if it cannot be.
    template <class B, class T>
    Channel* attach(B& backend, const ChannelNumber* chosen, T& candidate, std::error_code& ec) noexcept;

    /// Takes it out of kernel and maps, calls `farewell(number, source&&)`, then destroys the source, also if that throws.
    template <class B, class F>
    void erase(B& backend, Channel& channel, F&& farewell);

    template <class B>
    void eraseAll(B& backend) noexcept;

    [[nodiscard]] Channel* find(ChannelNumber number) const noexcept;
    [[nodiscard]] Channel* find(SeqN seqN) const noexcept { return store_.find(seqN); }
    [[nodiscard]] Channel* findHandle(NativeHandle handle) const noexcept {
        const Place place = handles_.find(static_cast<std::uint64_t>(handle), handleOf());
        return place == detail::noPlace ? nullptr : &store_.at(place);
    }
    [[nodiscard]] Channel* find(const ChannelRef<S>& ref) const noexcept {
        return isMine(ref) ? ref.channel_ : nullptr;
    }
    [[nodiscard]] Channel* find(const Which<S>& which) const noexcept {
        return which.ref_.channel_ != nullptr ? find(which.ref_) : find(which.number_);
    }

    /// Calls what the user wrote where it may not call back.
    template <class F>
    void closedWhile(F function) {
        struct Restore {
            Conditions& now;
            Conditions before;
            ~Restore() { now = (now - Condition::asking) | before; }
        };
        const Restore restore{condition_, condition_ & Condition::asking};
        set(Condition::asking);
        function();
    }

    /// Makes what is registered for this channel equal to what it wants; what there is to tell, the next wait tells.
    template <class B>
    [[nodiscard]] std::error_code applyNow(B& backend, Channel& channel) noexcept;

    void touched(Channel& channel) noexcept;
    bool mark(Channel& channel) noexcept;

    // --- one wait -----------------------------------------------------------------------------------------------

    /// What was iterated since the last wait was not what the next harvest brings.
    void forgetIteration() noexcept { unset(Condition::handedOut); }

    /// Makes what is registered equal to what is wanted, and gathers what can be reported without the kernel.
    template <class B>
    void reconcile(B& backend) noexcept;

    /// Turns `count` entries of the backend, one at least, into activity; what else was among them.
    template <class B>
    [[nodiscard]] Oddities harvest(const B& backend, std::size_t count) noexcept;

    /// Reports deadlines that have run out at `now`, `most` at most.
    void expire(TimePoint now, std::size_t most) noexcept;
    [[nodiscard]] TimePoint nextDeadline() const noexcept { return deadlines_.next(); }

    /// Tells a kernel set that was made anew all that the old one knew.
    template <class B>
    void registerAll(B& backend) noexcept;

    [[nodiscard]] std::size_t reported() const noexcept { return reported_; }
    [[nodiscard]] Triggers reportedTriggers() const noexcept { return reportedTriggers_; }

    // --- iteration ----------------------------------------------------------------------------------------------

    /// False if what the last wait reported has been handed out already.
    [[nodiscard]] bool beginIteration() noexcept {
        POLLEROS_ASSERT(!is(Condition::iterating | Condition::handedOut),
                        "triggered() is a single pass, and was begun already");
        if (is(Condition::handedOut)) [[unlikely]] {
            return false;
        }
        set(Condition::iterating | Condition::handedOut);
        return true;
    }
    /// A wait that was refused has reported nothing, which may be iterated all the same.
    void reportNothing() noexcept {
        lists_.forEachListed([](Channel& channel) { channel.silence(); });
        condition_ -= is(Condition::iterating) ? Conditions() : Condition::handedOut;
    }
    void endIteration() noexcept { unset(Condition::iterating); }
    /// Whom to hand out after this one (null: the first), its activity masked with what it wants now; null at the end.
    [[nodiscard]] Channel* advance(const Channel* channel) noexcept;

    /// True if the channel is attached and its source is a T.
    template <class T>
    [[nodiscard]] bool holds(const Channel& channel) const noexcept {
        return channel.isAttached() && detail::alternative<T>(channel.source_) != nullptr;
    }
    /// The source, to be moved from.
    [[nodiscard]] static S& sourceOf(Channel& channel) noexcept { return channel.source_; }

    // --- state --------------------------------------------------------------------------------------------------

    [[nodiscard]] std::size_t size() const noexcept { return store_.size(); }

    [[nodiscard]] bool is(Conditions any) const noexcept { return condition_.has(any); }
    void set(Conditions more) noexcept { condition_ |= more; }
    void unset(Conditions less) noexcept { condition_ -= less; }
    void set(Conditions which, bool on) noexcept { condition_ = (condition_ - which) | (on ? which : Conditions()); }

    /// Not even touching is allowed: a source is being asked what it wants, or the poller is being destroyed.
    static constexpr Conditions closed{Condition::asking, Condition::closing};
    /// Waiting is not allowed either.
    static constexpr Conditions busy = closed | Condition::iterating | Condition::destroying;
    /// Nor can a wait begin just like that.
    static constexpr Conditions unready =
        busy | Conditions{Condition::impaired, Condition::prepared, Condition::retired};

    /// Before the next wait: frees the places that references were held to, and ends what `prepare()` has begun.
    void settleDown() noexcept {
        store_.releaseRetired();
        wakeOnChange_ = nullptr;
        unset(Condition::prepared | Condition::retired);
    }

    /// The number of this handle is the poller's own from now on. A channel that still claims it was closed.
    template <class B>
    void keep(B& backend, detail::Own own, NativeHandle handle) noexcept;

    /// While an outer loop waits for this poller, the first change must wake it. Until it settles down.
    void wakeOnChange(detail::WakeBlock* block) noexcept { wakeOnChange_ = block; }

    /// For as long as the result lives, no other thread may call.
    [[nodiscard]] detail::OwnerCheck::Call enter() noexcept { return owner_.enter(); }

    [[nodiscard]] detail::ChannelStore<S>& store() noexcept { return store_; }
    [[nodiscard]] detail::ChannelLists<S>& lists() noexcept { return lists_; }
    [[nodiscard]] Stats& stats() noexcept { return stats_; }
    [[nodiscard]] const Stats& stats() const noexcept { return stats_; }

private:
    using Flag = detail::ChannelFlag;
    using Place = detail::Place;

    static constexpr bool everLocal = detail::alwaysLocal<S>() || SometimesLocal<S>;
    static_assert(detail::keepsLocalPromise<S>,
                  "a source with a local intent needs handle(), triggers() and deadline() to be const noexcept");

    /// What has to be done to register a handle number.
    struct Claim {
        Errc refusal{};
        Occupied occupied = Occupied::takeOver;
        Channel* rival = nullptr; ///< owned it, and is closed if the kernel accepts the add

        [[nodiscard]] bool isRefused() const noexcept { return refusal != Errc{}; }
    };

    [[nodiscard]] auto numberOf() const noexcept {
        return [this](Place place) { return static_cast<std::uint64_t>(store_.at(place).number_); };
    }
    [[nodiscard]] auto handleOf() const noexcept {
        return [this](Place place) { return static_cast<std::uint64_t>(store_.at(place).handle_.number); };
    }

    /// A channel of another poller is none of ours.
    [[nodiscard]] bool isMine(const ChannelRef<S>& ref) const noexcept {
        return ref && &detail::ChannelStore<S>::coreOf(*ref.channel_) == this;
    }
    void enlist(Channel& channel) noexcept;
    template <class T>
    [[nodiscard]] bool ask(T& source, detail::Statement& stated) noexcept;
    template <class B>
    [[nodiscard]] static bool supports(const B& backend, Interest interest) noexcept;

    template <class B>
    [[nodiscard]] Claim claim(B& backend, NativeHandle handle) noexcept;
    template <class B>
    [[nodiscard]] Claim claimFrom(B& backend, Channel& recorded) noexcept;
    void evict(Channel& rival) noexcept;
    void own(Channel& channel, const Claim& claim) noexcept;
    void disown(Channel& channel) noexcept;
    template <class B>
    void unregister(B& backend, Channel& channel, When when) noexcept;

    template <class B>
    void look(B& backend, Channel& channel) noexcept;
    template <class B>
    void lookAtUsual(B& backend, Channel& channel) noexcept;
    template <class B>
    void lookClosely(B& backend, Channel& channel) noexcept;
    template <class B>
    void lookAtSilent(B& backend, Channel& channel) noexcept;
    template <class B>
    void settleIntent(B& backend, Channel& channel, Triggers intent) noexcept;
    template <class B>
    void settleIntentApart(B& backend, Channel& channel, Triggers intent) noexcept;
    template <class B>
    void refused(B& backend, Channel& channel, const std::error_code& ec) noexcept;
    template <class B>
    void settle(B& backend, Channel& channel, HandleRef handle, Triggers intent) noexcept;
    template <class B>
    void follow(B& backend, Channel& channel, const HandleRef& handle, Triggers intent) noexcept;
    template <class B>
    bool adjust(B& backend, Channel& channel, Triggers intent) noexcept;
    [[nodiscard]] static std::error_code refusalOf(const std::error_code& ec) noexcept;
    template <class B>
    void change(B& backend, Channel& channel, HandleRef handle, Triggers intent) noexcept;
    template <class B>
    [[nodiscard]] std::error_code rehandle(B& backend, Channel& channel, const HandleRef& handle) noexcept;
    template <class B>
    [[nodiscard]] std::error_code apply(B& backend, Channel& channel) noexcept;
    template <class B>
    void withdraw(B& backend, Channel& channel, When when) noexcept;
    void park(Channel& channel, const std::error_code& ec) noexcept;
    void lose(Channel& channel, const std::error_code& ec) noexcept;
    void lookAtWork(Channel& channel, Triggers before) noexcept;
    void lookAtRing(Channel& channel) noexcept;
    void audit() noexcept;

    void report(Channel& channel, Triggers activity) noexcept;
    template <class B>
    [[nodiscard]] std::size_t harvestPlain(const B& backend, std::size_t index, std::size_t count) noexcept;
    template <class B>
    [[nodiscard]] Oddities harvestRest(const B& backend, std::size_t index, std::size_t count) noexcept;
    [[nodiscard]] Oddities harvestOddity(Channel* channel, Ready ready) noexcept;
    [[nodiscard]] bool reach(Channel& channel) noexcept;
    [[nodiscard]] bool handOut(Channel& channel) noexcept;

    detail::ChannelStore<S> store_;
    detail::ChannelLists<S> lists_;
    detail::PlaceTable numbers_; // the users' numbers; picked ones name their places themselves
    detail::PlaceTable handles_; // whose each handle number is
    Deadlines<S> deadlines_;
    Stats stats_;
    detail::WakeBlock* wakeOnChange_ = nullptr;
    NativeHandle own_[2] = {invalidHandle, invalidHandle}; // by Own
    alignas(8) std::uint32_t reported_ = 0;                // these three are made anew for each wait: by one store
    Triggers reportedTriggers_;
    Conditions condition_;
    Place scanStart_ = 0;               // of a full scan: behind the first that had work the last time
    Place firstWork_ = detail::noPlace; // of a full scan
    Place auditCursor_ = 0;
    POLLEROS_NO_UNIQUE_ADDRESS detail::OwnerCheck owner_;
};

/// @endcond

POLLEROS_NAMESPACE_END

#include <polleros/detail/core_harvest.hpp>
#include <polleros/detail/core_lifecycle.hpp>
#include <polleros/detail/core_reconcile.hpp>
