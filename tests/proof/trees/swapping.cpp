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
  return path.substr(0, slash + 1) + counterpart + "-" + path.substr(slash + 1);
}

void make_link_beside(const std::string& path, const std::string& target, uid_t owner) {
  make_link(target, beside(path), owner);
}

bool take_places(const std::string& one, const std::string& other) {
  return ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0;
}

bool move(const std::string& from, const std::string& to) {
  return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0;
}

void copy_text(std::array<char, 4096>& to, const std::string& text) {
  require(text.size() < to.size(), text);
  std::memcpy(to.data(), text.c_str(), text.size() + 1);
}

// One step each; how many swaps it was.
struct Target {
  std::string tree, entry, outside;

  [[nodiscard]] std::uint64_t swap_all() const {
    std::uint64_t done = 0;
    for (const std::string& name :
         {entry, std::string("folder"), std::string("plain"), std::string("sub/inner"),
          std::string("sub/deeper"), std::string("turned"), std::string("package.json"),
          std::string("named-twice"), std::string("sub")}) {
      const std::string path = tree + "/" + name;
      done += take_places(path, beside(path)) ? 1U : 0U;
    }
    // The tree as a whole, where its folder is the lesser user's.
    done += take_places(tree, beside(tree)) ? 1U : 0U;
    return done;
  }

  [[nodiscard]] std::uint64_t move_about() const {
    const std::string deep = tree + "/moving/a/b", high = tree + "/b";
    return (move(deep, high) ? 1U : 0U) + (move(high, deep) ? 1U : 0U);
  }

  // Names that come and go, and are something else each time.
  [[nodiscard]] std::uint64_t make_and_remove() const {
    const std::string name = tree + "/new";
    std::uint64_t done = 0;
    if (::symlink((outside + "/folder").c_str(), name.c_str()) == 0)
      done += ::unlink(name.c_str()) == 0 ? 1U : 0U;
    if (::mkdir(name.c_str(), 0755) == 0) done += ::rmdir(name.c_str()) == 0 ? 1U : 0U;
    if (::symlink((outside + "/theirs").c_str(), name.c_str()) == 0)
      done += ::unlink(name.c_str()) == 0 ? 1U : 0U;
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
    while (shared_->turn == turn)
      shared_->swaps += target.swap_all() + target.move_about() + target.make_and_remove();
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
