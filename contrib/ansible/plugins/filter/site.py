# SPDX-License-Identifier: MIT
"""Files of the site, as its variables name them."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os.path


def site_file(path, site_folder, playbook_dir):
    """Ansible looks for the files of a role in its collection; those of a site are beside its inventory. Without one
    (`-i host,`), its folder is none, which ansible-core 2.14 calls "None"."""
    folder = site_folder if os.path.isabs(site_folder or "") else playbook_dir
    return os.path.join(folder, os.path.expanduser(path))


class FilterModule(object):
    def filters(self):
        return dict(site_file=site_file)
