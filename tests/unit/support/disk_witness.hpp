// SPDX-License-Identifier: MIT
// What a program asks of the disk, in order: which files, folders and file systems it syncs, and which names
// it gives and takes away. A test of durability says in which order these have to be, since no test can cut
// the power.
//
// disk_witness.cpp defines fsync, syncfs, rename and the like for the whole test program, above those of the
// C library; each passes on to the kernel. Only calls that succeed are noted.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace test_support {

struct DiskEvent {
  // made: a folder, a link, a second name of a file.
  enum class Kind { file_synced, folder_synced, file_system_synced, made, renamed, removed };
  Kind kind;
  std::string path;  // absolute; of a rename, the new name
  std::string from;  // of a rename, the former name
};

std::ostream& operator<<(std::ostream& out, const DiskEvent& event);

// Notes what happens for as long as it lives. One at a time.
class DiskWitness {
 public:
  DiskWitness();
  ~DiskWitness();
  DiskWitness(const DiskWitness&) = delete;
  DiskWitness& operator=(const DiskWitness&) = delete;

  using Kind = DiskEvent::Kind;
  static constexpr std::size_t never = static_cast<std::size_t>(-1);

  [[nodiscard]] std::vector<DiskEvent> events() const;
  [[nodiscard]] std::size_t syncs() const;
  // Place of the first event of the kind whose path ends with `path`, at `from` or later; else `never`.
  [[nodiscard]] std::size_t first(Kind kind, std::string_view path, std::size_t from = 0) const;
  // Place of the last one before `before`; else `never`.
  [[nodiscard]] std::size_t last(Kind kind, std::string_view path, std::size_t before = never) const;

  // The content was on the disk when the name `path` was given, and the name is on the disk. For the content
  // stands a sync of the file system by a descriptor of the tree itself, after the last change in it.
  [[nodiscard]] bool tree_was_named_durably(std::string_view path) const;
  // The name was made, or taken away, and then the folder that has or had it was synced. Answers the place of
  // that sync; `never` where there is none.
  [[nodiscard]] std::size_t durably_made(std::string_view path) const;
  [[nodiscard]] std::size_t durably_removed(std::string_view path) const;
  // All events, a line each: for the message of an expectation.
  [[nodiscard]] std::string story() const;

  // The next `times` syncs fail with that number, and are not made.
  static void fail_next_syncs(int number, int times = 1);

 private:
  [[nodiscard]] std::size_t folder_synced_after(std::size_t place) const;
};

}  // namespace test_support
