# SPDX-License-Identifier: MIT
set(sources
  npm/blame.cpp
  npm/clients.cpp
  npm/environment.cpp
  npm/failure_table.cpp
  npm/install.cpp
  npm/invocation.cpp
  npm/manifest.cpp
  npm/npmrc.cpp
  npm/policy.cpp
  npm/query.cpp
  npm/tidy.cpp
  npm/toolchain.cpp
)
