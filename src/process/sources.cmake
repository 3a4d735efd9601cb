# SPDX-License-Identifier: MIT
set(sources
  process/ask_as.cpp
  process/beside.cpp
  process/capacity.cpp
  process/family.cpp
  process/launch.cpp
  process/network.cpp
  process/output_tail.cpp
  process/run.cpp
)
