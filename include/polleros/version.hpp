// SPDX-License-Identifier: MIT
/// @file
/// The version of the library, as numbers a preprocessor can compare. CMake's project version is tested against it.
#pragma once

#define POLLEROS_VERSION_MAJOR 0
#define POLLEROS_VERSION_MINOR 1
#define POLLEROS_VERSION_PATCH 0
