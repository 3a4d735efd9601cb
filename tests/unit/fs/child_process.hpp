// SPDX-License-Identifier: MIT
// Parts of a test that need another identity or private mounts run in a child, which answers true or false.
#pragma once

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

namespace test_support {

enum class Answer { yes, no, impossible };

inline bool is_root() {
  return ::geteuid() == 0;
}
constexpr uid_t nobody = 65534;

inline Answer ask_child(const std::function<Answer()>& question) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(static_cast<int>(question()));
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
    ADD_FAILURE() << "the child did not answer; wait status " << status;
    return Answer::no;
  }
  return static_cast<Answer>(WEXITSTATUS(status));
}

// As root: with the identity of nobody. As anybody else: as oneself, who is no root either.
inline bool true_without_root(const std::function<bool()>& question) {
  return ask_child([&] {
           if (is_root() &&
               (::setgroups(0, nullptr) != 0 || ::setgid(nobody) != 0 || ::setuid(nobody) != 0)) {
             return Answer::impossible;
           }
           return question() ? Answer::yes : Answer::no;
         }) == Answer::yes;
}

// A user may have mounts of its own as the root of a user namespace, which first needs to know who that is.
inline bool enter_private_mounts() {
  const std::string uid = std::to_string(::geteuid());
  const std::string gid = std::to_string(::getegid());
  if (is_root()) return ::unshare(CLONE_NEWNS) == 0;
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  const auto tell = [](const char* file, const std::string& text) {
    const int fd = ::open(file, O_WRONLY | O_CLOEXEC);
    const bool told = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::close(fd);
    return told;
  };
  return tell("/proc/self/uid_map", "0 " + uid + " 1") && tell("/proc/self/setgroups", "deny") &&
         tell("/proc/self/gid_map", "0 " + gid + " 1");
}

// With mounts that nobody else sees and that go with the child; `impossible` where a user may not have them.
inline Answer ask_with_private_mounts(const std::function<bool()>& question) {
  return ask_child([&] {
    if (!enter_private_mounts()) return Answer::impossible;
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return Answer::impossible;
    return question() ? Answer::yes : Answer::no;
  });
}

}  // namespace test_support
