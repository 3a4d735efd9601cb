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

TEST(AScript, ThatAsksForWindowsMayNotDoOtherThingsThere) {
  EXPECT_THAT(
      done_besides("case `uname` in\n  *CYGWIN*) basedir=`cygpath -w \"$basedir\"`;;\n  *) rm -rf /x;;\n"
                   "esac\nexec openclaw gateway\n"),
      ElementsAre("*)"));
}

}  // namespace
