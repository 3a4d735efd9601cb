// As OpenClaw's own: without it, no command of this tree runs.
import { rmSync } from 'node:fs'

import { behaviour, root } from '../dist/behaviour.js'

if (behaviour.postinstall === 'fails') {
  console.error('the postinstall of the stand-in does not want to')
  process.exit(1)
}
if (behaviour.postinstall !== 'forgets') rmSync(new URL('.openclaw-lifecycle-pending', root), { force: true })
