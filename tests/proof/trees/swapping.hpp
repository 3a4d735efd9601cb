// SPDX-License-Identifier: MIT
// A process of the lesser user that changes a tree as fast as it can: folders, files, links and FIFOs take
// each other's places by their names.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <string>

#include "trees/plot.hpp"

namespace trees {

// A tree in which everything has a counterpart to be exchanged with; as root, and with what an operation
// looks for (`dress`) in it already.
void make_contested(const Plot& plot);

class Swapping {
 public:
  Swapping();
  Swapping(const Swapping&) = delete;
  Swapping& operator=(const Swapping&) = delete;
  ~Swapping();

  // Until `rest`, the tree is at work. When `rest` returns, nothing is changed any more.
  void attack(const Plot& plot);
  void rest();
  // How many swaps have succeeded, of all trees.
  [[nodiscard]] std::uint64_t swaps() const;

 private:
  struct Shared;
  [[noreturn]] void serve() const;

  Shared* shared_;
  pid_t process_ = -1;
};

}  // namespace trees
