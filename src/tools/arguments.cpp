#include "tools/arguments.hpp"

#include <sysexits.h>

#include <cstdio>

namespace tools {

std::optional<int> parse_arguments(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wanted) {
    return app.exit(wanted);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "%s: %s (see --help)\n", app.get_name().c_str(), error.what());
    return EX_USAGE;
  }
  return std::nullopt;
}

}  // namespace tools
