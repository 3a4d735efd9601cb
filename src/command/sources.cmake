# SPDX-License-Identifier: MIT
set(sources
  command/purpose.cpp
  command/run.cpp
)
