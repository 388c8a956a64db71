# SPDX-License-Identifier: MIT

# polleros_debian_source(<package> <suite> <folder>): unpacks upstream's source of a Debian package into the folder. It
# comes from the mirror that this machine's apt uses, by a source list, an index and a cache that lie beside the folder,
# so that nothing of the machine's own is changed and no right is needed. The suite is Debian's; a system derived from it
# takes what its own release has.
function(polleros_debian_source package suite folder)
    if(EXISTS "${folder}")
        return()
    endif()
    find_program(apt_get NAMES apt-get NO_CACHE)
    if(NOT apt_get)
        message(FATAL_ERROR "The source of ${package} comes from Debian, and there is no apt-get here. "
                            "Please give the folder of one: -DCATCH2_SOURCE, -DWEPOLL_SOURCE.")
    endif()

    cmake_host_system_information(RESULT system QUERY DISTRIB_INFO)
    set(release "${system_VERSION_CODENAME}")
    if(NOT system_ID STREQUAL "debian")
        set(suite "${release}")
    endif()
    execute_process(
        COMMAND "${apt_get}" indextargets --format "$(REPO_URI) $(RELEASE) $(COMPONENT)" "Identifier: Packages"
        OUTPUT_VARIABLE targets COMMAND_ERROR_IS_FATAL ANY)
    if(NOT targets MATCHES "(^|\n)([^ \n]+) ${release} main\n")
        message(FATAL_ERROR "apt-get indextargets knows no mirror of ${release}")
    endif()
    set(mirror "${CMAKE_MATCH_2}")
    string(REGEX MATCHALL "${mirror} ${release} (main|universe)" components "${targets}")
    list(TRANSFORM components REPLACE ".* " "")
    list(REMOVE_DUPLICATES components)
    list(JOIN components " " components)

    set(apt_folder "${folder}.apt")
    file(MAKE_DIRECTORY "${apt_folder}/lists/partial" "${apt_folder}/archives/partial")
    file(WRITE "${apt_folder}/sources.list" "deb-src ${mirror} ${suite} ${components}\n")
    set(apt
        "${apt_get}"
        -o "Dir::Etc::sourcelist=${apt_folder}/sources.list"
        -o Dir::Etc::sourceparts=/dev/null
        -o "Dir::State=${apt_folder}"
        -o "Dir::Cache=${apt_folder}"
        -o "APT::Sandbox::User=root") # who cannot become root stays who he is
    execute_process(COMMAND ${apt} -q update COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND ${apt} -q source --download-only --tar-only ${package} WORKING_DIRECTORY "${apt_folder}"
                    COMMAND_ERROR_IS_FATAL ANY)

    file(GLOB archive "${apt_folder}/${package}_*.orig.tar.*")
    file(ARCHIVE_EXTRACT INPUT "${archive}" DESTINATION "${apt_folder}/unpacked")
    file(GLOB unpacked "${apt_folder}/unpacked/*")
    file(RENAME "${unpacked}" "${folder}")
    file(REMOVE_RECURSE "${apt_folder}")
endfunction()
