# One interface target that every library and program of the suite links: the warning level is not a per-target choice.
add_library(suite_warnings INTERFACE)
target_compile_options(suite_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -Wcast-qual -Wformat=2 -Wundef -Wextra-semi)
option(OPENCLAW_WARNINGS_AS_ERRORS "Treat compiler warnings as errors" OFF)
if(OPENCLAW_WARNINGS_AS_ERRORS)
  target_compile_options(suite_warnings INTERFACE -Werror)
endif()
