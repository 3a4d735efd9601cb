// SPDX-License-Identifier: MIT
// releases/<name>.manifest: what a sealed release consists of, as JSON lines.
//
//   {"schema":1,"version":"2026.9.6","integrity":"sha512-…","client":"bun 1.4.5","node":"v24.16.0",
//    "made_at":"2026-11-21T10:15:00Z","digest":"<sha256>","entries":38755,"bytes":678123456}
//   {"path":"dist/index.js","sha256":"…","size":1234,"mode":"0444"}
//   {"path":"node_modules/a/link","link":"../b"}
//
// One head line, then one line a file or symlink by path. The head's digest is computed from the lines, so a
// manifest that was edited or cut off is noticed before it is believed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "fs/tree.hpp"
#include "release/store.hpp"

namespace release {

struct Manifest {
  Description description;
  std::vector<fs::InventoryEntry> entries;  // sorted by path
};

// "<name>.manifest".
[[nodiscard]] std::string manifest_file(const std::string& release);

[[nodiscard]] std::string to_text(const Manifest& manifest);
// Error kind `integrity` when it is malformed, incomplete or edited; `name` is for the message.
[[nodiscard]] base::Result<Manifest> parse_manifest(std::string_view text, const std::string& name);

[[nodiscard]] base::Result<Manifest> read_manifest(int releases_fd, const std::string& release);
// The head line alone: 64 kB read instead of some 8 MB.
[[nodiscard]] base::Result<Description> read_description(int releases_fd, const std::string& release);
// The file and its name are on disk when this returns.
[[nodiscard]] base::Result<void> write_manifest(int releases_fd, const std::string& release,
                                                const Manifest& manifest);

}  // namespace release
