// SPDX-License-Identifier: MIT
#include "process/capacity.hpp"

#include <sched.h>

#include <algorithm>
#include <fstream>

namespace process {
namespace {

// "MemAvailable:    1234 kB"
std::uint64_t available_in(std::istream& meminfo) {
  constexpr std::uint64_t kibibyte = 1024;
  std::uint64_t number = 0;
  for (std::string word; meminfo >> word;) {
    if (word == "MemAvailable:") return meminfo >> number ? number * kibibyte : 0;
  }
  return 0;
}

}  // namespace

Capacity capacity(const std::string& proc) {
  Capacity found;
  cpu_set_t set;
  CPU_ZERO(&set);
  // Fails on a machine with more processors than the set can hold: then more than one is left, certainly.
  const bool told = ::sched_getaffinity(0, sizeof set, &set) == 0;
  found.processors = told ? static_cast<unsigned>(std::max(CPU_COUNT(&set), 1)) : 2;
  std::ifstream meminfo(proc + "/meminfo");
  found.available_bytes = available_in(meminfo);
  return found;
}

bool has_room_beside(const Capacity& capacity, std::uint64_t bytes) {
  return capacity.processors > 1 && capacity.available_bytes >= bytes;
}

}  // namespace process
