#include "update/definition.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"

namespace update {
namespace {

using base::ErrorKind;
using base::Result;
using nlohmann::json;

constexpr const char* folder_name = "definition";
constexpr const char* index_name = "index.json";
constexpr std::size_t definition_file_limit = std::size_t{1024} * 1024;

struct KeptFile {
  std::string path;
  std::string sha256;  // name of the copy
  mode_t mode = 0644;
};

std::vector<std::string> files_of(const systemd::ServiceStatus& unit) {
  std::vector<std::string> files;
  if (!unit.fragment_path.empty()) files.push_back(unit.fragment_path);
  files.insert(files.end(), unit.drop_in_paths.begin(), unit.drop_in_paths.end());
  return files;
}

Result<std::vector<KeptFile>> read_index(int folder_fd) {
  const auto kept = fs::open_directory_beneath(folder_fd, folder_name);
  if (!kept) return std::vector<KeptFile>{};
  const auto text = fs::read_file(kept->get(), index_name);
  if (!text) return std::vector<KeptFile>{};
  const json index = json::parse(*text, nullptr, false);
  std::vector<KeptFile> files;
  try {
    for (const json& entry : index.at("files")) {
      files.push_back({entry.at("path").get<std::string>(), entry.at("sha256").get<std::string>(),
                       entry.at("mode").get<mode_t>()});
    }
  } catch (const json::exception& error) {
    return base::fail(ErrorKind::integrity,
                      std::string("the kept definition of the unit cannot be read: ") + error.what());
  }
  return files;
}

struct Now {
  std::string text;
  mode_t mode = 0;
};

std::optional<Now> now_at(const std::string& path) {
  struct stat status = {};
  const auto text = fs::read_trusted_file(path, definition_file_limit);
  if (!text || ::stat(path.c_str(), &status) != 0) return std::nullopt;
  return Now{*text, status.st_mode & 07777};
}

bool is_as_kept(const KeptFile& file) {
  const auto now = now_at(file.path);
  return now && base::sha256_hex(now->text) == file.sha256;
}

// Folder and name of an absolute path; the folder is made when it is gone with the file (UNIT.d).
Result<std::pair<base::UniqueFd, std::string>> parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = path.substr(0, slash);
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST && errno != EROFS) {
    return base::fail_errno(errno, "cannot make " + folder);
  }
  auto opened = fs::open_directory(folder);
  if (!opened) return base::pass(opened.error());
  return std::pair{std::move(*opened), path.substr(slash + 1)};
}

Result<void> put_back(int kept_fd, const KeptFile& file) {
  const auto text = fs::read_file(kept_fd, file.sha256, definition_file_limit);
  if (!text) return base::pass(text.error(), "the kept copy of " + file.path);
  if (base::sha256_hex(*text) != file.sha256) {
    return base::fail(ErrorKind::integrity, "the kept copy of " + file.path + " is damaged");
  }
  const auto place = parent_of(file.path);
  if (!place) return base::pass(place.error());
  auto written = fs::write_file_durably(place->first.get(), place->second, *text, file.mode);
  if (!written) return base::pass(written.error(), "cannot restore " + file.path);
  return {};
}

Result<void> move_aside(int folder_fd, const std::string& path) {
  const auto text = fs::read_trusted_file(path, definition_file_limit);
  if (!text) return base::pass(text.error());
  const auto aside = fs::make_directories_beneath(folder_fd, "set-aside", 0700);
  if (!aside) return base::pass(aside.error());
  std::string name = path;
  std::replace(name.begin(), name.end(), '/', '-');
  if (auto kept = fs::write_file_durably(aside->get(), name, *text, 0600); !kept) return kept;
  if (::unlink(path.c_str()) != 0) return base::fail_errno(errno, "cannot remove " + path);
  return {};
}

std::vector<std::string> added_drop_ins(const std::vector<KeptFile>& kept,
                                        const systemd::ServiceStatus& unit) {
  std::vector<std::string> added;
  for (const std::string& path : unit.drop_in_paths) {
    const bool known =
        std::any_of(kept.begin(), kept.end(), [&](const KeptFile& file) { return file.path == path; });
    if (!known) added.push_back(path);
  }
  return added;
}

bool is_key(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") ==
             std::string_view::npos;
}

// Follows systemd's own reading (env-file.c) of quotes and escapes: a value of several lines, as a private
// key has, must not have one of its lines taken for a name.
struct EnvironmentFileReader {
  enum class In { line_start, key, value, escape, single_quotes, double_quotes, quoted_escape, comment };
  In in = In::line_start;
  std::string key;  // whole when takes() answers false

  // False at the "=" that ends a key.
  bool takes(char c) {
    switch (in) {
      case In::line_start:
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') return true;
        key.assign(1, c);
        in = c == '#' || c == ';' ? In::comment : In::key;
        return true;
      case In::key:
        if (c == '=') return end_key();
        key += c;
        if (c == '\n') in = In::line_start;
        return true;
      case In::escape:
        in = In::value;
        return true;
      case In::quoted_escape:
        in = In::double_quotes;
        return true;
      case In::single_quotes:
        if (c == '\'') in = In::value;
        return true;
      case In::double_quotes:
        in = c == '"' ? In::value : c == '\\' ? In::quoted_escape : in;
        return true;
      case In::comment:
        if (c == '\n' && !key.ends_with('\\')) in = In::line_start;
        key.assign(1, c);
        return true;
      case In::value:
        return take_value(c);
    }
    return true;
  }

 private:
  bool end_key() {
    in = In::value;
    at_start_ = true;
    key = base::trim(key);
    return false;
  }
  // A quote counts where a value begins, or where an earlier quote has ended.
  bool take_value(char c) {
    const bool quote = at_start_ && (c == '"' || c == '\'');
    if (c == '\n') {
      in = In::line_start;
    } else if (c == '\\') {
      in = In::escape;
    } else if (quote) {
      in = c == '"' ? In::double_quotes : In::single_quotes;
    }
    at_start_ = quote || (at_start_ && (c == ' ' || c == '\t'));
    return true;
  }
  bool at_start_ = true;
};

}  // namespace

Result<void> keep_definition(int folder_fd, const systemd::ServiceStatus& unit) {
  const auto kept = fs::make_directories_beneath(folder_fd, folder_name, 0700);
  if (!kept) return base::pass(kept.error());
  if (fs::exists_beneath(kept->get(), index_name)) return {};
  json files = json::array();
  for (const std::string& path : files_of(unit)) {
    const auto now = now_at(path);
    if (!now) return base::fail(ErrorKind::not_found, "the unit file " + path + " cannot be read");
    const std::string digest = base::sha256_hex(now->text);
    if (auto written = fs::write_file_durably(kept->get(), digest, now->text, 0600); !written) return written;
    files.push_back({{"path", path}, {"sha256", digest}, {"mode", now->mode}});
  }
  return fs::write_file_durably(kept->get(), index_name, json{{"files", files}}.dump(2) + "\n", 0600);
}

Result<std::vector<std::string>> changed_definition(int folder_fd, const systemd::ServiceStatus& unit) {
  const auto kept = read_index(folder_fd);
  if (!kept) return base::pass(kept.error());
  std::vector<std::string> changed;
  if (kept->empty()) return changed;
  for (const KeptFile& file : *kept) {
    if (!is_as_kept(file)) changed.push_back(file.path);
  }
  for (const std::string& path : added_drop_ins(*kept, unit)) changed.push_back(path);
  return changed;
}

Result<std::vector<std::string>> restore_definition(int folder_fd, const systemd::ServiceStatus& unit) {
  const auto kept = read_index(folder_fd);
  if (!kept) return base::pass(kept.error());
  std::vector<std::string> restored;
  if (kept->empty()) return restored;
  const auto copies = fs::open_directory_beneath(folder_fd, folder_name);
  if (!copies) return base::pass(copies.error());
  for (const KeptFile& file : *kept) {
    if (is_as_kept(file)) continue;
    if (auto done = put_back(copies->get(), file); !done) return base::pass(done.error());
    restored.push_back(file.path);
  }
  for (const std::string& path : added_drop_ins(*kept, unit)) {
    if (!now_at(path)) continue;  // already gone, the manager has not looked again
    if (auto moved = move_aside(folder_fd, path); !moved) return base::pass(moved.error());
    restored.push_back(path);
  }
  return restored;
}

std::vector<std::string> environment_file_keys(std::string_view text) {
  std::vector<std::string> keys;
  EnvironmentFileReader reader;
  for (const char c : text) {
    if (reader.takes(c)) continue;
    if (is_key(reader.key)) keys.push_back(reader.key);
  }
  return keys;
}

std::vector<std::string> environment_keys_of(const systemd::ServiceDefinition& definition) {
  std::vector<std::string> keys = definition.environment_keys;
  for (const auto& file : definition.environment_files) {
    const auto text = fs::read_trusted_file(file.path, definition_file_limit);
    if (!text) continue;
    const auto more = environment_file_keys(*text);
    keys.insert(keys.end(), more.begin(), more.end());
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

}  // namespace update
