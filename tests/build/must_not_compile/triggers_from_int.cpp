// SPDX-License-Identifier: MIT
// expect: conversion|convert
// A set of triggers is made of triggers.
#include <polleros/polleros.hpp>

int main() {
#ifdef MUST_NOT_COMPILE
    polleros::Triggers wanted = 5;
#else
    polleros::Triggers wanted = polleros::Trigger::recv;
#endif
    return wanted == polleros::Triggers{} ? 1 : 0;
}
