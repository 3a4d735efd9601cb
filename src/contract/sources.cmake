# SPDX-License-Identifier: MIT
set(sources
  contract/envelope.cpp
  contract/gateway_report.cpp
  contract/members.cpp
  contract/task.cpp
  contract/tasks.cpp
)
