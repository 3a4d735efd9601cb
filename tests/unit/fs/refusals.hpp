// SPDX-License-Identifier: MIT
// A kernel or file system that refuses some calls, for the length of a test. Also the moment at which a
// racing process can act: the rule runs just before the call.
#pragma once

#include <functional>
#include <string_view>
#include <utility>

#include "fs/syscalls.hpp"

namespace test_support {

class Refusals {
 public:
  // Answers the errno that a call shall fail with, 0 to let it through.
  using Rule = std::function<int(fs::syscalls::Call call, std::string_view name)>;

  explicit Refusals(Rule rule) {
    current() = std::move(rule);
    fs::syscalls::refuse_for_tests = [](fs::syscalls::Call call, const char* name) {
      return current()(call, name);
    };
  }
  // One call always, with one errno.
  Refusals(fs::syscalls::Call refused, int number)
      : Refusals([=](fs::syscalls::Call call, std::string_view) { return call == refused ? number : 0; }) {}
  Refusals(const Refusals&) = delete;
  Refusals& operator=(const Refusals&) = delete;
  ~Refusals() { fs::syscalls::refuse_for_tests = nullptr; }

 private:
  static Rule& current() {
    static Rule rule;
    return rule;
  }
};

}  // namespace test_support
