# SPDX-License-Identifier: MIT
# Bugs in the choice of a backend, and in the look at what comes next.

polleros_mutant(
    look_takes_a_byte
    BUG "To see whether there is something to read takes it."
    FILE detail/next_read.hpp
    FROM [=[::recv(handle, &byte, 1, MSG_PEEK | MSG_DONTWAIT)]=]
    TO [=[::recv(handle, &byte, 1, MSG_DONTWAIT)]=]
    TEST unit/detail/next_read.cpp
    CASE "what can be read")

polleros_mutant(
    empty_datagram_is_the_end
    BUG "A datagram of no bytes is taken for the end of a stream."
    FILE detail/next_read.hpp
    FROM [=[isStream(handle) ? Ahead::end : Ahead::data]=]
    TO [=[Ahead::end]=]
    TEST unit/detail/next_read.cpp
    CASE "an empty datagram")

polleros_mutant(
    last_words_in_a_pipe_lost
    BUG "What is no socket has nothing to read before its end."
    FILE detail/next_read.hpp
    FROM [=[const bool isUnread = reason == ENOTSOCK &&]=]
    TO [=[const bool isUnread = reason == 0 &&]=]
    TEST dispatcher/told.cpp
    CASE "D4 the ends of a pipe"
    SETTING EpollLocal)

polleros_mutant(
    listener_is_an_error
    BUG "A listener, which nothing can be read of, is in error."
    FILE detail/next_read.hpp
    FROM [=[reason == ENOTCONN || reason == EINVAL ||]=]
    TO [=[reason == EINVAL ||]=]
    TEST unit/detail/next_read.cpp
    CASE "what cannot be known")

polleros_mutant(
    look_changes_errno
    BUG "To look what is ahead changes the errno of the caller."
    FILE detail/next_read.hpp
    FROM [=[    errno = before;
]=]
    TO [=[]=]
    TEST unit/detail/next_read.cpp
    CASE "what cannot be known")

polleros_mutant(
    chosen_by_the_environment
    BUG "The environment overrules what the program asks for."
    FILE backend/any.hpp
    FROM [=[options.backend.empty() ? detail::environment("POLLEROS_BACKEND") : options.backend;]=]
    TO [=[detail::environment("POLLEROS_BACKEND").empty() ? options.backend : detail::environment("POLLEROS_BACKEND");]=]
    TEST unit/backend/any.cpp
    CASE "the options choose")

polleros_mutant(
    environment_not_asked
    BUG "An environment variable that some pollers listen to."
    FILE backend/any.hpp
    FROM [=[options.backend.empty() ? detail::environment("POLLEROS_BACKEND") : options.backend;]=]
    TO [=[options.backend;]=]
    TEST unit/backend/any.cpp
    CASE "the environment chooses")

polleros_mutant(
    first_name_or_none
    BUG "A name that is not known here ends the list."
    FILE backend/any.hpp
    FROM [=[            if (index != names.size()) {
                choice_.make(index, options, ec);
            }
            wanted.remove_prefix]=]
    TO [=[            if (index == names.size()) {
                break;
            }
            choice_.make(index, options, ec);
            wanted.remove_prefix]=]
    TEST unit/backend/any.cpp
    CASE "the options choose")

polleros_mutant(
    no_second_choice
    BUG "What is there but cannot be made is the end, though the next one could be."
    FILE backend/any.hpp
    FROM [=[index < names.size() && ec; ++index]=]
    TO [=[index < 1; ++index]=]
    TEST unit/backend/any.cpp
    CASE "what cannot be made")

polleros_mutant(
    wake_of_the_first
    BUG "The wake handle is that of the native backend, whoever was chosen."
    FILE backend/any.hpp
    FROM [=[choice_.make(index < names.size() ? index : 0, options, ec);]=]
    TO [=[choice_.make(0, options, ec);]=]
    TEST unit/backend/any.cpp
    CASE "the chosen one does it all")

polleros_mutant(
    choice_not_reserved
    BUG "Room that is reserved is not where it is needed."
    FILE backend/any.hpp
    FROM [=[return chosen.reserve(channels);]=]
    TO [=[return true;]=]
    TEST unit/reserve.cpp
    CASE "after reserve(n)")

polleros_mutant(
    choice_of_the_first
    BUG "A call goes to the first of the backends, whoever was chosen."
    FILE detail/choice.hpp
    FROM [=[made.index() == at ? function]=]
    TO [=[made.index() >= at ? function]=]
    TEST unit/backend/any.cpp
    CASE "the options choose")
