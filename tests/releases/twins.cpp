// SPDX-License-Identifier: MIT
#include "releases/twins.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <random>
#include <set>
#include <string_view>
#include <utility>

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "release/store.hpp"
#include "release/validation.hpp"
#include "workers/fetch/tarball.hpp"

namespace releases {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr const char* inventory = "dist/postinstall-inventory.json";
constexpr const char* content_inventory = "dist/postinstall-content-inventory.json";
constexpr std::size_t script_limit = std::size_t{64} * 1024 * 1024;

// What a complaint says that a check makes, and the check. The first that fits.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> checks = {
    {{"content-inventory.json", "content inventory"},
     {"inventory.json", "inventory"},
     {"node_modules: ", "dependencies"}}};

std::string check_behind(std::string_view complaint) {
  for (const auto& [words, check] : checks) {
    if (complaint.find(words) != std::string_view::npos) return std::string(check);
  }
  return "validation";
}

// "session-Cx3_9aQe.js": eight characters of its content's hash.
bool is_hashed_chunk(std::string_view name) {
  for (const std::string_view extension : {".mjs", ".js"}) {
    if (!name.ends_with(extension)) continue;
    name.remove_suffix(extension.size());
    return name.size() > 9 && name[name.size() - 9] == '-';
  }
  return false;
}

Result<void> flip_a_byte(int folder, const std::string& name) {
  const auto file = fs::open_beneath(folder, name, O_RDWR | O_CLOEXEC);
  if (!file) return base::pass(file.error());
  struct stat status = {};
  char byte = 0;
  const bool done =
      ::fstat(file->get(), &status) == 0 && ::pread(file->get(), &byte, 1, status.st_size / 2) == 1 &&
      (byte = static_cast<char>(byte ^ 1), ::pwrite(file->get(), &byte, 1, status.st_size / 2) == 1);
  if (!done) return base::fail_errno(errno, "cannot change a byte of " + name);
  return {};
}

// A fault that can be put into a tree and taken out again.
struct Fault {
  std::string name, file;  // "chunk removed", relative to the package
  // How a complaint names it: a dependency's package.json by the dependency.
  std::string shown;
  std::function<Result<void>(int root_fd)> apply, undo;
};

Fault removal(const char* name, const std::string& file) {
  const std::string aside = file + ".aside";
  const auto rename = [](const std::string& from, const std::string& to) {
    return [from, to](int root_fd) -> Result<void> {
      if (::renameat(root_fd, from.c_str(), root_fd, to.c_str()) == 0) return {};
      return base::fail_errno(errno, "cannot rename " + from);
    };
  };
  return {name, file, file, rename(file, aside), rename(aside, file)};
}

Fault change(const char* name, const std::string& file) {
  const auto flip = [file](int root_fd) { return flip_a_byte(root_fd, file); };
  return {name, file, file, flip, flip};
}

// The line of `listed` is taken out of the list in the file `list`.
Result<Fault> lost_line(int root_fd, const std::string& list, const std::string& listed) {
  const auto text = fs::read_file(root_fd, list);
  if (!text) return base::pass(text.error());
  auto lines = base::parse_json(*text, list);
  if (!lines) return base::pass(lines.error());
  const auto line = std::find_if(lines->begin(), lines->end(), [&](const json& entry) {
    return entry.is_object() ? entry.value("path", "") == listed : entry == listed;
  });
  if (line == lines->end()) {
    return base::fail(ErrorKind::not_found, base::concat({list, " does not name ", listed}));
  }
  lines->erase(line);
  const auto write = [list](const std::string& content) {
    return [list, content](int root) { return fs::write_file_durably(root, list, content); };
  };
  return Fault{"inventory line removed", list, list, write(lines->dump()), write(*text)};
}

class Twins {
 public:
  Twins(const Subject& subject, const workers::PublishedFiles& published,
        const openclaw::Dependencies& overrides, std::uint64_t seed)
      : subject_(subject), published_(published), overrides_(overrides) {
    // Each release draws other files than the one before it.
    const std::string key = base::sha256_hex(std::to_string(seed) + subject.version);
    random_.seed(std::stoull(key.substr(0, 15), nullptr, 16));
  }

  Result<std::vector<Twin>> run() {
    auto root = fs::open_directory(subject_.package());
    if (!root) return base::pass(root.error());
    root_ = std::move(*root);
    auto dist = fs::open_directory_beneath(root_.get(), "dist");
    if (!dist) return base::pass(dist.error());
    dist_ = std::move(*dist);
    Result<void> done = choose_chunks();
    if (done) done = choose_faults();
    if (done) done = spoil_the_tarball();
    if (done) done = spoil_a_sealed_release();
    if (done) done = ask_published();
    if (done) done = ask_validation();
    if (!done) return base::pass(done.error());
    return std::move(twins_);
  }

 private:
  template <class T>
  T take(std::vector<T>& from) {
    const auto place = from.begin() + static_cast<std::ptrdiff_t>(random_() % from.size());
    T taken = std::move(*place);
    from.erase(place);
    return taken;
  }

  Result<void> choose_chunks();
  Result<void> choose_faults();
  Result<std::string> choose_dependency();
  Result<void> spoil_the_tarball();
  Result<void> spoil_a_sealed_release();
  Result<void> ask_published();
  Result<void> ask_validation();
  void refused(std::size_t index, const std::string& check, const std::string& message);

  const Subject& subject_;
  const workers::PublishedFiles& published_;
  const openclaw::Dependencies& overrides_;
  std::mt19937_64 random_;
  base::UniqueFd root_, dist_;
  std::vector<std::string> chunks_;  // in dist: what entry.js or index.js import, directly or by one of them
  std::vector<Fault> faults_;
  std::vector<Twin> twins_;  // of faults_, in their order, then the tarball's
};

void Twins::refused(std::size_t index, const std::string& check, const std::string& message) {
  Twin& twin = twins_[index];
  if (message.find(faults_[index].shown) == std::string::npos) {
    if (twin.message.empty()) twin.message = message;
    return;
  }
  if (twin.caught_by.empty()) twin.message = message;
  twin.caught_by.push_back(check);
}

Result<void> Twins::choose_chunks() {
  std::set<std::string> names;
  const auto entries = fs::list_directory(dist_.get());
  if (!entries) return base::pass(entries.error());
  for (const auto& entry : *entries) {
    if (is_hashed_chunk(entry.name)) names.insert(entry.name);
  }
  std::vector<std::string> importers = {"entry.js", "index.js"};
  for (int level = 0; level < 2; ++level) {
    for (const std::string& importer : std::exchange(importers, {})) {
      const auto text = fs::read_file(dist_.get(), importer, script_limit);
      if (!text) return base::pass(text.error());
      for (auto name = names.begin(); name != names.end();) {
        if (text->find(base::concat({"\"./", *name, "\""})) == std::string::npos) {
          ++name;
          continue;
        }
        chunks_.push_back(*name);
        importers.push_back(*name);
        name = names.erase(name);
      }
    }
  }
  if (chunks_.size() >= 4) return {};
  return base::fail(ErrorKind::not_found,
                    "dist/entry.js and dist/index.js import too few chunks to choose from");
}

Result<std::string> Twins::choose_dependency() {
  const auto text = fs::read_file(root_.get(), "package.json");
  if (!text) return base::pass(text.error());
  const auto manifest = base::parse_json(*text, "package.json");
  if (!manifest) return base::pass(manifest.error());
  const json& optional = base::member_at(*manifest, "optionalDependencies");
  std::vector<std::string> names;
  for (const auto& [name, range] : base::member_at(*manifest, "dependencies").items()) {
    if (optional.is_object() && optional.contains(name)) continue;
    if (fs::exists_beneath(root_.get(), base::concat({"node_modules/", name, "/package.json"}))) {
      names.push_back(name);
    }
  }
  if (names.empty()) return base::fail(ErrorKind::not_found, "no dependency is installed");
  return take(names);
}

Result<void> Twins::choose_faults() {
  faults_.push_back(removal("chunk removed", "dist/" + take(chunks_)));
  faults_.push_back(change("byte changed", "dist/" + take(chunks_)));
  const auto dependency = choose_dependency();
  if (!dependency) return base::pass(dependency.error());
  faults_.push_back(removal("dependency's package.json removed",
                            base::concat({"node_modules/", *dependency, "/package.json"})));
  faults_.back().shown = base::concat({"node_modules: ", *dependency, ":"});
  for (const char* list : {inventory, content_inventory}) {
    if (!fs::exists_beneath(root_.get(), list)) continue;
    auto fault = lost_line(root_.get(), list, "dist/" + take(chunks_));
    if (!fault) return base::pass(fault.error());
    faults_.push_back(std::move(*fault));
  }
  for (const Fault& fault : faults_) twins_.push_back({fault.name, fault.file, {}, ""});
  return {};
}

Result<void> Twins::spoil_the_tarball() {
  const std::string name = "changed.tgz", path = subject_.work + "/" + name;
  const auto content = fs::read_trusted_file(subject_.tarball, std::size_t{256} * 1024 * 1024);
  if (!content) return base::pass(content.error());
  const auto work = fs::open_directory(subject_.work);
  if (!work) return base::pass(work.error());
  if (auto done = fs::write_file_durably(work->get(), name, *content); !done) return done;
  if (auto done = flip_a_byte(work->get(), name); !done) return done;
  Twin twin{"byte of the tarball changed", name, {}, ""};
  if (const auto verified = workers::verify_tarball(path, subject_.integrity); !verified) {
    twin.message = verified.error().message;
    if (twin.message.find(name) != std::string::npos) twin.caught_by = {"registry's integrity"};
  }
  twins_.push_back(std::move(twin));
  ::unlink(path.c_str());
  return {};
}

// Of dist alone: what the package clients brought is sealed by the same code, and is five times as large.
// Faults that lie elsewhere are not tried.
Result<void> Twins::spoil_a_sealed_release() {
  const std::string state = subject_.work + "/sealed";
  if (::mkdir(state.c_str(), 0755) != 0) return base::fail_errno(errno, "cannot make " + state);
  const auto store = release::Store::open(state);
  if (!store) return base::pass(store.error());
  const release::Description description{subject_.version, subject_.integrity, "", "",
                                         "2026-01-01T00:00:00Z"};
  const auto release = store->seal(dist_.get(), description, {});
  if (!release) return base::pass(release.error());
  if (auto sound = store->verify(release->name); !sound) return base::pass(sound.error(), "a sealed dist");
  const auto sealed = fs::open_directory(release->path);
  if (!sealed) return base::pass(sealed.error());
  const std::string changed = faults_[1].file.substr(sizeof "dist/" - 1);
  if (auto done = flip_a_byte(sealed->get(), changed); !done) return done;
  const auto verified = store->verify(release->name);
  const bool named = !verified && verified.error().message.find(changed) != std::string::npos;
  if (named) twins_[1].caught_by.emplace_back("sealed manifest");
  return {};
}

// As the fetch worker asks: it names the first difference alone.
Result<void> Twins::ask_published() {
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    if (faults_[i].file.starts_with("node_modules/")) continue;  // not of the tarball
    if (auto done = faults_[i].apply(root_.get()); !done) return done;
    const auto verified = workers::verify_as_published(published_, subject_.package());
    if (!verified) refused(i, "as published", verified.error().message);
    if (auto done = faults_[i].undo(root_.get()); !done) return done;
  }
  return {};
}

// Validation names every fault that it finds, so that one look at all of them is enough.
Result<void> Twins::ask_validation() {
  for (const Fault& fault : faults_) {
    if (auto done = fault.apply(root_.get()); !done) return done;
  }
  const auto report = release::inspect_package(root_.get(), subject_.version, overrides_);
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    for (const std::string& complaint : report.complaints) {
      if (complaint.find(faults_[i].shown) == std::string::npos) continue;
      // "dist/x.js is missing, which dist/postinstall-inventory.json names" is not about the list.
      if (faults_[i].shown.ends_with("inventory.json") && !complaint.starts_with(faults_[i].shown)) continue;
      refused(i, check_behind(complaint), complaint);
      break;
    }
  }
  return {};
}

}  // namespace

Result<std::vector<Twin>> try_twins(const Subject& subject, const workers::PublishedFiles& published,
                                    const openclaw::Dependencies& overrides, std::uint64_t seed) {
  return Twins(subject, published, overrides, seed).run();
}

}  // namespace releases
