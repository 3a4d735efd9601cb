# SPDX-License-Identifier: MIT
"""Runs the module openclaw_proof; Ansible finds this by the module's name."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.openclaw.systemd.plugins.plugin_utils.answer import ActionModule

__all__ = ["ActionModule"]
