// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "trees/shapes.hpp"

namespace trees {
namespace {

constexpr off_t tebibyte = off_t{1} << 40;

// Deeper than a path can be long: folder by folder.
void make_deep(const Plot& plot, int levels, const std::string& name) {
  int at = ::open(plot.tree.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const auto descend = [&](const std::string& into) {
    require(::mkdirat(at, into.c_str(), 0755) == 0, "make a deep tree");
    const int next = ::openat(at, into.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    require(next >= 0 && ::fchown(next, plot.owner, plot.owner) == 0, "make a deep tree");
    ::close(at);
    at = next;
  };
  descend(plot.entry);
  for (int level = 1; level < levels; ++level) descend(name);
  const int file = ::openat(at, "bottom", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  require(file >= 0 && ::fchown(file, plot.owner, plot.owner) == 0, "make a deep tree");
  ::close(file);
  ::close(at);
}

Shape deep(std::string name, int levels, std::string folder, unsigned traits = ordinary) {
  return {std::move(name),
          beside_ordinary([=](const Plot& plot) { make_deep(plot, levels, folder); }),
          traits,
          {"deep", folder.substr(0, 40)}};
}

void make_many(const Plot& plot, int count, bool folders) {
  make_folder(plot.hostile(), plot.owner);
  for (int i = 0; i < count; ++i) {
    const std::string path = plot.hostile() + "/n" + std::to_string(i);
    if (folders) {
      make_folder(path, plot.owner);
    } else {
      make_file(path, "", plot.owner);
    }
  }
}

}  // namespace

std::vector<Shape> shapes_of_sizes() {
  return {
      {"a sparse file of 1 TiB",
       beside_ordinary([](const Plot& plot) { make_sparse(plot.hostile(), tebibyte, plot.owner); }),
       ordinary,
       {"1.1 TB"}},
      {"a tree that is a sparse file of 1 TiB",
       [](const Plot& plot) { make_sparse(plot.tree, tebibyte, plot.owner); }},
      {"a sparse file of 1 TiB with its end written",
       beside_ordinary([](const Plot& plot) {
         make_sparse(plot.hostile(), tebibyte, plot.owner);
         const int file = ::open(plot.hostile().c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
         require(::write(file, "end", 3) == 3, "write the end");
         ::close(file);
       }),
       ordinary,
       {"1.1 TB"}},
      {"100,000 entries in one folder",
       beside_ordinary([](const Plot& plot) { make_many(plot, 100'000, false); }), large},
      {"20,000 folders in one", beside_ordinary([](const Plot& plot) { make_many(plot, 20'000, true); }),
       large},
      {"20,000 names of one file", beside_ordinary([](const Plot& plot) {
         make_folder(plot.hostile(), plot.owner);
         for (int i = 0; i < 20'000; ++i) {
           const std::string other = plot.hostile() + "/n" + std::to_string(i);
           require(::link(plot.in_tree("plain").c_str(), other.c_str()) == 0, other);
         }
       }),
       large},
      deep("a tree 100 folders deep", 100, "d"),
      deep("a tree 130 folders deep", 130, "d"),
      deep("a tree 4,000 folders deep", 4000, "d", large),
      deep("a tree 300 folders deep, with names of 250 bytes", 300, std::string(250, 'l'), large),
  };
}

}  // namespace trees
