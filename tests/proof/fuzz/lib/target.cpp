// SPDX-License-Identifier: MIT
#include "lib/target.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "lib/growth.hpp"

namespace target {

void require(bool holds, std::string_view sentence) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(sentence.size()), sentence.data());
  std::abort();
}

}  // namespace target

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz({reinterpret_cast<const char*>(data), size});
  return 0;
}

// `TARGET growth ...` measures instead of fuzzing.
extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  if (*count > 1 && std::string_view((*arguments)[1]) == "growth") {
    std::exit(target::measure_growth({*arguments + 2, *arguments + *count}));
  }
  return 0;
}
