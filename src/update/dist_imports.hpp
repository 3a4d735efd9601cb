// Relative imports of a built JavaScript file, found as text: enough to see that a hashed chunk is missing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace update {

// Paths relative to the package root that `content` of the file at `path` imports: `from "./x.js"`,
// `import "./x.js"`, `import("../x.js")`, where they end in .js, .mjs or .json and stay inside. In the order
// of the text, with repetitions. Lines that are comments do not count; a string that holds such a statement
// would, and OpenClaw's bundles have none.
[[nodiscard]] std::vector<std::string> relative_imports(std::string_view path, std::string_view content);

}  // namespace update
