# SPDX-License-Identifier: MIT
"""What a scenario is: a state, a program that changes it, and how the result is told from another."""
import json
import re

import trees

# What the suite calls a name that is not yet, or no longer, what it will be.
DRAFT = r"(^|/)\.[^/]*\.(draft|[A-Za-z0-9]{6,})$"


def without(*members):
    """A JSON text without what differs from run to run, wherever it is."""
    def pruned(value):
        if isinstance(value, dict):
            return {key: pruned(each) for key, each in value.items() if key not in members}
        if isinstance(value, list):
            return [pruned(each) for each in value]
        return value

    def function(content):
        try:
            return json.dumps(pruned(json.loads(content)), sort_keys=True).encode()
        except ValueError:
            return content
    return function


class Scenario:
    """Subclasses say what is different. All paths are relative to the state that the program changes."""
    name = ""
    group = ""  # the program, as the table calls it
    as_root = False
    in_threads = False  # the order of its calls is not the same each time
    # Names as in /proc/PID/comm of those that are recorded.
    programs = ()
    # Roots that appear and go whole, as patterns: each is byte for byte the old or the new at any time.
    whole = ()
    # What may be there after a kill beside the old and the new; a file below such a name, too.
    passing = (DRAFT,)
    # What may be missing after a kill though it was there, and will be.
    may_lack = ()
    # What may have a content in between that is neither.
    between = ()
    # What tells of a run that failed, and may stay: patterns.
    traces = ()
    # Places in which what this user may not read is passed over, as OpenClaw does: patterns of whole paths.
    passed_over = ()
    # What differs from run to run: a pattern of paths, and a function of the content.
    volatile = ()
    # Parts of names that differ from run to run, and what stands for them.
    names = ()

    def build(self, place):
        """Makes place.state and all that is beside it; returns nothing."""

    def before_each(self, place, run):
        """What happens undisturbed in a copy of the state, ahead of the run that is disturbed."""

    def command(self, place):
        """The run that is disturbed: arguments and environment."""
        raise NotImplementedError

    def next_command(self, place):
        """The run that has to come to the same end."""
        return self.command(place)

    def other_command(self, place):
        """A run that may come after a kill instead of the same again; None: there is none."""
        return None

    def other_result(self, before, now, after):
        """What is wrong after it, in words."""
        return []

    def lost(self, before, now):
        """What was there before, and is nowhere any more, in words."""
        return []

    def verdict(self, place, ended):
        """Why an exit status 0 was none: workers answer in a file. None: it was one."""
        return None

    def is_failure(self, place, ended):
        """Whether the run says that it failed."""
        return ended.status != 0

    def without_answer(self, tree):
        """The tree without what tells of a failure."""
        return tree

    def message(self, place, ended):
        """What a failed run says."""
        return ended.complained

    # --- comparing

    def plain(self, tree):
        """The tree without what differs from run to run."""
        result = {}
        for name, entry in tree.items():
            for pattern, instead in self.names:
                name = re.sub(pattern, instead, name)
            content = entry.content
            for pattern, function in self.volatile:
                if re.search(pattern, name):
                    content = function(content)
            result[name] = entry._replace(content=content, inode=(), time=0)
        return result

    def is_passing(self, name):
        """Whether the name, or that of a folder it is in, is one of those in between."""
        parts = name.split("/")
        paths = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        return any(re.search(pattern, path) for path in paths for pattern in self.passing)

    def without_passing(self, tree):
        """What counts of a tree."""
        return {name: entry for name, entry in tree.items() if not self.is_passing(name)}

    def without_traces(self, tree):
        """What counts of a tree after a run that failed, and one that did not."""
        return {name: entry for name, entry in tree.items()
                if not any(re.search(pattern, name) for pattern in self.traces)}

    def half_states(self, before, now, after):
        """What in a tree is neither as before nor as after, in words. All three are plain()."""
        words = []
        roots = {name for tree in (before, now, after) for name in tree
                 if any(re.search(pattern, name) for pattern in self.whole)}
        for root in sorted(roots):
            # What is in it and published by itself is looked at by itself.
            inner = [name for name in roots if name.startswith(root + "/")]
            parts = [{name: entry for name, entry in self.without_passing(trees.below(tree, root)).items()
                      if not any((name + "/").startswith(each + "/") for each in inner)}
                     for tree in (before, now, after)]
            if parts[1] in (parts[0], parts[2]):
                continue
            words.append(f"{root} is neither the old nor the new: "
                         + "; ".join(trees.differences(parts[2] or parts[0], parts[1])))
        for name in sorted(before.keys() | now.keys() | after.keys()):
            if any(name == root or name.startswith(root + "/") for root in roots) or self.is_passing(name):
                continue
            old, here, new = before.get(name), now.get(name), after.get(name)
            if here in (old, new):
                continue
            allowed = self.may_lack if here is None else self.between
            if any(re.search(pattern, name) for pattern in allowed):
                continue
            words.append(f"{name} is {'missing' if here is None else 'neither the old nor the new'}"
                         + (f": {here.kind} {here.mode:o} {here.content[:200]!r}" if here else ""))
        return words[:6]
