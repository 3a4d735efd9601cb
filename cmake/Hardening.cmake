# SPDX-License-Identifier: MIT
# What Debian's own hardening=+all sets, so that a build outside of a package is no softer than a packaged one.
add_library(suite_hardening INTERFACE)
include(CheckCXXCompilerFlag)
check_cxx_compiler_flag(-fcf-protection OPENCLAW_HAS_CF_PROTECTION)
target_compile_options(suite_hardening INTERFACE
  -fstack-protector-strong
  $<$<BOOL:${OPENCLAW_HAS_CF_PROTECTION}>:-fcf-protection>
  # _FORTIFY_SOURCE needs optimisation, and the sanitizers bring checks of their own.
  $<$<CONFIG:Release,RelWithDebInfo>:-U_FORTIFY_SOURCE>
  $<$<CONFIG:Release,RelWithDebInfo>:-D_FORTIFY_SOURCE=2>)
target_link_options(suite_hardening INTERFACE -Wl,-z,relro -Wl,-z,now -Wl,--as-needed)
# A program keeps what it calls and no more of a library: the watchdog is resident for good, and packages are unity
# builds, whose objects are whole libraries (2.8 MB instead of 1.3).
target_compile_options(suite_hardening INTERFACE $<$<CONFIG:Release,RelWithDebInfo>:-ffunction-sections -fdata-sections>)
target_link_options(suite_hardening INTERFACE $<$<CONFIG:Release,RelWithDebInfo>:-Wl,--gc-sections>)
include(CheckPIESupported)
check_pie_supported()
