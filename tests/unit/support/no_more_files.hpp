// SPDX-License-Identifier: MIT
// For the length of a test this process can open no further file (EMFILE), as under a load that has used up
// what the kernel allows.
#pragma once

#include <sys/resource.h>

namespace test_support {

class NoMoreFiles {
 public:
  NoMoreFiles() {
    ::getrlimit(RLIMIT_NOFILE, &usual_);
    const struct rlimit none = {0, usual_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  NoMoreFiles(const NoMoreFiles&) = delete;
  NoMoreFiles& operator=(const NoMoreFiles&) = delete;
  ~NoMoreFiles() { ::setrlimit(RLIMIT_NOFILE, &usual_); }

 private:
  struct rlimit usual_ = {};
};

}  // namespace test_support
