// SPDX-License-Identifier: MIT
// The environment without the proxies of whoever runs the tests, for as long as this lives.
#pragma once

#include <array>
#include <cstdlib>
#include <map>
#include <string>

namespace test_support {

class WithoutProxies {
 public:
  WithoutProxies() {
    for (const char* name : names) {
      if (const char* value = std::getenv(name)) former_[name] = value;
      ::unsetenv(name);
    }
  }
  WithoutProxies(const WithoutProxies&) = delete;
  WithoutProxies& operator=(const WithoutProxies&) = delete;
  ~WithoutProxies() {
    for (const char* name : names) ::unsetenv(name);
    for (const auto& [name, value] : former_) ::setenv(name.c_str(), value.c_str(), 1);
  }

 private:
  static constexpr std::array names = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                       "ALL_PROXY",  "no_proxy",    "NO_PROXY"};
  std::map<std::string, std::string> former_;
};

}  // namespace test_support
