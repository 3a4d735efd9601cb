// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/digest.hpp"
#include "fs/tree.hpp"
#include "support/temporary_directory.hpp"

namespace {

using fs::InventoryEntry;
using test_support::TemporaryDirectory;

std::vector<InventoryEntry> inventory_of(const TemporaryDirectory& tree) {
  const auto inventory = fs::take_inventory(tree.fd());
  EXPECT_TRUE(inventory) << inventory.error().message;
  return inventory.value_or(std::vector<InventoryEntry>{});
}

std::string digest_of(const TemporaryDirectory& tree) {
  return fs::inventory_digest(inventory_of(tree));
}

TEST(Inventory, ListsFilesAndLinksByPathBytes) {
  const TemporaryDirectory tree;
  tree.write("b/index.js", "content", 0755);
  tree.write("b.js", "");
  tree.write("\xff");
  tree.symlink("/nowhere", "a");
  tree.mkdir("empty");

  const auto inventory = inventory_of(tree);

  ASSERT_EQ(inventory.size(), 4U);
  EXPECT_EQ(inventory[0].path, "a");
  EXPECT_EQ(inventory[0].type, InventoryEntry::Type::symlink);
  EXPECT_EQ(inventory[0].content, "/nowhere");
  EXPECT_EQ(inventory[1].path, "b.js");
  EXPECT_FALSE(inventory[1].executable);
  EXPECT_EQ(inventory[2].path, "b/index.js");
  EXPECT_TRUE(inventory[2].executable);
  EXPECT_EQ(inventory[2].size, 7U);
  EXPECT_EQ(inventory[2].content, base::sha256_hex("content"));
  EXPECT_EQ(inventory[3].path, "\xff");
}

// A file of a tebibyte is made in no time, and would be read for an hour.
TEST(Inventory, NamesWhatIsTooLargeToBeRead) {
  const TemporaryDirectory tree;
  tree.write("a/small", "content");
  tree.write("a/sparse");
  ASSERT_EQ(::truncate(tree.path("a/sparse").c_str(), off_t{1} << 40), 0);
  const auto inventory = fs::take_inventory(tree.fd());
  ASSERT_FALSE(inventory);
  EXPECT_EQ(inventory.error().kind, base::ErrorKind::bad_input);
  EXPECT_NE(inventory.error().message.find("'a/sparse'"), std::string::npos) << inventory.error().message;
}

TEST(Inventory, IsEqualForEqualTreesWhoeverMadeThem) {
  const TemporaryDirectory one;
  const TemporaryDirectory two;
  for (const TemporaryDirectory* tree : {&one, &two}) {
    tree->write("a/x", "1", tree == &one ? 0644 : 0400);
    tree->write("b", "2", 0755);
  }
  two.mkdir("empty");
  EXPECT_EQ(digest_of(one), digest_of(two));
}

TEST(Inventory, TellsEveryKindOfChange) {
  const TemporaryDirectory tree;
  tree.write("a", "1");
  std::vector<std::string> digests = {digest_of(tree)};
  tree.write("a", "2");
  digests.push_back(digest_of(tree));
  tree.write("a", "2", 0755);
  digests.push_back(digest_of(tree));
  tree.write("b");
  digests.push_back(digest_of(tree));
  ASSERT_EQ(::rename(tree.path("b").c_str(), tree.path("c").c_str()), 0);
  digests.push_back(digest_of(tree));
  tree.symlink("a", "d");
  digests.push_back(digest_of(tree));
  for (std::size_t i = 0; i < digests.size(); ++i) {
    for (std::size_t j = i + 1; j < digests.size(); ++j)
      EXPECT_NE(digests[i], digests[j]) << i << " and " << j;
  }
}

TEST(Inventory, DoesNotTakeALinkForAFileWithItsTextAsContent) {
  InventoryEntry entry;
  entry.path.assign("a");
  entry.content = base::sha256_hex("x");
  const std::string as_file = fs::inventory_digest({entry});
  entry.type = InventoryEntry::Type::symlink;
  EXPECT_NE(fs::inventory_digest({entry}), as_file);
}

TEST(Inventory, RefusesWhatNoPackageContains) {
  const TemporaryDirectory tree;
  ASSERT_EQ(::mkfifo(tree.path("pipe").c_str(), 0644), 0);
  const auto inventory = fs::take_inventory(tree.fd());
  ASSERT_FALSE(inventory);
  EXPECT_EQ(inventory.error().message, "cannot take an inventory of 'pipe': it is a FIFO");
}

TEST(Inventory, CanLeaveOneFolderOut) {
  TemporaryDirectory tree;
  tree.write("node_modules/zod/index.js");
  tree.write("dist/node_modules/a.js");
  tree.write("node_modules.json");
  const auto inventory = fs::take_inventory(tree.fd(), "node_modules");
  ASSERT_TRUE(inventory);
  ASSERT_EQ(inventory->size(), 2U);
  EXPECT_EQ((*inventory)[0].path, "dist/node_modules/a.js");
  EXPECT_EQ((*inventory)[1].path, "node_modules.json");
}

}  // namespace
