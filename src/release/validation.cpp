// SPDX-License-Identifier: MIT
#include "release/validation.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <array>
#include <string_view>
#include <utility>

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "openclaw/package.hpp"
#include "openclaw/presence.hpp"
#include "openclaw/version.hpp"

namespace release {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr const char* inventory_path = "dist/postinstall-inventory.json";
constexpr const char* content_inventory_path = "dist/postinstall-content-inventory.json";
constexpr std::array<const char*, 3> entry_files = {"openclaw.mjs", "dist/entry.js", "dist/index.js"};

// The first releases that ship them.
const openclaw::Version inventory_since{2026, 4, 15, 0, ""};
const openclaw::Version content_inventory_since{2026, 9, 5, 0, ""};

constexpr std::size_t complaints_kept = 20;

class Inspection {
 public:
  Inspection(int package_fd, std::string wanted, const openclaw::Dependencies& overrides)
      : package_(package_fd), wanted_(std::move(wanted)), overrides_(overrides) {}

  void check_manifest();
  void check_entry_files();
  void check_lifecycle();
  void check_inventory();
  void check_contents();
  void check_dependencies();

  PackageReport report;

 private:
  void complain(const std::string& text) {
    ++report.complaint_count;
    if (report.complaints.size() < complaints_kept) report.complaints.push_back(base::printable(text));
  }
  void complain(const base::Error& error) {
    if (!fs::is_answer(error) && !report.unread) report.unread = error;
    complain(error.message);
  }

  void check_content(const json& entry);
  [[nodiscard]] bool is_at_least(const openclaw::Version& version) const;
  json read_array(const char* path, const openclaw::Version& since);

  int package_;
  std::string wanted_;
  const openclaw::Dependencies& overrides_;
  json manifest_;
};

bool Inspection::is_at_least(const openclaw::Version& version) const {
  const auto wanted = openclaw::Version::parse(wanted_);
  return wanted && *wanted >= version;
}

void Inspection::check_manifest() {
  const auto text = fs::read_file(package_, "package.json");
  if (!text) return complain(text.error());
  auto manifest = base::parse_json(*text, "package.json");
  if (!manifest) return complain(manifest.error().message);
  if (!manifest->is_object()) return complain("package.json is not an object");
  manifest_ = std::move(*manifest);
  if (const auto name = base::text_at(manifest_, "name"); name != "openclaw") {
    complain("package.json is that of " + fs::shown(name) + ", not of openclaw");
  }
  if (const auto version = base::text_at(manifest_, "version"); version != wanted_) {
    complain("package.json has version " + fs::shown(version) + " instead of " + wanted_);
  }
}

void Inspection::check_entry_files() {
  for (const char* const path : entry_files) {
    const auto status = fs::stat_beneath(package_, path);
    const bool is_known = status || fs::is_absent(status.error());
    if (!is_known) {
      complain(base::Error(status.error()).in(base::concat({"the entry file ", path})));
    } else if (!status || !S_ISREG(status->st_mode)) {
      complain(std::string("the entry file ") + path + " is missing");
    }
  }
}

void Inspection::check_lifecycle() {
  for (const char* const mark : openclaw::lifecycle_marks) {
    const auto is_there = fs::is_there_beneath(package_, mark);
    if (!is_there) complain(base::Error(is_there.error()).in(mark));
    if (!is_there.value_or(false)) continue;
    complain(std::string(mark) + " still exists: OpenClaw's postinstall has not run, and cannot run when " +
             "the tree is read-only");
  }
}

// null when there is none; versions from `since` on must have one.
json Inspection::read_array(const char* path, const openclaw::Version& since) {
  if (!fs::may_exist_beneath(package_, path)) {
    if (is_at_least(since)) complain(std::string(path) + " is missing");
    return nullptr;
  }
  const auto text = fs::read_file(package_, path);
  auto array = text ? base::parse_json(*text, path) : base::pass(text.error());
  if (array && array->is_array()) return std::move(*array);
  if (!array) {
    complain(array.error());
  } else {
    complain(std::string(path) + " is not a list");
  }
  return nullptr;
}

void Inspection::check_inventory() {
  const json inventory = read_array(inventory_path, inventory_since);
  for (const json& entry : inventory) {
    const std::string path = base::as_text(entry);
    if (!fs::is_safe_relative(path)) {
      complain(std::string(inventory_path) + " names " + fs::shown(path) +
               ", which is not a path in the package");
    } else if (const auto is_there = fs::is_there_beneath(package_, path); !is_there) {
      complain(is_there.error());
    } else if (!*is_there) {
      complain(path + " is missing, which " + inventory_path + " names");
    }
  }
}

void Inspection::check_content(const json& entry) {
  const std::string path = base::text_at(entry, "path");
  const auto size = base::as_unsigned(base::member(entry, "size"));
  const auto mode = base::as_unsigned(base::member(entry, "mode"));
  if (!fs::is_safe_relative(path) || !size || !mode) {
    return complain(std::string(content_inventory_path) +
                    " has an entry that is not valid: " + fs::shown(path));
  }
  const auto file = fs::open_beneath(package_, path, O_RDONLY | O_NONBLOCK);
  if (!file && !fs::is_absent(file.error())) return complain(file.error());
  struct stat status = {};
  if (!file || ::fstat(file->get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return complain(path + " is missing, which " + content_inventory_path + " names");
  }
  if (static_cast<std::uint64_t>(status.st_size) != *size) {
    return complain(path + " does not have the size that " + content_inventory_path + " states");
  }
  const auto digest = base::sha256_hex_of_file(file->get());
  if (!digest) return complain(base::Error(digest.error()).in(path));
  if (*digest != base::text_at(entry, "sha256")) {
    return complain(path + " does not have the content that " + content_inventory_path + " states");
  }
  // As OpenClaw compares: of the mode only whether it is a program.
  if (((status.st_mode & 0111U) != 0) != ((*mode & 0111U) != 0)) {
    complain(path + " does not have the executable bit that " + content_inventory_path + " states");
  }
}

void Inspection::check_contents() {
  const json inventory = read_array(content_inventory_path, content_inventory_since);
  for (const json& entry : inventory) check_content(entry);
}

// The root's `dependencies` without those that are optional: npm lists some under both keys.
openclaw::Dependencies required_dependencies(const json& manifest) {
  openclaw::Dependencies required;
  const json& optional = base::as_object(base::member(manifest, "optionalDependencies"));
  for (const auto& [name, range] : base::as_object(base::member(manifest, "dependencies")).items()) {
    if (optional.contains(name)) continue;
    if (openclaw::is_package_name(name) && range.is_string()) required[name] = range.get<std::string>();
  }
  return required;
}

void Inspection::check_dependencies() {
  if (!manifest_.is_object()) return;
  const auto required = openclaw::allowing(required_dependencies(manifest_), overrides_);
  if (!fs::may_exist_beneath(package_, "node_modules")) {
    if (!required.empty()) complain("node_modules is missing");
    return;
  }
  const auto modules = fs::open_directory_beneath(package_, "node_modules");
  if (!modules) return complain(base::Error(modules.error()).in("node_modules"));
  std::map<std::string, std::string> packages;
  const auto complaints = openclaw::verify_tree(modules->get(), required, packages);
  // A tree that cannot be read as packages is a finding about it.
  if (!complaints) return complain(base::Error(complaints.error()).in("node_modules"));
  for (const std::string& complaint : *complaints) complain("node_modules: " + complaint);
}

// In the order in which a person wants to hear of it.
struct Row {
  PackageCheck check;
  void (Inspection::*run)() = nullptr;
  bool of_others = false;  // looks at other packages than OpenClaw's own
};
constexpr std::array<Row, 6> rows{{
    {{"name and version", "package.json", "all"}, &Inspection::check_manifest},
    {{"entry files", "openclaw.mjs, dist/entry.js, dist/index.js", "all"}, &Inspection::check_entry_files},
    {{"lifecycle", "OpenClaw's own marker that its postinstall has not run", "2026.8.1 and later"},
     &Inspection::check_lifecycle},
    {{"paths", "OpenClaw's own list of its files", "2026.4.15 and later"}, &Inspection::check_inventory},
    {{"contents", "OpenClaw's own list of sha256, size and executable bit", "2026.9.5 and later"},
     &Inspection::check_contents},
    {{"dependencies", "the dependencies of package.json, and of each package in turn", "all"},
     &Inspection::check_dependencies,
     true},
}};

}  // namespace

std::vector<PackageCheck> package_checks() {
  std::vector<PackageCheck> checks;
  checks.reserve(rows.size());
  for (const Row& row : rows) checks.push_back(row.check);
  return checks;
}

PackageReport inspect_package(int package_fd, const std::string& wanted_version,
                              const openclaw::Dependencies& overrides, Extent extent) {
  Inspection inspection(package_fd, wanted_version, overrides);
  for (const Row& row : rows) {
    if (extent == Extent::all || !row.of_others) (inspection.*row.run)();
  }
  return std::move(inspection.report);
}

Result<void> validate_package(int package_fd, const std::string& wanted_version,
                              const openclaw::Dependencies& overrides, Extent extent) {
  const PackageReport report = inspect_package(package_fd, wanted_version, overrides, extent);
  if (report.unread)
    return base::pass(*report.unread, "inspecting OpenClaw " + base::printable(wanted_version));
  if (report.complaint_count == 0) return {};
  std::string message =
      "OpenClaw " + base::printable(wanted_version) + " is not complete: " + report.complaints.front();
  if (report.complaint_count > 1) {
    message +=
        " (and " + base::count(report.complaint_count - 1, "other complaint", "other complaints") + ")";
  }
  return base::fail(ErrorKind::integrity, std::move(message));
}

}  // namespace release
