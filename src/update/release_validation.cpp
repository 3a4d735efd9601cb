#include "update/release_validation.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "fs/walk.hpp"
#include "openclaw/json5.hpp"
#include "openclaw/package.hpp"
#include "openclaw/version.hpp"
#include "stage/presence.hpp"
#include "update/dist_imports.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr const char* inventory_path = "dist/postinstall-inventory.json";
constexpr const char* content_inventory_path = "dist/postinstall-content-inventory.json";
constexpr const char* lifecycle_marker = ".openclaw-lifecycle-pending";
constexpr std::array<const char*, 3> entry_files = {"openclaw.mjs", "dist/entry.js", "dist/index.js"};

// The first releases that ship them.
const openclaw::Version inventory_since{2026, 4, 15, 0, ""};
const openclaw::Version content_inventory_since{2026, 9, 5, 0, ""};

constexpr std::size_t complaints_kept = 20;
// Some ten times of what 2026.4.14 has, which still ships node_modules inside of dist/extensions.
constexpr std::size_t most_files = 400'000;
// The largest file that OpenClaw has shipped in dist has 8 MB.
constexpr std::size_t script_limit = std::size_t{64} * 1024 * 1024;

// Files and symlinks beneath dist/, as paths from the package root.
class DistFiles final : public fs::Visitor {
 public:
  Result<void> visit(const fs::WalkEntry& entry) override {
    if (paths.size() >= most_files) {
      return base::fail(ErrorKind::bad_input, "dist/ has more than " + std::to_string(most_files) + " files");
    }
    paths.insert(base::concat({"dist/", entry.path}));
    return {};
  }
  std::unordered_set<std::string> paths;
};

class Inspection {
 public:
  Inspection(int package_fd, std::string wanted, const openclaw::Dependencies& overrides)
      : package_(package_fd), wanted_(std::move(wanted)), overrides_(overrides) {}

  Result<PackageReport> run() {
    check_manifest();
    check_files();
    if (auto done = list_dist(); !done) return base::pass(std::move(done.error()));
    check_inventory();
    if (!check_content_inventory()) check_imports();
    if (auto done = check_dependencies(); !done) return base::pass(std::move(done.error()));
    return std::move(report_);
  }

 private:
  void complain(const std::string& text) {
    ++report_.complaint_count;
    if (report_.complaints.size() < complaints_kept) report_.complaints.push_back(base::printable(text));
  }

  void check_manifest();
  void check_files();
  Result<void> list_dist();
  void check_inventory();
  bool check_content_inventory();
  void check_content(const json& entry);
  void check_imports();
  Result<void> check_dependencies();
  [[nodiscard]] bool is_at_least(const openclaw::Version& version) const;
  json read_array(const char* path, const openclaw::Version& since);

  int package_;
  std::string wanted_;
  const openclaw::Dependencies& overrides_;
  json manifest_;
  DistFiles dist_;
  PackageReport report_;
};

std::string text_member(const json& object, const char* key) {
  const auto member = object.find(key);
  return member != object.end() && member->is_string() ? member->get<std::string>() : std::string();
}

bool Inspection::is_at_least(const openclaw::Version& version) const {
  const auto wanted = openclaw::Version::parse(wanted_);
  return wanted && *wanted >= version;
}

void Inspection::check_manifest() {
  const auto text = fs::read_file(package_, "package.json");
  if (!text) return complain(text.error().message);
  auto manifest = openclaw::parse_json(*text, "package.json");
  if (!manifest) return complain(manifest.error().message);
  if (!manifest->is_object()) return complain("package.json is no object");
  manifest_ = std::move(*manifest);
  if (const auto name = text_member(manifest_, "name"); name != "openclaw") {
    complain("package.json is that of " + fs::shown(name) + ", not of openclaw");
  }
  if (const auto version = text_member(manifest_, "version"); version != wanted_) {
    complain("package.json has version " + fs::shown(version) + " instead of " + wanted_);
  }
}

void Inspection::check_files() {
  for (const char* const path : entry_files) {
    const auto status = fs::stat_beneath(package_, path);
    if (!status || !S_ISREG(status->st_mode)) complain(std::string("the entry file ") + path + " is missing");
  }
  if (fs::exists_beneath(package_, lifecycle_marker)) {
    complain(
        std::string(lifecycle_marker) +
        " is still there: scripts/postinstall-bundled-plugins.mjs has not run, and could not once the tree "
        "is read-only");
  }
}

Result<void> Inspection::list_dist() {
  const auto dist = fs::open_directory_beneath(package_, "dist");
  if (!dist) return {};  // the entry files have been missed already
  return fs::walk(dist->get(), dist_);
}

// null when there is none; versions from `since` on must have one.
json Inspection::read_array(const char* path, const openclaw::Version& since) {
  if (!fs::exists_beneath(package_, path)) {
    if (is_at_least(since)) complain(std::string(path) + " is missing");
    return nullptr;
  }
  const auto text = fs::read_file(package_, path);
  auto array = text ? openclaw::parse_json(*text, path) : base::pass(text.error());
  if (array && array->is_array()) return std::move(*array);
  complain(array ? std::string(path) + " is no list" : array.error().message);
  return nullptr;
}

void Inspection::check_inventory() {
  const json inventory = read_array(inventory_path, inventory_since);
  for (const json& entry : inventory) {
    const std::string path = entry.is_string() ? entry.get<std::string>() : std::string();
    if (!fs::is_safe_relative(path)) {
      complain(std::string(inventory_path) + " names " + fs::shown(path) +
               ", which is no path in the package");
    } else if (!dist_.paths.contains(path) && !fs::exists_beneath(package_, path)) {
      complain(path + " is missing, which " + inventory_path + " names");
    }
  }
}

void Inspection::check_content(const json& entry) {
  const std::string path = entry.is_object() ? text_member(entry, "path") : std::string();
  const auto size = entry.is_object() ? entry.find("size") : entry.end();
  const auto mode = entry.is_object() ? entry.find("mode") : entry.end();
  if (!fs::is_safe_relative(path) || size == entry.end() || !size->is_number_unsigned() ||
      mode == entry.end() || !mode->is_number_unsigned()) {
    return complain(std::string(content_inventory_path) +
                    " has an entry that cannot be understood: " + fs::shown(path));
  }
  const auto file = fs::open_beneath(package_, path, O_RDONLY | O_NONBLOCK);
  struct stat status = {};
  if (!file || ::fstat(file->get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return complain(path + " is missing, which " + content_inventory_path + " names");
  }
  if (static_cast<std::uint64_t>(status.st_size) != size->get<std::uint64_t>()) {
    return complain(path + " has another size than " + content_inventory_path + " says");
  }
  const auto digest = base::sha256_hex_of_file(file->get());
  if (!digest || *digest != text_member(entry, "sha256")) {
    return complain(path + " has another content than " + content_inventory_path + " says");
  }
  // As OpenClaw compares: of the mode only whether it is a program.
  if (((status.st_mode & 0111U) != 0) != ((mode->get<std::uint64_t>() & 0111U) != 0)) {
    complain(path + " has another executable bit than " + content_inventory_path + " says");
  }
}

bool Inspection::check_content_inventory() {
  const json inventory = read_array(content_inventory_path, content_inventory_since);
  for (const json& entry : inventory) check_content(entry);
  return inventory.is_array();
}

// What the bundler made. A plugin's node_modules is not its work, nor are the .mjs files, which are copied in
// as they are: acpx/mcp-proxy.mjs of 2026.4.14-4.26 imports two files that were never shipped.
bool is_built_script(std::string_view path) {
  return path.ends_with(".js") && path.find("/node_modules/") == std::string_view::npos;
}

void Inspection::check_imports() {
  std::set<std::string> missing;  // each once, however many chunks import it
  std::vector<std::string> scripts;
  std::copy_if(dist_.paths.begin(), dist_.paths.end(), std::back_inserter(scripts), is_built_script);
  std::sort(scripts.begin(), scripts.end());
  for (const std::string& path : scripts) {
    const auto content = fs::read_file(package_, path, script_limit);
    if (!content) {
      complain(content.error().message);
      continue;
    }
    for (std::string& target : relative_imports(path, *content)) {
      if (dist_.paths.contains(target) || missing.contains(target)) continue;
      if (!target.starts_with("dist/") && fs::exists_beneath(package_, target)) continue;
      complain(path + " imports " + target + ", which is missing");
      missing.insert(std::move(target));
    }
  }
}

// The root's `dependencies` without those that are optional: npm lists some under both keys.
openclaw::Dependencies required_dependencies(const json& manifest) {
  openclaw::Dependencies required;
  const auto all = manifest.find("dependencies");
  if (all == manifest.end() || !all->is_object()) return required;
  const auto optional = manifest.find("optionalDependencies");
  for (const auto& [name, range] : all->items()) {
    if (optional != manifest.end() && optional->is_object() && optional->contains(name)) continue;
    if (openclaw::is_package_name(name) && range.is_string()) required[name] = range.get<std::string>();
  }
  return required;
}

Result<void> Inspection::check_dependencies() {
  if (!manifest_.is_object()) return {};
  auto required = required_dependencies(manifest_);
  for (auto& [name, range] : required) {
    if (const auto override = overrides_.find(name); override != overrides_.end()) range = override->second;
  }
  if (!fs::exists_beneath(package_, "node_modules")) {
    if (!required.empty()) complain("node_modules is missing");
    return {};
  }
  const auto modules = fs::open_directory_beneath(package_, "node_modules");
  if (!modules) return base::pass(modules.error());
  std::map<std::string, std::string> packages;
  const auto complaints = stage::verify_tree(modules->get(), required, packages);
  // A tree that cannot be read as packages is a finding about it.
  if (!complaints) {
    complain("node_modules: " + complaints.error().message);
    return {};
  }
  for (const std::string& complaint : *complaints) complain("node_modules: " + complaint);
  return {};
}

}  // namespace

Result<PackageReport> inspect_package(int package_fd, const std::string& wanted_version,
                                      const openclaw::Dependencies& overrides) {
  return Inspection(package_fd, wanted_version, overrides).run();
}

Result<void> validate_package(int package_fd, const std::string& wanted_version,
                              const openclaw::Dependencies& overrides) {
  auto report = inspect_package(package_fd, wanted_version, overrides);
  if (!report) return base::pass(std::move(report.error()));
  if (report->complaint_count == 0) return {};
  std::string message =
      "OpenClaw " + base::printable(wanted_version) + " is not complete: " + report->complaints.front();
  if (report->complaint_count > 1) {
    message +=
        " (and " + base::count(report->complaint_count - 1, "other complaint", "other complaints") + ")";
  }
  return base::fail(ErrorKind::integrity, std::move(message));
}

}  // namespace update
