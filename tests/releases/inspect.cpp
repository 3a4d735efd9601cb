// SPDX-License-Identifier: MIT
// Looks at one published release and prints a JSON object of what it found: "complaints" is empty where
// nothing of it would be refused that does not deserve it. Exit status 0 whatever it found, 1 where it could
// not look.
#include <CLI/CLI.hpp>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <functional>

#include "base/text.hpp"
#include "fs/beneath.hpp"
#include "openclaw/effective_config.hpp"
#include "openclaw/era.hpp"
#include "openclaw/package.hpp"
#include "openclaw/plugin.hpp"
#include "release/validation.hpp"
#include "releases/documented_config.hpp"
#include "releases/published_release.hpp"
#include "releases/twins.hpp"
#include "stage/closure_needs.hpp"

namespace {

using base::Result;
using nlohmann::json;
using releases::Subject;

struct Wish {
  Subject subject;
  std::map<std::string, std::string> overrides;
  std::string path;
  bool start = false, twins = false;
  std::uint64_t seed = 0;
};

// No service manager waits for this program.
class Quiet final : public systemd::Notifier {
 public:
  void status(std::string_view /*text*/) override {}
  void extend_timeout(std::chrono::microseconds /*time*/) override {}
  void flush() override {}
};

class Inspection {
 public:
  Inspection(Wish wish, workers::FetchContext context)
      : wish_(std::move(wish)), context_(std::move(context)) {
    report_ = {
        {"version", wish_.subject.version}, {"complaints", json::array()}, {"seconds", json::object()}};
  }

  // Each step needs the one before it.
  json run() {
    const std::array<std::pair<const char*, std::function<bool()>>, 7> steps = {
        {{"tarball", [this] { return held("tarball", releases::provide_tarball(context_, wish_.subject)); }},
         {"unpack", [this] { return unpack(); }},
         {"plan", [this] { return plan(); }},
         {"install", [this] { return install(); }},
         {"validation", [this] { return validation(); }},
         {"start", [this] { return !wish_.start || start(); }},
         {"twins", [this] { return !wish_.twins || twins(); }}}};
    for (const auto& [name, step] : steps) {
      const auto begin = std::chrono::steady_clock::now();
      const bool goes_on = step();
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
      report_["seconds"][name] = static_cast<double>(static_cast<int>(took.count() * 10)) / 10;
      if (!goes_on) break;
    }
    return std::move(report_);
  }

 private:
  void complain(const std::string& check, const std::string& text) {
    report_["complaints"].push_back(base::concat({check, ": ", text}));
  }
  template <class T>
  bool held(const char* check, const Result<T>& result) {
    if (!result) complain(check, result.error().message);
    return result.has_value();
  }

  bool unpack();
  bool plan();
  void judge_plan(const openclaw::Era& era, const std::vector<openclaw::BundledPlugin>& plugins,
                  const stage::ClosureNeeds& all);
  bool install();
  bool validation();
  bool start();
  bool twins();

  Wish wish_;
  workers::FetchContext context_;
  workers::PublishedFiles published_;
  json report_;
};

bool Inspection::unpack() {
  auto published = releases::unpack(wish_.subject);
  if (!held("tarball", published)) return false;
  published_ = std::move(*published);
  return true;
}

bool Inspection::plan() {
  const auto package = openclaw::read_package(wish_.subject.package());
  if (!held("package", package)) return false;
  const auto plugins = openclaw::read_bundled_plugins(*package);
  if (!held("plugins", plugins)) return false;
  const auto& era = openclaw::era_of(package->version);
  const auto config = openclaw::effective_config({}, *plugins, {});
  const auto absent = [](const std::string&, const std::string&) {
    return openclaw::Presence{"", "not installed"};
  };
  const auto plan_for = [&](const openclaw::Selection& selection) {
    return stage::closure_needs({*package, *plugins, config, era, selection, {}, absent});
  };
  const auto by_default = plan_for({}), all = plan_for({{}, true});
  report_["era"] = era.name;
  report_["node_range"] = package->node_range;
  report_["plugins"] = {{"bundled", plugins->size()},
                        {"with_dependencies", all.plugins.size()},
                        {"packages_by_default", by_default.closure.size()},
                        {"packages_of_all", all.closure.size()}};
  judge_plan(era, *plugins, all);

  const std::string work = wish_.subject.work + "/config";
  ::mkdir(work.c_str(), 0700);
  const auto examples = releases::read_documented_configs(package->directory.get(), *plugins, work);
  if (!held("documented config", examples)) return false;
  report_["config_examples"] = examples->examples;
  for (const auto& text : examples->complaints) complain("documented config", text);
  return true;
}

// A plugin counts as planned when nothing keeps the planner from naming what it needs; and a release tells by
// its own manifests (bundle.stageRuntimeDependencies) whether it is one whose dependencies are staged for it.
void Inspection::judge_plan(const openclaw::Era& era, const std::vector<openclaw::BundledPlugin>& plugins,
                            const stage::ClosureNeeds& all) {
  std::size_t to_stage = 0;
  if (plugins.empty()) complain("plugins", "none was found in dist/extensions");
  for (const auto& plugin : plugins) {
    if (!plugin.defect.empty()) complain("plugins", plugin.defect);
    if (plugin.stage_runtime_dependencies) ++to_stage;
  }
  for (const auto& row : all.plugins) {
    if (row.status == stage::PluginStatus::failed) complain("plan", row.id + ": " + row.reason);
    if (row.status == stage::PluginStatus::not_needed)
      complain("plan", row.id + " is not planned: " + row.reason);
  }
  for (const auto& finding : all.findings) report_["notes"].push_back(finding.message);
  const bool stages = era.delivery == openclaw::Delivery::none ||
                      era.delivery == openclaw::Delivery::plugin_view ||
                      era.delivery == openclaw::Delivery::external_root;
  if (stages != (to_stage > 0)) {
    complain("era", base::concat({"\"", era.name, "\" does not fit: ", std::to_string(to_stage),
                                  " plugins have stageRuntimeDependencies"}));
  }
  report_["plugins"]["to_stage"] = to_stage;
}

bool Inspection::install() {
  const auto client = releases::complete(context_, wish_.subject, published_);
  if (!held("installation", client)) return false;
  report_["client"] = *client;
  return true;
}

bool Inspection::validation() {
  const auto root = fs::open_directory(wish_.subject.package());
  if (!held("validation", root)) return false;
  const auto report = release::inspect_package(root->get(), wish_.subject.version, wish_.overrides);
  for (const auto& complaint : report.complaints) complain("validation", complaint);
  return true;
}

bool Inspection::start() {
  const auto answer = releases::start(context_, wish_.subject, std::chrono::seconds{300});
  if (!held("start", answer)) return false;
  report_["ready_after_ms"] = answer->value("ready_after_ms", 0);
  report_["schemas"] = answer->at("schemas").at("after");
  if (!answer->value("ready", false)) {
    complain("start", answer->value("detail", "") + ": " + answer->at("log").dump());
  }
  return true;
}

bool Inspection::twins() {
  const auto tried = releases::try_twins(wish_.subject, published_, wish_.overrides, wish_.seed);
  if (!held("twins", tried)) return false;
  for (const auto& twin : *tried) {
    report_["twins"].push_back({{"fault", twin.fault},
                                {"file", twin.file},
                                {"caught_by", base::join(twin.caught_by, ", ")},
                                {"message", twin.message}});
    if (twin.caught_by.empty()) {
      complain("twin", base::concat({twin.fault, " (", twin.file, ") is not refused by name; said was: ",
                                     twin.message.empty() ? "nothing" : twin.message}));
    }
  }
  return true;
}

Result<json> inspect(Wish wish) {
  auto toolchain = npm::find_toolchain("", wish.path);
  if (!toolchain) return base::pass(toolchain.error());
  static Quiet notifier;
  config::Settings settings;
  settings.overrides = wish.overrides;
  workers::FetchContext context{notifier, std::move(settings), std::move(*toolchain), wish.subject.work,
                                wish.subject.work + "/logs"};
  for (const std::string& folder :
       {context.logs_directory, wish.subject.work + "/" + workers::work_folder, context.cache_directory()}) {
    if (::mkdir(folder.c_str(), 0700) != 0) return base::fail_errno(errno, "cannot make " + folder);
  }
  return Inspection(std::move(wish), std::move(context)).run();
}

// The version that each era begins with; the first has no boundary.
void print_eras() {
  for (const auto& era : openclaw::eras().subspan(1)) std::printf("%s\n", std::string(era.first).c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "eras") {
    print_eras();
    return 0;
  }
  Wish wish;
  std::vector<std::string> overrides;
  CLI::App app("Look at a published release of OpenClaw with the suite's own classes.");
  app.add_option("version", wish.subject.version)->required();
  app.add_option("--integrity", wish.subject.integrity, "of its tarball, as the registry has it")->required();
  app.add_option("--tarball", wish.subject.tarball, "fetched when it is not there")->required();
  app.add_option("--work", wish.subject.work, "an empty folder")->required();
  app.add_option("--path", wish.path, "where Node and the package clients are")->required();
  app.add_option("--override", overrides, "NAME=VERSION, as in [overrides]");
  app.add_flag("--start", wish.start, "boot its gateway, too");
  app.add_flag("--twins", wish.twins, "and then with faults");
  app.add_option("--seed", wish.seed, "of the files that get them");
  CLI11_PARSE(app, argc, argv);
  for (const std::string& text : overrides) {
    const auto equals = text.find('=');
    wish.overrides[text.substr(0, equals)] = text.substr(equals + 1);
  }
  ::umask(022);
  const auto report = inspect(std::move(wish));
  if (!report) {
    std::fprintf(stderr, "%s\n", report.error().message.c_str());
    return 1;
  }
  std::printf("%s\n", report->dump().c_str());
  return 0;
}
