// SPDX-License-Identifier: MIT
#include "trees/shapes.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

namespace trees {
namespace {

void link_entry_to(const Plot& plot, const std::string& target) {
  make_link(target, plot.hostile(), plot.owner);
}

// The whole tree is this link.
Shape root_link(std::string name, std::function<std::string(const Plot&)> target) {
  return {std::move(name),
          [target = std::move(target)](const Plot& plot) { make_link(target(plot), plot.tree, plot.owner); }};
}

Shape entry_link(std::string name, std::function<std::string(const Plot&)> target) {
  return {std::move(name), beside_ordinary([target = std::move(target)](const Plot& plot) {
            link_entry_to(plot, target(plot));
          })};
}

std::function<std::string(const Plot&)> to(std::string target) {
  return [target = std::move(target)](const Plot&) { return target; };
}

std::function<std::string(const Plot&)> to_sentinel(std::string name) {
  return
      [name = std::move(name)](const Plot& plot) { return plot.outside + (name.empty() ? "" : "/") + name; };
}

void make_chain(const Plot& plot) {
  std::string target = plot.outside + "/open";
  for (int i = 0; i < 50; ++i) {
    const std::string name = "chain" + std::to_string(i);
    make_link(target, plot.in_tree(name), plot.owner);
    target = name;
  }
  link_entry_to(plot, target);
}

void make_link_in_place_of_parent(const Plot& plot) {
  make_ordinary_tree(plot);
  const std::string parent = plot.tree.substr(0, plot.tree.rfind('/'));
  if (parent == plot.root) return;
  require(::rename(parent.c_str(), (parent + ".real").c_str()) == 0, parent);
  make_link(parent + ".real", parent, 0);
}

}  // namespace

std::function<void(const Plot&)> beside_ordinary(std::function<void(const Plot&)> make_entry) {
  return [make_entry = std::move(make_entry)](const Plot& plot) {
    make_ordinary_tree(plot);
    make_entry(plot);
  };
}

std::vector<Shape> shapes_of_links() {
  std::vector<Shape> shapes{
      root_link("a tree that is a link to /", to("/")),
      root_link("a tree that is a link to a folder elsewhere", to_sentinel("folder")),
      root_link("a tree that is a link to another folder of its owner", to_sentinel("theirs-folder")),
      root_link("a tree that is a link to a secret", to_sentinel("secret")),
      root_link("a tree that is a link to ..", to("..")),
      root_link("a tree that is a link to itself", [](const Plot& plot) { return plot.tree; }),
      root_link("a tree that is a link to nothing", to("/nowhere/at/all")),
      {"a tree whose folder is reached through a link", make_link_in_place_of_parent},
      entry_link("a link to /", to("/")),
      entry_link("a link to ..", to("..")),
      entry_link("a link to the tree itself", to(".")),
      entry_link("a link to a folder elsewhere", to_sentinel("folder")),
      entry_link("a link to another folder of its owner", to_sentinel("theirs-folder")),
      entry_link("a link to a secret", to_sentinel("secret")),
      entry_link("a link to a file that everybody may write", to_sentinel("open")),
      entry_link("a link to another file of its owner", to_sentinel("theirs")),
      entry_link("a link to itself", [](const Plot& plot) { return plot.entry; }),
      entry_link("a link to nothing", to("/nowhere/at/all")),
      entry_link("a link to a place where something could be made", to_sentinel("made-by-a-link")),
      entry_link("a link with a target of 4,095 bytes", to(std::string(4095, 't'))),
      entry_link("a link through /proc",
                 [](const Plot& plot) { return "/proc/self/root" + plot.outside + "/secret"; }),
      entry_link("a link to an open file", to("/proc/self/fd/0")),
      entry_link("a link to a device", to("/dev/zero")),
      entry_link("a link whose target has line ends and escapes", to("\x1b[31m\nnext\x1b]0;title\a\xff")),
      entry_link("a link whose target looks like an option", to("--checkpoint-action=exec=touch x")),
      {"links in a circle", beside_ordinary([](const Plot& plot) {
         link_entry_to(plot, "other");
         make_link(plot.entry, plot.in_tree("other"), plot.owner);
       })},
      {"a chain of 50 links", beside_ordinary(make_chain), ordinary, {"chain"}},
      {"a link through a link", beside_ordinary([](const Plot& plot) {
         make_link(plot.outside, plot.in_tree("sub/door"), plot.owner);
         link_entry_to(plot, "sub/door/secret");
       })},
      {"a relative link that leads out", beside_ordinary([](const Plot& plot) {
         std::string up;
         for (int i = 0; i < 20; ++i) up += "../";
         make_link(up + plot.outside.substr(1) + "/folder", plot.in_tree("sub/deeper/door"), plot.owner);
         link_entry_to(plot, up + plot.outside.substr(1) + "/open");
       })},
      {"10,000 links to a folder elsewhere", beside_ordinary([](const Plot& plot) {
         make_folder(plot.hostile(), plot.owner);
         for (int i = 0; i < 10'000; ++i)
           make_link(plot.outside + "/folder", plot.hostile() + "/l" + std::to_string(i), plot.owner);
       }),
       large}};
  return shapes;
}

const std::vector<Shape>& all_shapes() {
  static const std::vector<Shape> shapes = [] {
    std::vector<Shape> all;
    for (const auto& kind : {shapes_of_links, shapes_of_names, shapes_of_nodes, shapes_of_sizes,
                             shapes_of_rights, shapes_of_content, shapes_of_changes}) {
      for (Shape& shape : kind()) all.push_back(std::move(shape));
    }
    return all;
  }();
  return shapes;
}

}  // namespace trees
