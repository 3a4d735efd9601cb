# SPDX-License-Identifier: MIT
"""How the modules of this collection run: as any module does, but for what a host must not tell the control machine."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible.errors import AnsibleConnectionFailure
from ansible.module_utils.common.text.converters import to_text
from ansible.plugins.action.normal import ActionModule as NormalAction


def without_templates(text):
    """What ssh printed when a connection was lost is the host's text. Before 2.19, Ansible does not mark it as such, and takes
    it for a template of its own wherever the result is read."""
    return text.replace("{", "(")


def without_facts(result):
    """Facts are variables on the control machine, and win over those of the inventory. The modules have none to tell; Ansible
    itself adds where it found Python."""
    facts = result.pop("ansible_facts", None)
    found = dict((name, facts[name]) for name in facts if name.startswith("discovered_interpreter_")) if isinstance(facts, dict) else {}
    return dict(result, ansible_facts=found) if found else result


class ActionModule(NormalAction):
    def run(self, tmp=None, task_vars=None):
        try:
            return without_facts(super(ActionModule, self).run(tmp, task_vars))
        except AnsibleConnectionFailure as error:
            raise AnsibleConnectionFailure(without_templates(to_text(error))) from None
