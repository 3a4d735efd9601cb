// SPDX-License-Identifier: MIT
// growth tree FOLDER FILES        makes a tree of so many files of 4 KiB, a hundred in each folder
// growth clone SOURCE TARGET      stages it: the sealed files of SOURCE are linked into TARGET, which is made
// growth seal STORE SOURCE        seals it as a release
// growth verify STORE             compares the releases with their manifests
//
// What the suite does with trees, on trees of any size: no OpenClaw has ten times the files of another one.
#include <fcntl.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/tree.hpp"
#include "release/store.hpp"

namespace {

using base::Result;

constexpr int files_in_a_folder = 100;
constexpr std::size_t file_size = 4096;
// In credentials/ of a gateway, a snapshot has files of these names.
constexpr const char* ending = "-pairing.json";

Result<void> make_file(int folder, const std::string& name, int number) {
  const base::UniqueFd file(::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  std::string text = std::to_string(number);
  text.resize(file_size, 'x');
  const bool written =
      file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
  return written ? Result<void>() : base::fail_errno(errno, "cannot write " + name);
}

Result<base::UniqueFd> make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) != 0) return base::fail_errno(errno, "cannot make " + path);
  return fs::open_directory(path);
}

Result<void> make_tree(const std::string& path, int files) {
  auto root = make_folder(path);
  if (!root) return base::pass(root.error());
  for (int number = 0; number < files; number += files_in_a_folder) {
    const auto folder = make_folder(path + "/" + std::to_string(number));
    if (!folder) return base::pass(folder.error());
    for (int i = number; i < files && i < number + files_in_a_folder; ++i) {
      if (auto made = make_file(folder->get(), std::to_string(i) + ending, i); !made) return made;
    }
  }
  return {};
}

Result<void> clone(const std::string& from, const std::string& to) {
  const auto source = fs::open_directory(from);
  if (!source) return base::pass(source.error());
  const auto target = make_folder(to);
  if (!target) return base::pass(target.error());
  const auto done = fs::clone_tree(source->get(), target->get(), {});
  return done ? Result<void>() : base::pass(done.error());
}

Result<void> seal(const std::string& store_path, const std::string& from) {
  const auto store = release::Store::open(store_path);
  if (!store) return base::pass(store.error());
  const auto source = fs::open_directory(from);
  if (!source) return base::pass(source.error());
  const auto sealed = store->seal(source->get(), {"2026.9.6", "", "", "", "", "", "", 0}, {});
  return sealed ? Result<void>() : base::pass(sealed.error());
}

Result<void> verify(const std::string& store_path) {
  const auto store = release::Store::open(store_path);
  if (!store) return base::pass(store.error());
  const auto releases = store->list();
  if (!releases) return base::pass(releases.error());
  if (releases->empty()) return base::fail(base::ErrorKind::not_found, "no release in " + store_path);
  for (const release::Release& each : *releases) {
    if (auto whole = store->verify(each.name); !whole) return whole;
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  Result<void> done =
      base::fail(base::ErrorKind::bad_input, "usage: growth tree|clone|seal|verify ARGUMENT...");
  if (what == "tree" && argc == 4) done = make_tree(argv[2], std::atoi(argv[3]));
  if (what == "clone" && argc == 4) done = clone(argv[2], argv[3]);
  if (what == "seal" && argc == 4) done = seal(argv[2], argv[3]);
  if (what == "verify" && argc == 3) done = verify(argv[2]);
  if (!done) std::fprintf(stderr, "growth: %s\n", done.error().message.c_str());
  return done ? 0 : 1;
}
