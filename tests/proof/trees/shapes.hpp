// SPDX-License-Identifier: MIT
// Shapes of trees that a less trusted user can make, or can come by: one row each.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "trees/plot.hpp"

namespace trees {

// What else is known of a shape.
enum Trait : unsigned {
  ordinary = 0,
  large = 1,    // takes a while to make: a sample has it for a few operations only
  aliases = 2,  // has hard links to sentinels
  mounted = 4,  // has a mount of the sentinels' folder "mounted" in it
};

struct Shape {
  std::string name;  // "a link to /"
  // Makes plot.tree, as root.
  std::function<void(const Plot&)> make;
  unsigned traits = ordinary;
  // A refusal names the entry, or the tree, or one of these in it (as it is printed).
  std::vector<std::string> named = {};
  // Runs beside the operation, as the tree's owner, until it is killed.
  std::function<void(const Plot&)> meanwhile = {};
};

// Each operation must be done, or be refused with a message that names the path; nothing else may be
// answered.
[[nodiscard]] const std::vector<Shape>& all_shapes();

// Of one kind each.
[[nodiscard]] std::vector<Shape> shapes_of_links();
[[nodiscard]] std::vector<Shape> shapes_of_names();
[[nodiscard]] std::vector<Shape> shapes_of_nodes();  // FIFOs, devices, sockets; mounts
[[nodiscard]] std::vector<Shape> shapes_of_sizes();
[[nodiscard]] std::vector<Shape> shapes_of_rights();   // modes, owners, flags, attributes, hard links
[[nodiscard]] std::vector<Shape> shapes_of_content();  // where a certain file is read
[[nodiscard]] std::vector<Shape> shapes_of_changes();  // under the walk

// An ordinary tree with one hostile entry in it.
[[nodiscard]] std::function<void(const Plot&)> beside_ordinary(std::function<void(const Plot&)> make_entry);

}  // namespace trees
