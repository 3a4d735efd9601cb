// SPDX-License-Identifier: MIT
// Trees that change while something walks through them; each does one thing, again and again. (The race of
// races_of_trees.cpp does all of them at once, and faster.)
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <utility>

#include "trees/shapes.hpp"

namespace trees {
namespace {

void make_plain_entry(const Plot& plot) {
  make_file(plot.hostile(), std::string(10'000, 'c'), plot.owner);
}

void make_entry_folder(const Plot& plot) {
  make_folder(plot.hostile(), plot.owner);
  make_file(plot.hostile() + "/within", "within\n", plot.owner);
}

Shape changing(std::string name, void (*make_entry)(const Plot&), void (*step)(const Plot&)) {
  return {std::move(name),
          beside_ordinary(make_entry),
          ordinary,
          {"within", "exchanged", "moved"},
          [step](const Plot& plot) {
            for (;;) step(plot);
          }};
}

void grow(const Plot& plot) {
  const int file = ::open(plot.hostile().c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
  struct stat status = {};
  const std::string block(4096, 'g');
  // Not without an end: the disk is everybody's.
  if (::fstat(file, &status) == 0 && status.st_size > (off_t{64} << 20)) (void)::ftruncate(file, 10'000);
  for (int i = 0; i < 100; ++i) (void)!::write(file, block.data(), block.size());
  ::close(file);
}

void shrink(const Plot& plot) {
  (void)!::truncate(plot.hostile().c_str(), 0);
  (void)!::truncate(plot.hostile().c_str(), 1'000'000);
}

// Answers what has taken the entry's place for a moment.
void exchange_with_link(const Plot& plot, const std::string& target) {
  const std::string other = plot.in_tree(".exchanged");
  (void)!::symlink(target.c_str(), other.c_str());
  for (int i = 0; i < 100; ++i)
    ::renameat2(AT_FDCWD, other.c_str(), AT_FDCWD, plot.hostile().c_str(), RENAME_EXCHANGE);
}

void add_entries(const Plot& plot) {
  static int number = 0;
  const std::string name = plot.hostile() + "/n" + std::to_string(number++ % 1000);
  if (::mkdir(name.c_str(), 0755) != 0) ::rmdir(name.c_str());
}

void move_about(const Plot& plot) {
  const std::string inside = plot.in_tree("sub/deeper"), moved = plot.in_tree("moved");
  ::rename(inside.c_str(), moved.c_str());
  ::rename(moved.c_str(), inside.c_str());
}

void hold_lease(const Plot& plot) {
  (void)std::signal(SIGIO, SIG_IGN);  // whoever opens the file asks for it back with this
  const int file = ::open(plot.hostile().c_str(), O_RDWR | O_CLOEXEC);
  if (file >= 0) ::fcntl(file, F_SETLEASE, F_WRLCK);
  for (;;) ::pause();
}

void keep_fifo_open(const Plot& plot) {
  const int fifo = ::open(plot.hostile().c_str(), O_RDWR | O_CLOEXEC);
  if (fifo < 0) ::_exit(0);
  for (;;) (void)!::write(fifo, "more\n", 5);
}

}  // namespace

std::vector<Shape> shapes_of_changes() {
  return {
      changing("a file that grows", make_plain_entry, grow),
      changing("a file that shrinks and grows", make_plain_entry, shrink),
      changing("a file that becomes a link to a secret", make_plain_entry,
               [](const Plot& plot) { exchange_with_link(plot, plot.outside + "/secret"); }),
      changing("a file that becomes a link to a file that everybody may write", make_plain_entry,
               [](const Plot& plot) { exchange_with_link(plot, plot.outside + "/open"); }),
      changing("a folder that becomes a link to a folder elsewhere", make_entry_folder,
               [](const Plot& plot) { exchange_with_link(plot, plot.outside + "/folder"); }),
      changing("a folder that gets new entries", make_entry_folder, add_entries),
      changing("folders that are moved about", make_entry_folder, move_about),
      changing("a file under a lease", make_plain_entry, hold_lease),
      changing(
          "a FIFO that somebody writes to",
          [](const Plot& plot) { make_node(plot.hostile(), S_IFIFO, 0, plot.owner); }, keep_fifo_open),
  };
}

}  // namespace trees
