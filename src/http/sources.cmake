# SPDX-License-Identifier: MIT
set(sources
  http/get.cpp
  http/reader.cpp
  http/tls_client.cpp
)
