# SPDX-License-Identifier: MIT
set(sources
  base/digest.cpp
  base/environment.cpp
  base/json.cpp
  base/json_list.cpp
  base/nearest.cpp
  base/redaction.cpp
  base/secret_shapes.cpp
  base/share_done.cpp
  base/text.cpp
  base/time.cpp
)
