// SPDX-License-Identifier: MIT
// The manifest of a sealed release (release/manifest.hpp).
#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "lib/folder.hpp"
#include "lib/target.hpp"
#include "lib/words.hpp"
#include "release/manifest.hpp"

using target::require;

namespace {

void fuzz_text(std::string_view text) {
  const auto manifest = release::parse_manifest(text, "x.manifest");
  if (!manifest) return;
  for (const auto& entry : manifest->entries) {
    require(fs::is_safe_relative(entry.path), "a path of a manifest stays in its release");
    require(entry.type == fs::InventoryEntry::Type::symlink || entry.content.size() == 64,
            "a file has a digest");
  }
  const auto again = release::parse_manifest(release::to_text(*manifest), "x.manifest");
  require(again.has_value(), "a manifest that is written can be read");
  require(fs::inventory_digest(again->entries) == fs::inventory_digest(manifest->entries), "and is the same");
}

// With a head that fits, which chance does not find.
void fuzz_entries(std::string_view text) {
  release::Manifest manifest;
  manifest.description.version = "2026.9.6";
  bool all_safe = true;
  for (const std::string& line : base::split(text, '\n')) {
    fs::InventoryEntry entry;
    const auto words = base::split(line, '\t');
    entry.path = words.front();
    const bool is_link = words.size() > 1 && !words[1].empty();
    entry.type = is_link ? fs::InventoryEntry::Type::symlink : fs::InventoryEntry::Type::file;
    entry.content = is_link ? words[1] : std::string(64, 'a');
    entry.size = is_link ? words[1].size() : line.size();
    entry.executable = !is_link && line.size() % 2 == 1;
    // A name that is no UTF-8 is written as another one.
    if (!target::is_printable(base::printable(line, line.size())) ||
        line != base::printable(line, line.size())) {
      all_safe = false;
    }
    all_safe = all_safe && fs::is_safe_relative(entry.path);
    manifest.entries.push_back(std::move(entry));
  }
  const std::string written = release::to_text(manifest);
  const auto read = release::parse_manifest(written, "x.manifest");
  if (!all_safe) {
    require(!read || fs::inventory_digest(read->entries) == fs::inventory_digest(manifest.entries),
            "no other manifest is read than was written");
    return;
  }
  require(read.has_value() && release::to_text(*read) == written,
          "a manifest that is written is read as it was");
}

}  // namespace

void fuzz(std::string_view input) {
  fuzz_text(input);
  fuzz_entries(input);
  static const target::Folder folder;
  folder.write("x.manifest", input);
  const auto whole = release::read_manifest(folder.fd(), "x");
  const auto head = release::read_description(folder.fd(), "x");
  // The head of one that was made here is short.
  require(!whole || input.size() > 60'000 || (head && head->version == whole->description.version),
          "the head alone says the same");
}
