// SPDX-License-Identifier: MIT
#include "releases/documented_config.hpp"

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "fs/file.hpp"
#include "fs/list.hpp"
#include "openclaw/effective_config.hpp"
#include "openclaw/gateway_config.hpp"
#include "openclaw/json5.hpp"

namespace releases {
namespace {

using base::Result;
using nlohmann::json;

constexpr const char* docs_folder = "docs/gateway";
constexpr std::string_view fence = "```";

// `{ source: "env" | "file" | "exec" }` is a notation for a choice, in every release with documentation.
bool is_notation(std::string_view block) {
  return block.find("\" | \"") != std::string_view::npos;
}

// What an example includes is not part of the documentation: an empty object stands for it.
void collect_includes(const json& value, std::vector<std::string>& names) {
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      if (key == "$include" && member.is_string()) names.push_back(member.get<std::string>());
      if (key == "$include" && member.is_array()) {
        for (const json& name : member) {
          if (name.is_string()) names.push_back(name.get<std::string>());
        }
      }
      collect_includes(member, names);
    }
  } else if (value.is_array()) {
    for (const json& element : value) collect_includes(element, names);
  }
}

std::string without_dot(std::string path) {
  return path.starts_with("./") ? path.substr(2) : path;
}

Result<void> provide_includes(int folder, const json& example) {
  std::vector<std::string> names;
  collect_includes(example, names);
  for (std::string& name : names) {
    const std::string path = without_dot(std::move(name));
    if (!fs::is_safe_relative(path)) continue;  // the config reader says what it thinks of it
    const auto slash = path.rfind('/');
    base::UniqueFd parent;
    if (slash != std::string::npos) {
      auto made = fs::make_directories_beneath(folder, path.substr(0, slash));
      if (!made) return base::pass(made.error());
      parent = std::move(*made);
    }
    const std::string file = slash == std::string::npos ? path : path.substr(slash + 1);
    auto written = fs::write_file_durably(parent.get() >= 0 ? parent.get() : folder, file, "{}");
    if (!written) return written;
  }
  return {};
}

Result<void> read_example(const std::string& text, const std::vector<openclaw::BundledPlugin>& plugins,
                          const std::string& work) {
  const auto value = openclaw::parse_json5(text, "the example");
  if (!value) return base::pass(value.error());
  const auto folder = fs::open_directory(work);
  if (!folder) return base::pass(folder.error());
  if (auto done = provide_includes(folder->get(), *value); !done) return done;
  if (auto done = fs::write_file_durably(folder->get(), "openclaw.json", text); !done) return done;
  auto config = openclaw::read_gateway_config(work + "/openclaw.json");
  if (!config) return base::pass(config.error());
  static_cast<void>(openclaw::effective_config(std::move(*config), plugins, {}));
  return {};
}

}  // namespace

std::vector<std::string> code_blocks(std::string_view markdown, std::string_view language) {
  std::vector<std::string> blocks;
  bool inside = false, wanted = false;
  for (const std::string& line : base::split(markdown, '\n')) {
    std::string_view text = base::trim(line);
    if (!text.starts_with(fence)) {
      if (inside && wanted) blocks.back() += line + "\n";
      continue;
    }
    text.remove_prefix(fence.size());
    inside = !inside;
    wanted = inside && text.substr(0, text.find(' ')) == language;
    if (wanted) blocks.emplace_back();
  }
  return blocks;
}

Result<ReadExamples> read_documented_configs(int package_fd,
                                             const std::vector<openclaw::BundledPlugin>& plugins,
                                             const std::string& work) {
  ReadExamples result;
  if (!fs::exists_beneath(package_fd, docs_folder)) return result;  // 2026.4.15 and some others ship none
  const auto entries = fs::list_directory(package_fd, docs_folder);
  if (!entries) return base::pass(entries.error());
  for (const auto& entry : *entries) {
    if (!entry.name.starts_with("configuration") || !entry.name.ends_with(".md")) continue;
    const std::string path = base::concat({docs_folder, "/", entry.name});
    const auto parent = fs::open_directory_beneath(package_fd, docs_folder);
    if (!parent) return base::pass(parent.error());
    const auto text = fs::read_file(parent->get(), entry.name);
    if (!text) return base::pass(text.error());
    unsigned number = 0;
    for (const std::string& block : code_blocks(*text, "json5")) {
      ++number;
      if (is_notation(block)) continue;
      ++result.examples;
      if (auto read = read_example(block, plugins, work); !read) {
        result.complaints.push_back(
            base::concat({path, ", example ", std::to_string(number), ": ", read.error().message}));
      }
    }
  }
  return result;
}

}  // namespace releases
