#include "workers/fetch_inventory.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/failure.hpp"
#include "fs/file.hpp"
#include "openclaw/json5.hpp"
#include "openclaw/manifest_fields.hpp"

namespace workers {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr const char* path_list = "dist/postinstall-inventory.json";
constexpr const char* content_list = "dist/postinstall-content-inventory.json";

tl::unexpected<base::Error> differs(std::string_view path, std::string_view how) {
  return base::fail(
      ErrorKind::integrity,
      base::concat({"OpenClaw's own list of its files does not fit: ", fs::shown(path), " ", how}));
}

// An empty array where the package has no such list.
Result<json> read_list(int root_fd, const char* name) {
  if (!fs::exists_beneath(root_fd, name)) return json::array();
  const auto file = fs::open_beneath(root_fd, "dist", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (!file) return base::pass(file.error());
  const auto text = fs::read_file(file->get(), std::string_view(name).substr(sizeof "dist/" - 1));
  if (!text) return base::pass(text.error());
  auto list = openclaw::parse_json(*text, name);
  if (!list) return list;
  if (!list->is_array()) return differs(name, "is no list");
  return list;
}

Result<void> check_content(int root_fd, const json& entry) {
  const std::string path = openclaw::string_member(entry, "path");
  if (!fs::is_safe_relative(path)) return differs(path, "is no path in a package");
  const auto file = fs::open_beneath(root_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (!file) return differs(path, "cannot be opened");
  struct stat status {};
  const json& size = openclaw::member(entry, "size");
  if (::fstat(file->get(), &status) != 0 || !S_ISREG(status.st_mode)) return differs(path, "is no file");
  if (size.is_number_integer() && size.get<std::int64_t>() != status.st_size) {
    return differs(path, "has " + base::count(static_cast<std::uint64_t>(status.st_size), "byte", "bytes"));
  }
  const auto sum = base::sha256_hex_of_file(file->get());
  if (!sum) return base::pass(sum.error(), path);
  if (*sum != base::lower(openclaw::string_member(entry, "sha256")))
    return differs(path, "has another content");
  return {};
}

}  // namespace

Result<std::uint64_t> verify_own_inventories(const std::string& package_root) {
  const auto root = fs::open_directory(package_root);
  if (!root) return base::pass(root.error());
  const auto paths = read_list(root->get(), path_list);
  if (!paths) return base::pass(paths.error());
  for (const json& path : *paths) {
    if (!path.is_string()) return differs(path_list, "holds what is no path");
    const auto& text = path.get_ref<const std::string&>();
    if (!fs::is_safe_relative(text) || !fs::exists_beneath(root->get(), text))
      return differs(text, "is missing");
  }
  const auto contents = read_list(root->get(), content_list);
  if (!contents) return base::pass(contents.error());
  for (const json& entry : *contents) {
    if (auto right = check_content(root->get(), entry); !right) return base::pass(right.error());
  }
  return contents->size();
}

}  // namespace workers
