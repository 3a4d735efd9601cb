// SPDX-License-Identifier: MIT
#include "tools/worker_main.hpp"

#include <CLI/CLI.hpp>

#include "tools/arguments.hpp"
#include "tools/exit_status.hpp"
#include "tools/terminal.hpp"

namespace tools {

int worker_main(const char* program, const char* description, int argc, char** argv,
                const std::function<base::Result<std::optional<base::Error>>(const WorkerLine&)>& work) {
  WorkerLine line;
  CLI::App app(description, program);
  app.set_version_flag("--version", std::string(program) + " " OPENCLAW_SYSTEMD_VERSION);
  app.add_option("instance", line.instance, "TRANSACTION.ACTION, the instance of the unit")->required();
  app.add_option("--request", line.request, "Read the request from this file")->type_name("FILE");
  app.add_option("--result", line.result, "Write the result to this file")->type_name("FILE");
  if (const auto ended = parse_arguments(app, argc, argv)) return *ended;
  const auto done = work(line);
  if (!done) {
    print_error(program, done.error().message);
    return exit_status_of(done.error());
  }
  if (*done) print_error(program, (*done)->message);
  return 0;
}

}  // namespace tools
