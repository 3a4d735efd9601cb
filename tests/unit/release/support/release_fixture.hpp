// SPDX-License-Identifier: MIT
// A store of releases and a package to seal, for tests of either.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "release/store.hpp"
#include "support/temporary_directory.hpp"

namespace test_support {

// Some files of each kind that a package has.
inline void plant_package(const TemporaryDirectory& tree, const std::string& version = "2026.9.5") {
  tree.write("package.json", R"({"name":"openclaw","version":")" + version + "\"}");
  tree.write("openclaw.mjs", "#!/usr/bin/env node\n", 0755);
  tree.write("dist/index.js", "export {};\n", 0664);
  tree.write("dist/chunk-AbC123.js", std::string(100'000, 'c'));
  tree.write("node_modules/zod/index.js", "module.exports = 1;\n");
  tree.symlink("../zod/index.js", "node_modules/.bin/zod");
  tree.mkdir("node_modules/zod/empty");
}

class ReleaseStoreTest : public testing::Test {
 protected:
  ReleaseStoreTest() { plant_package(package_); }

  release::Store store() const {
    auto opened = release::Store::open(state_.path());
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }

  // The name of a release that must be sealed.
  std::string seal(const std::string& version = "2026.9.5", release::SealStats* stats = nullptr,
                   const std::string& made_at = "2026-11-21T10:00:00Z") const {
    const auto release = store().seal(package_.fd(), describe(version, made_at), {}, stats);
    EXPECT_TRUE(release) << release.error().message;
    return release ? release->name : "";
  }
  // The message of the refusal that it must be.
  std::string refusal() const {
    const auto release = store().seal(package_.fd(), describe("2026.9.5"), {});
    EXPECT_FALSE(release);
    if (release) return "";
    EXPECT_EQ(release.error().kind, base::ErrorKind::refused) << release.error().message;
    return release.error().message;
  }

  std::vector<std::string> listed() const {
    std::vector<std::string> names;
    const auto all = store().list();
    EXPECT_TRUE(all) << all.error().message;
    if (!all) return names;
    for (const auto& release : *all) names.push_back(release.name);
    return names;
  }

  static release::Description describe(const std::string& version,
                                       const std::string& made_at = "2026-11-21T10:00:00Z") {
    return {version, "sha512-abc", "bun 1.4.5", "v24.16.0", made_at};
  }
  static std::string in(const std::string& release, const std::string& path) {
    return "releases/" + release + "/" + path;
  }

  TemporaryDirectory package_{TemporaryDirectory::fast_place()}, state_{TemporaryDirectory::fast_place()};
};

}  // namespace test_support
