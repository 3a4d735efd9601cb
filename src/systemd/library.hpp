// SPDX-License-Identifier: MIT
// libsystemd, loaded when it is first needed.
//
// The hook runs before every start of the gateway and has something to say only now and then. Linked,
// libsystemd and the compressors and ciphers that it brings along (seven libraries on systemd 252) would cost
// every run some seventy system calls and half a millisecond; systemd itself loads its optional libraries so.
#pragma once

#include <sys/uio.h>

#include <cstdint>

namespace systemd {

// The functions of it that the programs without a bus connection use; null where there is no libsystemd.
struct Library {
  int (*notify)(int unset_environment, const char* state) = nullptr;
  int (*notify_barrier)(int unset_environment, std::uint64_t timeout) = nullptr;
  int (*journal_sendv)(const struct iovec* parts, int count) = nullptr;
};

[[nodiscard]] const Library& library();

}  // namespace systemd
