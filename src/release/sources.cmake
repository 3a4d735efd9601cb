# SPDX-License-Identifier: MIT
set(sources
  release/changes.cpp
  release/copy.cpp
  release/footprint.cpp
  release/gathering.cpp
  release/manifest.cpp
  release/pointers.cpp
  release/retention.cpp
  release/sharing.cpp
  release/store.cpp
  release/validation.cpp
  release/verification.cpp
)
