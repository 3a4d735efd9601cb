// SPDX-License-Identifier: MIT
// The command line: the gateway, and what is asked of a release or of a gateway that runs.
import { existsSync, readFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'

import { behaviour, root, version } from './behaviour.js'

const words = process.argv.slice(2)

function say(answer, status = 0) {
  console.log(JSON.stringify(answer))
  process.exitCode = status
}

async function ask(path) {
  const url = `http://127.0.0.1:${process.env.OPENCLAW_GATEWAY_PORT}${path}`
  const body = await new Promise((resolve, reject) => {
    get(url, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve(text))
    }).on('error', reject)
  })
  return JSON.parse(body)
}

async function relay(path) {
  try {
    say(await ask(path))
  } catch (error) {
    say({ ok: false, error: { message: `the gateway does not answer: ${error.message}` } }, 1)
  }
}

async function validateConfig() {
  const { stateFolder } = await import('./state.js')
  const path = process.env.OPENCLAW_CONFIG_PATH ?? join(stateFolder, 'openclaw.json')
  if (behaviour.config === 'refused') {
    const issue = {
      path: 'gateway.mode',
      message: 'this version of the stand-in knows no such mode',
    }
    return say({ valid: false, path, issues: [issue] }, 1)
  }
  JSON.parse(readFileSync(path, 'utf8'))
  say({ valid: true, path, issues: [] })
}

async function preflight(path) {
  const { schema, schemaOf } = await import('./state.js')
  const found = schemaOf(path)
  const status = found > schema ? 'incompatible' : found < schema ? 'migration-required' : 'exact'
  const answer = {
    schema: 'openclaw.state-schema-preflight.v1',
    targetVersion: schema,
    foundVersion: found,
    status,
  }
  say(answer, status === 'incompatible' ? 1 : 0)
}

const commands = {
  gateway: async () => (await import('./gateway.js')).runGateway(Number(words[words.indexOf('--port') + 1])),
  'gateway call': () => relay('/standin/presence'),
  '--version': () => console.log(`OpenClaw ${behaviour.prints_version ?? version} (stand-in)`),
  'config validate': validateConfig,
  'database preflight': () => preflight(words[2]),
  health: () => relay('/standin/health'),
  'cron status': () => relay('/standin/cron'),
  'models status': () => relay('/standin/models'),
}

if (existsSync(new URL('.openclaw-lifecycle-pending', root))) {
  console.error('the installation of this OpenClaw was not finished: run its postinstall')
  process.exit(1)
}
const command = commands[words.slice(0, 2).join(' ')] ?? commands[words[0]]
if (!command) {
  console.error(`the stand-in does not know: ${words.join(' ')}`)
  process.exit(64)
}
await command()
