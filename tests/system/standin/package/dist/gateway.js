// SPDX-License-Identifier: MIT
// The gateway: HTTP answers of OpenClaw's shape, as far as this version's behaviour lets it.
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'

import { behaviour, version } from './behaviour.js'
import { openState, stateFolder } from './state.js'

const page = '<!doctype html><title>OpenClaw</title>'

export function runGateway(port) {
  if (behaviour.exits !== undefined) {
    console.error(`the stand-in ${version} ends with ${behaviour.exits}`)
    process.exit(behaviour.exits)
  }
  const database = openState()
  // What a story wants to have in the journal.
  const says = join(stateFolder, 'says')
  if (existsSync(says)) console.error(readFileSync(says, 'utf8'))
  const began = Date.now()
  const uptimeMs = () => Date.now() - began
  const isReady = () => !behaviour.failing && uptimeMs() >= (behaviour.ready_after_s ?? 0) * 1000
  const answers = {
    '/healthz': () => [200, { ok: true, status: 'live' }],
    '/readyz': () =>
      isReady()
        ? [200, { ready: true, failing: [], uptimeMs: uptimeMs() }]
        : [503, { ready: false, failing: behaviour.failing ?? ['startup-sidecars'], uptimeMs: uptimeMs() }],
    '/startupz': () => {
      const status = uptimeMs() >= (behaviour.ready_after_s ?? 0) * 1000 ? 'started' : 'starting'
      return [200, { ok: status === 'started', status, version: behaviour.says_version ?? version }]
    },
    // What the command line asks for, where the real one has a WebSocket.
    '/standin/health': () =>
      behaviour.plugin === 'lost'
        ? [200, { ok: true, channels: {}, plugins: { loaded: [], errors: [] } }]
        : behaviour.plugin === 'fails'
          ? [
              200,
              { ok: true, channels: {}, plugins: { loaded: [], errors: [{ id: 'echo', error: 'no echo' }] } },
            ]
          : [200, { ok: true, channels: {}, plugins: { loaded: ['echo'], errors: [] } }],
    '/standin/cron': () => [200, { enabled: true, jobs: 0 }],
    '/standin/models': () => [200, { defaultModel: 'none', auth: {} }],
    '/standin/presence': () => [200, [{ reason: 'self', version: behaviour.says_version ?? version }]],
  }
  const server = createServer((request, response) => {
    const answer = behaviour.pages ? undefined : answers[request.url]
    // OpenClaw answers what it does not know with its web page, and 200.
    const [status, body] = answer ? answer() : [200, page]
    response.writeHead(status, {
      'content-type': answer ? 'application/json' : 'text/html',
      connection: 'close',
    })
    response.end(answer ? JSON.stringify(body) : body)
  })
  const listen = () =>
    server.listen(port, '127.0.0.1', () => {
      console.log(`http server listening (1 plugin: echo; ${uptimeMs() / 1000}s)`)
    })
  setTimeout(listen, (behaviour.listens_after_s ?? 0) * 1000)
  if (behaviour.dies_after_s) {
    setTimeout(() => {
      console.error('the stand-in dies')
      process.exit(1)
    }, behaviour.dies_after_s * 1000)
  }
  process.on('SIGTERM', () => {
    setTimeout(
      () => {
        database.close()
        process.exit(0)
      },
      (behaviour.drains_for_s ?? 0) * 1000,
    )
  })
}
