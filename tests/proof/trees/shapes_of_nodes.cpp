// SPDX-License-Identifier: MIT
// What is neither file nor folder nor link, and what is mounted in a tree. A user who makes neither devices
// nor mounts can still have them in a tree: an administrator has made them there.
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <string>
#include <utility>

#include "trees/shapes.hpp"

namespace trees {
namespace {

const dev_t null_device = makedev(1, 3), zero_device = makedev(1, 5), full_device = makedev(1, 7);
const dev_t no_disk = makedev(259, 4095);

Shape root_node(std::string name, mode_t type, dev_t device = 0) {
  return {std::move(name), [=](const Plot& plot) { make_node(plot.tree, type, device, plot.owner); }};
}

Shape entry_node(std::string name, mode_t type, dev_t device = 0) {
  return {std::move(name),
          beside_ordinary([=](const Plot& plot) { make_node(plot.hostile(), type, device, plot.owner); })};
}

void mount(const std::string& source, const std::string& place, const char* type, unsigned long flags) {
  const char* options = std::string(type) == "tmpfs" ? "size=1m,mode=0777" : nullptr;
  require(::mount(source.c_str(), place.c_str(), type, flags, options) == 0, "mount " + place);
}

void make_tmpfs(const Plot& plot, unsigned long flags) {
  make_folder(plot.hostile(), plot.owner);
  mount("tmpfs", plot.hostile(), "tmpfs", MS_NOSUID | MS_NODEV);
  make_file(plot.hostile() + "/kept", "on another file system\n", plot.owner);
  if (flags != 0) mount("tmpfs", plot.hostile(), "tmpfs", MS_REMOUNT | flags);
}

std::vector<Shape> mounts() {
  return {
      {"a folder mounted from elsewhere", beside_ordinary([](const Plot& plot) {
         make_folder(plot.hostile(), plot.owner);
         mount(plot.outside + "/mounted", plot.hostile(), "none", MS_BIND);
       }),
       mounted},
      {"a file mounted from elsewhere", beside_ordinary([](const Plot& plot) {
         make_file(plot.hostile(), "beneath\n", plot.owner);
         mount(plot.outside + "/mounted/plain", plot.hostile(), "none", MS_BIND);
       }),
       mounted},
      {"a mount 130 folders deep", beside_ordinary([](const Plot& plot) {
         std::string path = plot.hostile();
         for (int depth = 0; depth < 130; ++depth, path += "/d") make_folder(path, plot.owner);
         make_folder(path, plot.owner);
         mount(plot.outside + "/mounted", path, "none", MS_BIND);
       }),
       mounted},
      {"a tree that is a mount of its own",
       [](const Plot& plot) {
         make_ordinary_tree(plot);
         mount(plot.tree, plot.tree, "none", MS_BIND);
       }},
      {"a file system in memory below", beside_ordinary([](const Plot& plot) { make_tmpfs(plot, 0); })},
      {"a file system below that is read-only",
       beside_ordinary([](const Plot& plot) { make_tmpfs(plot, MS_RDONLY); })},
  };
}

}  // namespace

std::vector<Shape> shapes_of_nodes() {
  std::vector<Shape> shapes{
      root_node("a tree that is a FIFO", S_IFIFO),
      root_node("a tree that is a device", S_IFCHR, zero_device),
      root_node("a tree that is a disk", S_IFBLK, no_disk),
      {"a tree that is a socket", [](const Plot& plot) { make_socket(plot.tree, plot.owner); }},
      {"a tree that is a file", [](const Plot& plot) { make_file(plot.tree, "no folder\n", plot.owner); }},
      {"a tree that is a file without rights",
       [](const Plot& plot) { make_file(plot.tree, "no folder\n", plot.owner, 0); }},
      {"a tree that is not there", [](const Plot&) {}},
      {"a tree that is an empty folder", [](const Plot& plot) { make_folder(plot.tree, plot.owner); }},
      entry_node("a FIFO", S_IFIFO),
      entry_node("a device without content", S_IFCHR, null_device),
      entry_node("a device without an end", S_IFCHR, zero_device),
      entry_node("a device that is always full", S_IFCHR, full_device),
      entry_node("a disk", S_IFBLK, no_disk),
      {"a socket", beside_ordinary([](const Plot& plot) { make_socket(plot.hostile(), plot.owner); })},
      {"a FIFO where a folder is expected", beside_ordinary([](const Plot& plot) {
         make_folder(plot.hostile(), plot.owner);
         for (const char* name : {"node_modules", "files", "package.json", "entry"})
           make_node(plot.hostile() + "/" + name, S_IFIFO, 0, plot.owner);
       })},
  };
  for (Shape& shape : mounts()) shapes.push_back(std::move(shape));
  return shapes;
}

}  // namespace trees
