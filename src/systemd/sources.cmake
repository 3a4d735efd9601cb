# SPDX-License-Identifier: MIT
set(sources
  systemd/control_group.cpp
  systemd/environment_file.cpp
  systemd/journal.cpp
  systemd/library.cpp
  systemd/listening_sockets.cpp
  systemd/notify.cpp
)
