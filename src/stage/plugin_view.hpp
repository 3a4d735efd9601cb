// SPDX-License-Identifier: MIT
// The plugin view: how 2026.4.15-4.21 find dependencies although the package tree is read-only (#69923).
//
// These versions have no external root. They look for a plugin's dependencies in the plugin's own folder and
// in dist/extensions, dist and the package root above it, and they run npm in the plugin's folder if one is
// missing. But they read the folder of bundled plugins from OPENCLAW_BUNDLED_PLUGINS_DIR, and use their own
// if it does not exist; so do 4.22 and all later versions, so it is safe to set the variable always.
//
//   <state>/plugin-view/dist/extensions/<plugin>/   copies of the package's plugins
//   <state>/plugin-view/dist/extensions/node_modules/  the materialised closure
//   <state>/plugin-view/dist/<everything else>      links to the package's own files, so that plugins and
//                                                   core share one instance of each module (Node
//                                                   resolves links)
//   <state>/plugin-view/package.json                a copy
//
// The view exists only for these versions: for every other one it is removed, because they would read old
// plugins.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "openclaw/package.hpp"

namespace stage {

inline constexpr std::string_view view_folder = "plugin-view";
inline constexpr std::string_view view_extensions = "dist/extensions";

// Makes the view of `package` in the state directory, unless the existing one is of this very package; a
// closure in an existing view is kept. The new view replaces the old one by one rename.
[[nodiscard]] base::Result<void> make_plugin_view(const std::string& state, const openclaw::Package& package);

// False also if there is no view.
[[nodiscard]] bool view_is_of(const std::string& state, const openclaw::Package& package);

// Of any version.
[[nodiscard]] bool has_plugin_view(const std::string& state);

[[nodiscard]] base::Result<void> remove_plugin_view(const std::string& state);

// What a run that was killed has left of one that it built or removed. For whoever holds the state's lock.
[[nodiscard]] bool has_half_built_view(const std::string& state);
[[nodiscard]] base::Result<void> sweep_half_built_views(const std::string& state);

}  // namespace stage
