// SPDX-License-Identifier: MIT
// Modes, owners, flags, attributes, hard links.
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "trees/shapes.hpp"

namespace trees {
namespace {

Shape entry_file(std::string name, mode_t mode, uid_t owner = lesser_user) {
  return {std::move(name), beside_ordinary([=](const Plot& plot) {
            make_file(plot.hostile(), "of some mode\n", owner == lesser_user ? plot.owner : owner, mode);
          })};
}

Shape entry_folder(std::string name, mode_t mode, uid_t owner = lesser_user) {
  return {std::move(name), beside_ordinary([=](const Plot& plot) {
            const uid_t whose = owner == lesser_user ? plot.owner : owner;
            make_folder(plot.hostile(), whose);
            make_file(plot.hostile() + "/within", "in a folder of some mode\n", whose);
            give(plot.hostile(), whose, mode);
          })};
}

void set_flag(const std::string& path, int flag) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  int flags = 0;
  require(fd >= 0 && ::ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0, path);
  flags |= flag;
  require(::ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0, path);
  ::close(fd);
}

Shape flagged(std::string name, int flag, bool folder) {
  Shape shape = folder ? entry_folder(std::move(name), 0755) : entry_file(std::move(name), 0644);
  shape.make = [make = shape.make, flag](const Plot& plot) {
    make(plot);
    set_flag(plot.hostile(), flag);
  };
  shape.named = {"within"};
  return shape;
}

void set_attribute(const std::string& path, const char* name, const void* value, std::size_t size) {
  require(::lsetxattr(path.c_str(), name, value, size, 0) == 0, std::string(name) + " of " + path);
}

// The binary form of acl(5), version 2: tag, permissions, and for users a number.
struct AclEntry {
  std::uint16_t tag, permissions;
  std::uint32_t number;
};
struct Acl {
  std::uint32_t version;
  std::array<AclEntry, 5> entries;
};
constexpr std::uint32_t no_number = 0xffffffff;
constexpr Acl acl_for_another{2,
                              {{{0x01, 6, no_number},
                                {0x02, 7, other_user},
                                {0x04, 4, no_number},
                                {0x10, 7, no_number},
                                {0x20, 4, no_number}}}};

std::vector<Shape> attributes() {
  return {
      {"a file with attributes of all kinds", beside_ordinary([](const Plot& plot) {
         make_file(plot.hostile(), "with attributes\n", plot.owner, 0755);
         const std::string long_value(2000, 'v');
         set_attribute(plot.hostile(), "user.long", long_value.data(), long_value.size());
         set_attribute(plot.hostile(), "user.\x1b[31m", "red", 3);
         set_attribute(plot.hostile(), "trusted.of.root", "1", 1);
         // cap_setuid, version 2
         const std::array<std::uint32_t, 5> capability{0x02000001, 0x80, 0, 0, 0};
         set_attribute(plot.hostile(), "security.capability", capability.data(), sizeof capability);
       })},
      {"a file that an access control list opens to another user", beside_ordinary([](const Plot& plot) {
         make_file(plot.hostile(), "with a list\n", plot.owner);
         set_attribute(plot.hostile(), "system.posix_acl_access", &acl_for_another, sizeof acl_for_another);
       })},
      {"a folder whose list opens all that is made in it", beside_ordinary([](const Plot& plot) {
         make_folder(plot.hostile(), plot.owner);
         set_attribute(plot.tree, "system.posix_acl_default", &acl_for_another, sizeof acl_for_another);
         make_file(plot.hostile() + "/within", "with a list\n", plot.owner);
       })},
  };
}

void make_alias(const Plot& plot, const char* sentinel) {
  require(::link((plot.outside + "/" + sentinel).c_str(), plot.hostile().c_str()) == 0, sentinel);
}

std::vector<Shape> hard_links() {
  return {
      {"a second name of another user's secret",
       beside_ordinary([](const Plot& plot) { make_alias(plot, "linked"); }), aliases},
      {"a second name of another user's file",
       beside_ordinary([](const Plot& plot) { make_alias(plot, "linked-readable"); }), aliases},
      {"two names of one file", beside_ordinary([](const Plot& plot) {
         require(::link(plot.in_tree("plain").c_str(), plot.hostile().c_str()) == 0, "link");
       })},
  };
}

}  // namespace

std::vector<Shape> shapes_of_rights() {
  std::vector<Shape> shapes{
      entry_file("a file without rights", 0),
      entry_file("a file that can only be written", 0200),
      entry_file("a file that everybody may write", 0666),
      entry_file("a file that runs as its owner and group", 06755),
      entry_file("a file that runs as root", 06755, 0),
      entry_file("an unreadable file of root's", 0600, 0),
      entry_file("an unreadable file of another user's", 0600, other_user),
      entry_folder("a folder without rights", 0),
      entry_folder("a folder that cannot be listed", 0300),
      entry_folder("a folder that cannot be entered", 0400),
      entry_folder("a folder that cannot be written", 0555),
      entry_folder("a folder that passes on its group", 02775),
      entry_folder("a closed folder of root's", 0700, 0),
      entry_folder("a folder of root's that everybody may read", 0755, 0),
      entry_folder("a closed folder of another user's", 0700, other_user),
      {"a sticky folder of another user's, with files of several",
       beside_ordinary([](const Plot& plot) {
         make_folder(plot.hostile(), other_user);
         make_file(plot.hostile() + "/theirs", "\n", other_user, 0666);
         make_file(plot.hostile() + "/own", "\n", plot.owner);
         give(plot.hostile(), other_user, 01777);
       }),
       ordinary,
       {"theirs"}},
      {"a tree without rights",
       [](const Plot& plot) {
         make_ordinary_tree(plot);
         give(plot.tree, plot.owner, 0);
       }},
      {"a tree of another user's",
       [](const Plot& plot) {
         Plot theirs = plot;
         theirs.owner = other_user;
         make_ordinary_tree(theirs);
         give(plot.tree, other_user, 0700);
       }},
      flagged("an immutable file", FS_IMMUTABLE_FL, false),
      flagged("an immutable folder", FS_IMMUTABLE_FL, true),
      flagged("a file that can only be appended to", FS_APPEND_FL, false),
      flagged("a folder that can only be added to", FS_APPEND_FL, true),
      {"a tree that is immutable",
       [](const Plot& plot) {
         make_ordinary_tree(plot);
         set_flag(plot.tree, FS_IMMUTABLE_FL);
       }},
  };
  for (const auto& more : {attributes(), hard_links()}) shapes.insert(shapes.end(), more.begin(), more.end());
  return shapes;
}

}  // namespace trees
