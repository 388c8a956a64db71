# SPDX-License-Identifier: MIT
# SOURCE must compile as it is, and with MUST_NOT_COMPILE defined must be refused with a message that matches the regular
# expression behind `// expect:` in its second line: a test that fails to compile for another reason tests nothing. If a
# line `// errors: <n>` follows, there may be no more than these.
separate_arguments(flags NATIVE_COMMAND "${FLAGS}")
set(command "${COMPILER}" ${flags} -std=c++20 -Werror=unused-result -fsyntax-only "-I${INCLUDE}" "${SOURCE}")

execute_process(COMMAND ${command} RESULT_VARIABLE status ERROR_VARIABLE said)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "Does not compile as it is:\n${said}")
endif()

file(STRINGS "${SOURCE}" expected REGEX "^// expect: " LIMIT_COUNT 1)
string(REPLACE "// expect: " "" expected "${expected}")
execute_process(COMMAND ${command} -DMUST_NOT_COMPILE RESULT_VARIABLE status ERROR_VARIABLE said)
if(status EQUAL 0)
    message(FATAL_ERROR "Compiles, and must not")
elseif(NOT expected OR NOT said MATCHES "${expected}")
    message(FATAL_ERROR "Is refused, but not with '${expected}':\n${said}")
endif()

file(STRINGS "${SOURCE}" limit REGEX "^// errors: " LIMIT_COUNT 1)
string(REGEX MATCHALL "error: " errors "${said}")
list(LENGTH errors count)
if(limit AND NOT limit STREQUAL "// errors: ${count}")
    message(FATAL_ERROR "${count} errors:\n${said}")
endif()
