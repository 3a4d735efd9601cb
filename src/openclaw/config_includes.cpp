// SPDX-License-Identifier: MIT
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
// Files, each as often as it is included: with 10 levels of lists a few lines name more than can be read.
constexpr std::size_t most_includes = 1000;
// OpenClaw refuses larger includes; the config itself it reads at any size.
constexpr std::size_t include_limit = std::size_t{2} * 1024 * 1024;

std::string folder_with(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Empty where there is nothing.
std::string resolved_or_none(const std::string& path) {
  std::array<char, PATH_MAX> buffer{};
  return ::realpath(path.c_str(), buffer.data()) == nullptr ? "" : std::string(buffer.data());
}

bool is_inside(const std::string& folder, const std::string& path) {
  return path == folder || path.starts_with(folder == "/" ? folder : folder + "/");
}

bool is_in_one_of(const std::vector<std::string>& folders, const std::string& path) {
  return std::any_of(folders.begin(), folders.end(),
                     [&](const std::string& folder) { return is_inside(folder, path); });
}

bool contains(const std::vector<std::string>& list, const std::string& entry) {
  return std::find(list.begin(), list.end(), entry) != list.end();
}

void add_if_new(std::vector<std::string>& list, const std::string& entry) {
  if (!contains(list, entry)) list.push_back(entry);
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
  Includer(const std::string& path, const std::vector<std::string>& roots)
      : path_(resolve_path(path)), folder_(folder_with(path_)) {
    roots_.push_back(folder_);
    roots_.insert(roots_.end(), roots.begin(), roots.end());
  }

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
    config.fixed = std::move(fixed_);
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
      return refuse(chain, "has keys beside an $include whose file does not contain an object");
    }
    return merge(std::move(*included), std::move(value));
  }

  base::Result<json> include_all(const json& names, const Chain& chain) {
    if (names.is_string()) return include(names.get<std::string>(), chain);
    if (!names.is_array()) return refuse(chain, "has an $include that is neither a name nor a list of names");
    json merged = json::object();
    for (const json& name : names) {
      if (!name.is_string()) return refuse(chain, "has an $include list with an entry that is not a name");
      base::Result<json> next = include(name.get<std::string>(), chain);
      if (!next) return next;
      merged = merge(std::move(merged), std::move(*next));
    }
    return merged;
  }

  base::Result<json> include(const std::string& name, const Chain& chain) {
    const std::string file =
        resolve_path(name.starts_with('/') ? name : folder_with(chain.back()) + "/" + name);
    if (!is_allowed(file)) {
      return refuse(chain, "includes \"" + base::printable(name, 200) + "\", which is outside of " + folder_ +
                               "; allow another folder for includes with "
                               "OPENCLAW_INCLUDE_ROOTS= in the gateway's environment");
    }
    if (std::find(chain.begin(), chain.end(), file) != chain.end()) {
      return refuse(chain, "includes itself through " + file);
    }
    if (chain.size() > most_nested_includes) {
      return refuse(chain, "is the end of a chain of more than 10 includes");
    }
    if (++includes_ > most_includes) return refuse(chain, "includes a file after 1,000 others");
    const base::Result<std::string> text = fs::read_trusted_file(file, include_limit);
    if (!text) return base::pass(text.error(), "reading the file that " + chain.back() + " includes");
    add_if_new(files_, file);
    if (name.starts_with('/') || contains(fixed_, chain.back())) add_if_new(fixed_, file);
    base::Result<json> parsed = parse_json5(*text, file);
    if (!parsed) return parsed;
    Chain longer = chain;
    longer.push_back(file);
    return expand(std::move(*parsed), longer);
  }

  // As named and, where it exists, with links resolved, each in any of the roots.
  [[nodiscard]] bool is_allowed(const std::string& file) {
    if (!is_in_one_of(roots_, file)) return false;
    const std::string real = resolved_or_none(file);
    return real.empty() || is_in_one_of(real_roots(), real);
  }

  // Asked only where something is included: each costs a call for every folder of its path.
  const std::vector<std::string>& real_roots() {
    if (!real_roots_.empty()) return real_roots_;
    for (const std::string& root : roots_) {
      const std::string real = resolved_or_none(root);
      real_roots_.push_back(real.empty() ? root : real);
    }
    return real_roots_;
  }

  static base::Result<json> refuse(const Chain& chain, const std::string& what) {
    return base::fail(ErrorKind::bad_input, chain.back() + " " + what);
  }

  std::string path_, folder_;
  std::vector<std::string> roots_, real_roots_;  // the config's folder first
  std::vector<std::string> files_, fixed_;
  std::size_t includes_ = 0;
};

}  // namespace

base::Result<IncludedConfig> read_config_with_includes(const std::string& path,
                                                       const std::vector<std::string>& roots) {
  return Includer(path, roots).read();
}

}  // namespace openclaw
