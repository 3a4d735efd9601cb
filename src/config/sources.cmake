# SPDX-License-Identifier: MIT
set(sources
  config/gateways.cpp
  config/ini_text.cpp
  config/keys.cpp
  config/scope.cpp
  config/settings.cpp
  config/values.cpp
)
