// SPDX-License-Identifier: MIT
#include "trees/swapping.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>
#include <vector>

#include "trees/confined.hpp"

namespace trees {

// Between this process and the other. `turn` is odd while a tree is under attack; the other has seen it when
// `seen` is equal.
struct Swapping::Shared {
  std::atomic<std::uint64_t> turn{0}, seen{0}, swaps{0};
  std::array<char, 4096> tree{}, entry{}, outside{};
};

namespace {

constexpr const char* counterpart = ".counterpart";

std::string beside(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::size_t name = slash == std::string::npos ? 0 : slash + 1;
  return path.substr(0, name) + counterpart + "-" + path.substr(name);
}

void make_link_beside(const std::string& path, const std::string& target, uid_t owner) {
  make_link(target, beside(path), owner);
}

void copy_text(std::array<char, 4096>& to, const std::string& text) {
  require(text.size() < to.size(), text);
  std::memcpy(to.data(), text.c_str(), text.size() + 1);
}

// How many swaps a step was. All but the tree as a whole is named from a descriptor of the tree: what this
// process does itself must not reach the sentinels through a link of its own.
struct Target {
  std::string tree, entry, outside;

  [[nodiscard]] std::uint64_t step() const {
    // Where its folder is the lesser user's.
    std::uint64_t done = swap(AT_FDCWD, tree);
    const int fd = ::open(tree.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return done;
    for (const std::string& name : names) done += swap(fd, name);
    done += move(fd, "moving/a/b", "b") + move(fd, "b", "moving/a/b");
    done += make_and_remove(fd);
    ::close(fd);
    return done;
  }

  std::array<std::string, 9> names{entry,    "folder",       "plain",       "sub/inner", "sub/deeper",
                                   "turned", "package.json", "named-twice", "sub"};

 private:
  static std::uint64_t swap(int fd, const std::string& name) {
    return ::renameat2(fd, name.c_str(), fd, beside(name).c_str(), RENAME_EXCHANGE) == 0 ? 1 : 0;
  }
  static std::uint64_t move(int fd, const char* from, const char* to) {
    return ::renameat2(fd, from, fd, to, RENAME_NOREPLACE) == 0 ? 1 : 0;
  }
  // A name that comes and goes, and is something else each time.
  [[nodiscard]] std::uint64_t make_and_remove(int fd) const {
    std::uint64_t done = 0;
    for (const char* sentinel : {"/folder", "/theirs"}) {
      if (::symlinkat((outside + sentinel).c_str(), fd, "new") == 0)
        done += ::unlinkat(fd, "new", 0) == 0 ? 1U : 0U;
      if (::mkdirat(fd, "new", 0755) == 0) done += ::unlinkat(fd, "new", AT_REMOVEDIR) == 0 ? 1U : 0U;
    }
    return done;
  }
};

}  // namespace

void make_contested(const Plot& plot) {
  const auto counter = [&](const char* name, const char* sentinel) {
    make_link_beside(plot.in_tree(name), plot.outside + "/" + sentinel, plot.owner);
  };
  make_file(plot.hostile(), "{}\n", plot.owner);
  make_link_beside(plot.hostile(), plot.outside + "/secret", plot.owner);
  make_folder(plot.in_tree("folder"), plot.owner);
  for (const char* name : {"folder/entry", "folder/plain", "folder/inner"})
    make_file(plot.in_tree(name), "in the folder\n", plot.owner);
  counter("folder", "folder");
  counter("plain", "open");
  counter("sub/inner", "theirs");
  counter("sub/deeper", "folder/deeper");
  counter("sub", "folder/sub");
  // A file and a folder, and a file and a FIFO in it.
  make_file(plot.in_tree("turned"), "a file\n", plot.owner);
  make_folder(beside(plot.in_tree("turned")), plot.owner);
  make_node(beside(plot.in_tree("turned")) + "/fifo", S_IFIFO, 0, plot.owner);
  // A second name of a secret, as can be made without fs.protected_hardlinks.
  make_folder(plot.in_tree("named-twice"), plot.owner);
  require(::link((plot.outside + "/linked").c_str(), beside(plot.in_tree("named-twice")).c_str()) == 0,
          "link");
  make_folders(plot.in_tree("moving/a/b/c"), plot.owner);
  make_file(plot.in_tree("moving/a/b/c/leaf"), "a leaf\n", plot.owner);
  struct stat status = {};
  if (::lstat(plot.in_tree("package.json").c_str(), &status) == 0) counter("package.json", "secret");
  make_link_beside(plot.tree, plot.outside + "/folder", plot.owner);
}

Swapping::Swapping() {
  void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  require(memory != MAP_FAILED, "share memory");
  shared_ = new (memory) Shared;
  process_ = ::fork();
  require(process_ >= 0, "fork");
  if (process_ == 0) serve();
}

Swapping::~Swapping() {
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  ::munmap(shared_, sizeof(Shared));
}

void Swapping::serve() const {
  become(As::lesser);
  for (;;) {
    const std::uint64_t turn = shared_->turn;
    shared_->seen = turn;
    if (turn % 2 == 0) {
      ::sched_yield();
      continue;
    }
    const Target target{shared_->tree.data(), shared_->entry.data(), shared_->outside.data()};
    while (shared_->turn == turn) shared_->swaps += target.step();
  }
}

void Swapping::attack(const Plot& plot) {
  copy_text(shared_->tree, plot.tree);
  copy_text(shared_->entry, plot.entry);
  copy_text(shared_->outside, plot.outside);
  ++shared_->turn;
}

void Swapping::rest() {
  ++shared_->turn;
  while (shared_->seen != shared_->turn) ::sched_yield();
}

std::uint64_t Swapping::swaps() const {
  return shared_->swaps;
}

}  // namespace trees
