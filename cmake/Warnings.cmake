# SPDX-License-Identifier: MIT
# One interface target that every library and program of the suite links: the warning level is not a per-target choice.
add_library(suite_warnings INTERFACE)
target_compile_options(suite_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -Wcast-qual -Wformat=2 -Wundef -Wextra-semi)
# gcc 12 sees overlapping copies in "literal" + std::string that are not there (gcc bug 105651, mended in 13).
target_compile_options(suite_warnings INTERFACE
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)
option(OPENCLAW_WARNINGS_AS_ERRORS "Treat compiler warnings as errors" OFF)
if(OPENCLAW_WARNINGS_AS_ERRORS)
  target_compile_options(suite_warnings INTERFACE -Werror)
endif()
