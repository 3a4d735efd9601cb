// SPDX-License-Identifier: MIT
// Names. The entry itself is an ordinary file; beside it are files and folders of the name in question.
#include <string>
#include <utility>

#include "base/text.hpp"
#include "trees/shapes.hpp"

namespace trees {
namespace {

// A file and, below it, a folder of that name with a file of that name in it; where the operation looks at
// names with a certain ending, one with that ending, too.
Shape name(std::string what, std::string name) {
  Shape shape;
  shape.name = std::move(what);
  shape.named = {base::printable(name).substr(0, 40), "''"};  // nothing of it may be printable
  shape.make = [name = std::move(name)](const Plot& plot) {
    make_ordinary_tree(plot);
    make_file(plot.in_tree(name), "a name\n", plot.owner);
    make_folder(plot.in_tree("sub/deeper/" + name), plot.owner);
    make_file(plot.in_tree("sub/deeper/" + name + "/" + name), "a name\n", plot.owner);
    const std::size_t dot = plot.entry.rfind('.');
    const std::string ending = dot == std::string::npos ? "" : plot.entry.substr(dot);
    if (!ending.empty() && name.size() + ending.size() <= 255)
      make_file(plot.in_tree(name + ending), "a name\n", plot.owner);
  };
  return shape;
}

Shape several_names(std::string what, std::vector<std::string> names) {
  Shape shape;
  shape.name = std::move(what);
  shape.named = names;
  shape.make = [names = std::move(names)](const Plot& plot) {
    make_ordinary_tree(plot);
    for (const std::string& each : names) make_file(plot.in_tree(each), "a name\n", plot.owner);
  };
  return shape;
}

}  // namespace

std::vector<Shape> shapes_of_names() {
  std::string of_umlauts;
  while (of_umlauts.size() < 254) of_umlauts += "\xc3\xa4";
  return {
      name("a name with a line end", "one\ntwo: not ok"),
      name("a name with escape sequences", "red\x1b[31m\x1b]0;title\a\x1bP"),
      name("a name with control characters", "\r\b\x01\x7f\t"),
      name("a name that is not UTF-8", "\xff\xfe\xc3("),
      name("a name of 255 bytes", std::string(255, 'n')),
      name("a name of 254 bytes in umlauts", of_umlauts),
      name("a name with characters that turn the direction", "\xe2\x80\xaetxt.exe\xe2\x80\xa8"),
      name("a name that looks like an option", "-rf"),
      name("a name that looks like an option of tar", "--checkpoint=1"),
      name("a name of another option of tar", "--checkpoint-action=exec=touch x"),
      name("a name like those of workplaces", ".staging-abcdef"),
      name("a name like those of half a stage", ".openclaw-systemd-abcdef"),
      name("a name like those of what is removed", ".removed.abcdef"),
      name("a name like those of half a copy of npm/", ".npm-copy-abcdef"),
      name("a name like those of files that are being written", ".plain.abcdef"),
      name("a name like that of shared inodes", ".shared"),
      name("a name like that of a taken request", ".update-request.taken"),
      name("a name with trailing dots and blanks", "name. . "),
      name("a name of three dots", "..."),
      name("a name of blanks", "   "),
      name("a name with formats and shell words", "%s%n$(touch x)`id`;'\"\\|&"),
      name("a name with wildcards", "*?[a]{b,c}"),
      name("a name of a package client's folder", "node_modules"),
      several_names("names that differ in case only", {"Name", "NAME", "name", "nAME"}),
      several_names("names that differ in their Unicode form only", {"caf\xc3\xa9", "cafe\xcc\x81"}),
      several_names("the name of a sidecar of each entry", {"plain-wal", "plain-journal", "plain-shm"}),
  };
}

}  // namespace trees
