# SPDX-License-Identifier: MIT
set(sources
  lock/kernel_lock.cpp
  lock/owner_json.cpp
  lock/owner_lock.cpp
  lock/process_identity.cpp
  lock/verdict.cpp
)
