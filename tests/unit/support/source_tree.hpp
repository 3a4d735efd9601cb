// SPDX-License-Identifier: MIT
// The source tree that the tests were built from: some read manual pages, units and the code itself beside
// what the programs say. Not from __FILE__: a compiler cache makes that relative to a folder that only the
// compiler knew.
#pragma once

#include <filesystem>
#include <string>

namespace test_support {

std::filesystem::path source_tree();

// The content of a file of the source tree. One that is missing or empty fails the test that asks for it.
std::string read_source(const std::filesystem::path& relative);

}  // namespace test_support
