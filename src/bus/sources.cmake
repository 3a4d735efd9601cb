# SPDX-License-Identifier: MIT
set(sources
  bus/connection.cpp
  bus/errors.cpp
  bus/job_limits.cpp
  bus/jobs.cpp
  bus/properties.cpp
  bus/status.cpp
  bus/systemd_manager.cpp
  bus/unit_follower.cpp
)
