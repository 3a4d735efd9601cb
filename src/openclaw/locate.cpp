#include "openclaw/locate.hpp"

#include <sys/stat.h>

#include "base/text.hpp"
#include "openclaw/package.hpp"

namespace openclaw {
namespace {

bool exists(const std::string& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0;
}

}  // namespace

std::vector<std::string> candidate_roots(const Environment& environment, const std::string& prefix) {
  std::vector<std::string> roots = {"/var/lib/openclaw-update/current"};
  if (const std::string npm_prefix = variable(environment, "npm_config_prefix"); !npm_prefix.empty()) {
    roots.push_back(resolve_path(npm_prefix) + "/lib/node_modules/openclaw");
  }
  for (const char* const global :
       {"/usr/lib/node_modules/openclaw", "/usr/local/lib/node_modules/openclaw", "/opt/openclaw"}) {
    roots.emplace_back(global);
  }
  const std::string home = home_directory(environment);
  for (const char* const local : {".local/lib/node_modules/openclaw", ".npm-global/lib/node_modules/openclaw",
                                  ".local/share/pnpm/global/5/node_modules/openclaw"}) {
    roots.push_back((home == "/" ? "" : home) + "/" + local);
  }
  for (std::string& root : roots) root.insert(0, prefix);
  return roots;
}

base::Result<std::string> find_package_root(const Environment& environment, const std::string& prefix) {
  std::vector<std::string> tried;
  for (const std::string& root : candidate_roots(environment, prefix)) {
    const base::Result<Package> package = read_package(root);
    if (package) return root;
    // A folder that is there and cannot be used deserves its reason; the others only their name.
    tried.push_back(exists(root) ? root + " (" + package.error().message + ")" : root);
  }
  return base::fail(base::ErrorKind::not_found, "no OpenClaw package found; looked for " +
                                                    base::join(tried, ", ") +
                                                    "; name its folder with --package-root");
}

}  // namespace openclaw
