// SPDX-License-Identifier: MIT
// What start scripts do besides starting OpenClaw, by name.
#include "openclaw/launch_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using openclaw::done_besides;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(AScript, ThatOnlyStartsAProgramDoesNothingBesides) {
  EXPECT_THAT(done_besides("#!/bin/sh\nexec /usr/bin/node /opt/openclaw/dist/index.js gateway \"$@\"\n"),
              IsEmpty());
  EXPECT_THAT(done_besides("#!/bin/sh\n# of ours\n\nopenclaw gateway\n"), IsEmpty());
  EXPECT_THAT(done_besides("#!/bin/sh\nbasedir=$(dirname \"$0\")\nif [ -x \"$basedir/node\" ]; then\n"
                           "  exec \"$basedir/node\" x.mjs \"$@\"\nelse\n  exec node x.mjs \"$@\"\nfi\n"),
              IsEmpty());
}

TEST(AScript, IsNamedForWhatItSetsAndNotForTheValues) {
  EXPECT_THAT(
      done_besides("set -eu\nexport SITE_TOKEN=s3cret\nROOT=/opt\nsource /etc/x\nopenclaw doctor || true\n"
                   "exec openclaw gateway\n"),
      ElementsAre("set", "export SITE_TOKEN", "ROOT=", "source", "openclaw"));
  EXPECT_THAT(done_besides("TOKEN=s3cret exec openclaw gateway\n"), ElementsAre("TOKEN="));
}

// In the shape of those of pnpm 11 and 12.
std::string marked_shim(const std::string& more = "") {
  return R"(#!/bin/sh
caller_path=${PATH-}
rest=$caller_path:
while [ -n "$rest" ]; do
  dir=${rest%%:*}
  case "$dir" in
    */node_modules/*|*/node_modules) ;;
    /*) helper_path=$dir ;;
  esac
done
PATH=${helper_path:-/}
run_helper() {
  if command -p -v "$1" >/dev/null 2>&1; then command -p "$@"; else command "$@"; fi
}
link="$0"
case "$link" in
  */*|*\\*) ;;
  *) link="./$link" ;;
esac
basedir=$(run_helper printf '%s\n' "$link" | run_helper sed -e 's,x,/,g')
basedir_abs=$(CDPATH= cd -P -- "$basedir" && pwd -P) || exit $?
exe=""
{ read -r os < /proc/version; } 2> /dev/null || :
case "$os" in
  *CYGWIN*|*MINGW*|*MSYS*)
    if converted=$(command -p cygpath -w "$basedir" 2>/dev/null) && [ -n "$converted" ]; then
      basedir_win="$converted"
    elif command -v cygpath > /dev/null 2>&1; then
      basedir_win=`cygpath -w "$basedir"`
    fi
    exe=".exe"
  ;;
esac
if [ -n "$caller_path_set" ]; then PATH=$caller_path; else unset PATH; fi
if [ -z "$NODE_PATH" ]; then
  export NODE_PATH='/x'
else
  export NODE_PATH='/x':"$NODE_PATH"
fi
)" + more +
         R"(if [ -n "$exe" ] && [ -x "$basedir/node.exe" ]; then
  exec "$basedir/node.exe"  "$basedir_win"/'../x.mjs' "$@"
elif [ -x "$basedir/node" ]; then
  exec "$basedir/node"  "$basedir_abs"/'../x.mjs' "$@"
else
  exec node  "$basedir_abs"/'../x.mjs' "$@"
fi
# cmd-shim-target=/home/claw/x.mjs
)";
}

TEST(AScript, OfPnpm11ThatFindsItsFolderDoesNothingBesides) {
  EXPECT_THAT(done_besides(marked_shim()), IsEmpty());
}

TEST(AScript, OfPnpm11ThatAnAdministratorHasAddedToDoesThat) {
  EXPECT_THAT(done_besides(marked_shim("export SITE_TOKEN=s3cret\nif true; then umask 077; fi\n. /etc/x\n")),
              ElementsAre("export SITE_TOKEN", "if", "."));
}

TEST(AScript, OfAubeThatFindsItsFolderDoesNothingBesides) {
  EXPECT_THAT(
      done_besides("#!/bin/sh\n# aube-bin-shim v2 target=../x.mjs\nlink=\"$0\"\n"
                   "while [ -L \"$link\" ]; do\ntarget=$(readlink \"$link\")\ncase \"$target\" in\n"
                   "/*) link=\"$target\" ;;\n*)  link=\"$(dirname \"$link\")/$target\" ;;\nesac\ndone\n"
                   "basedir=$(dirname \"$link\")\nexport NODE_PATH=\"$basedir/..\"\n"
                   "exec node \"$basedir/../x.mjs\" \"$@\"\n"),
      IsEmpty());
}

TEST(AScript, WithoutTheMarkIsNoShim) {
  std::string text = marked_shim();
  text.resize(text.find("# cmd-shim-target"));
  EXPECT_FALSE(openclaw::is_marked_shim(text));
  EXPECT_THAT(done_besides(text), testing::Contains("caller_path="));
}

TEST(AScript, ThatAsksForWindowsMayNotDoOtherThingsThere) {
  EXPECT_THAT(
      done_besides("case `uname` in\n  *CYGWIN*) basedir=`cygpath -w \"$basedir\"`;;\n  *) rm -rf /x;;\n"
                   "esac\nexec openclaw gateway\n"),
      ElementsAre("*)"));
}

}  // namespace
