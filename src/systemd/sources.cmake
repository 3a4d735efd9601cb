set(sources
  systemd/control_group.cpp
  systemd/journal.cpp
  systemd/library.cpp
  systemd/listening_sockets.cpp
  systemd/notify.cpp
)
