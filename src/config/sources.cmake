set(sources
  config/gateways.cpp
  config/ini_text.cpp
  config/keys.cpp
  config/settings.cpp
  config/values.cpp
)
