# SPDX-License-Identifier: MIT
set(sources
  download/download.cpp
)
