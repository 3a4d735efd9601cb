// SPDX-License-Identifier: MIT
// Tests of what an unprivileged gateway's user may and may not do run as such a user, also when CI is root:
// root passes every permission check, so a test run as root could not fail.
#include <grp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>

int main(int argc, char** argv) {
  constexpr unsigned nobody = 65534;
  if (::geteuid() == 0 && (::setgroups(0, nullptr) != 0 || ::setresgid(nobody, nobody, nobody) != 0 ||
                           ::setresuid(nobody, nobody, nobody) != 0)) {
    std::perror("cannot become an unprivileged user");
    return 1;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
