// SPDX-License-Identifier: MIT
#include "support/source_tree.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace test_support {

std::filesystem::path source_tree() {
  return SOURCE_TREE;
}

std::string read_source(const std::filesystem::path& relative) {
  const std::filesystem::path path = source_tree() / relative;
  std::ifstream file(path);
  std::string content{std::istreambuf_iterator<char>(file), {}};
  if (content.empty()) ADD_FAILURE() << path << " cannot be read";
  return content;
}

}  // namespace test_support
