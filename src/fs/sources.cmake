# SPDX-License-Identifier: MIT
set(sources
  fs/beneath.cpp
  fs/clone.cpp
  fs/directory_stream.cpp
  fs/file.cpp
  fs/inventory.cpp
  fs/list.cpp
  fs/new_file.cpp
  fs/outward_links.cpp
  fs/publish.cpp
  fs/remove.cpp
  fs/seal.cpp
  fs/stamp.cpp
  fs/sync.cpp
  fs/syscalls.cpp
  fs/walk.cpp
)
