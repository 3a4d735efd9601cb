# SPDX-License-Identifier: MIT
set(sources
  event/loop.cpp
)
