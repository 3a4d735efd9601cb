#include "openclaw/config_includes.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>

#include "base/text.hpp"
#include "fs/file.hpp"
#include "openclaw/environment.hpp"
#include "openclaw/json5.hpp"

namespace openclaw {
namespace {

using base::ErrorKind;
using nlohmann::json;

constexpr std::string_view include_key = "$include";
constexpr std::size_t most_nested_includes = 10;
// OpenClaw refuses larger includes; the config itself it reads at any size.
constexpr std::size_t include_limit = std::size_t{2} * 1024 * 1024;

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string real_path_or(const std::string& path) {
  std::array<char, PATH_MAX> buffer{};
  return ::realpath(path.c_str(), buffer.data()) == nullptr ? path : std::string(buffer.data());
}

bool is_inside(const std::string& folder, const std::string& path) {
  return path == folder || path.starts_with(folder == "/" ? folder : folder + "/");
}

// Lists are joined, objects merged, of anything else the later one wins.
json merge(json target, json source) {
  if (target.is_array() && source.is_array()) {
    for (json& entry : source) target.push_back(std::move(entry));
    return target;
  }
  if (!target.is_object() || !source.is_object()) return source;
  for (auto& [key, value] : source.items()) {
    const auto existing = target.find(key);
    if (existing == target.end()) {
      target[key] = std::move(value);
    } else {
      *existing = merge(std::move(*existing), std::move(value));
    }
  }
  return target;
}

class Includer {
 public:
  explicit Includer(const std::string& path)
      : path_(resolve_path(path)), root_(folder_of(path_)), real_root_(real_path_or(root_)) {}

  base::Result<IncludedConfig> read() {
    IncludedConfig config;
    const base::Result<std::string> text = fs::read_trusted_file(path_);
    files_.push_back(path_);
    if (text) {
      base::Result<json> parsed = parse_json5(*text, path_);
      if (!parsed) return base::pass(std::move(parsed.error()));
      base::Result<json> value = expand(std::move(*parsed), {path_});
      if (!value) return base::pass(std::move(value.error()));
      config.value = std::move(*value);
    } else if (text.error().number != ENOENT) {
      return base::pass(text.error(), "reading the config " + path_);
    }
    config.files = std::move(files_);
    return config;
  }

 private:
  using Chain = std::vector<std::string>;  // from the config to the file whose content is being expanded

  // NOLINTNEXTLINE(misc-no-recursion): as deep as the JSON, which has a limit, and 10 includes
  base::Result<json> expand(json value, const Chain& chain) {
    if (value.is_structured()) {
      for (auto& [key, child] : value.items()) {
        if (value.is_object() && key == include_key) continue;
        base::Result<json> expanded = expand(std::move(child), chain);
        if (!expanded) return expanded;
        child = std::move(*expanded);
      }
    }
    if (!value.is_object() || !value.contains(include_key)) return value;

    const json names = value[std::string(include_key)];
    value.erase(std::string(include_key));
    base::Result<json> included = include_all(names, chain);
    if (!included || value.empty()) return included;
    if (!included->is_object()) {
      return refuse(chain, "has keys beside an $include whose file holds no object");
    }
    return merge(std::move(*included), std::move(value));
  }

  base::Result<json> include_all(const json& names, const Chain& chain) {
    if (names.is_string()) return include(names.get<std::string>(), chain);
    if (!names.is_array()) return refuse(chain, "has an $include that is neither a name nor a list of names");
    json merged = json::object();
    for (const json& name : names) {
      if (!name.is_string()) return refuse(chain, "has an $include list with something that is no name");
      base::Result<json> next = include(name.get<std::string>(), chain);
      if (!next) return next;
      merged = merge(std::move(merged), std::move(*next));
    }
    return merged;
  }

  base::Result<json> include(const std::string& name, const Chain& chain) {
    const std::string file =
        resolve_path(name.starts_with('/') ? name : folder_of(chain.back()) + "/" + name);
    if (!is_inside(root_, file) ||
        !is_inside(real_root_, real_path_or(is_inside(root_, file) ? file : root_))) {
      return refuse(chain, "includes \"" + base::printable(name, 200) + "\", which lies outside of " + root_);
    }
    if (std::find(chain.begin(), chain.end(), file) != chain.end()) {
      return refuse(chain, "includes itself by way of " + file);
    }
    if (chain.size() > most_nested_includes) {
      return refuse(chain, "is the end of a chain of more than 10 includes");
    }
    const base::Result<std::string> text = fs::read_trusted_file(file, include_limit);
    if (!text) return base::pass(text.error(), "reading what " + chain.back() + " includes");
    if (std::find(files_.begin(), files_.end(), file) == files_.end()) files_.push_back(file);
    base::Result<json> parsed = parse_json5(*text, file);
    if (!parsed) return parsed;
    Chain longer = chain;
    longer.push_back(file);
    return expand(std::move(*parsed), longer);
  }

  static base::Result<json> refuse(const Chain& chain, const std::string& what) {
    return base::fail(ErrorKind::bad_input, chain.back() + " " + what);
  }

  std::string path_, root_, real_root_;
  std::vector<std::string> files_;
};

}  // namespace

base::Result<IncludedConfig> read_config_with_includes(const std::string& path) {
  return Includer(path).read();
}

}  // namespace openclaw
