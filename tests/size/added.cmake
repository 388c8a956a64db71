# SPDX-License-Identifier: MIT
# Prints how much text a poller adds, and fails above MOST bytes.

function(text_of program result)
    execute_process(COMMAND "${SIZE}" "${program}" OUTPUT_VARIABLE said COMMAND_ERROR_IS_FATAL ANY)
    if(NOT said MATCHES "\n *([0-9]+)")
        message(FATAL_ERROR "${SIZE} says: ${said}")
    endif()
    set(${result} ${CMAKE_MATCH_1} PARENT_SCOPE)
endfunction()

text_of("${WITH}" with)
text_of("${WITHOUT}" without)
text_of("${EXAMPLE}" example)
math(EXPR added "${with} - ${without}")
message("bytes of text: by_hand ${without}, by_poller ${with}, so a poller adds ${added} of ${MOST}; "
        "the example fixed_buffer ${example}")
if(added GREATER MOST)
    message(FATAL_ERROR "A poller adds ${added} bytes of text, more than ${MOST}")
endif()
