// SPDX-License-Identifier: MIT
// A gateway that lives as its row of rows.json says: `gateway.mjs FOLDER PORT`. FOLDER holds row.json and
// counts the starts; each start takes the next of the row's lives, the last of them again and again. With
// other_port it listens 100 ports above PORT, with tls by the certificate in FOLDER.
import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { join } from 'node:path'

const [folder, port] = [process.argv[2], Number(process.argv[3])]
const row = JSON.parse(readFileSync(join(folder, 'row.json'), 'utf8'))
const starts = join(folder, 'starts')
const former = existsSync(starts) ? readFileSync(starts, 'utf8').length : 0
appendFileSync(starts, '.')

const cures = { staging: 'staged', rollback: 'rolled-back', repair: 'repaired' }
const isCured = row.cured_by && existsSync(join(folder, cures[row.cured_by]))
const lives = row.lives ?? [{}]
const life = isCured ? {} : lives[Math.min(former, lives.length - 1)]

const began = Date.now()
const age = () => (Date.now() - began) / 1000
// [from, until) in seconds of this life.
const isWithin = (span) => span !== undefined && age() >= span[0] && age() < (span[1] ?? Infinity)
const at = (seconds, action) => setTimeout(action, seconds * 1000)
const json = (status, body) => [status, 'application/json', JSON.stringify(body)]

function failing() {
  if (isWithin(life.draining)) return ['gateway-draining']
  if (life.not_ready && isWithin(life.not_ready.time)) return life.not_ready.failing
  return []
}

function answer(url) {
  if (isWithin(life.pages) || !['/healthz', '/readyz', '/startupz'].includes(url)) {
    return [200, 'text/html', '<!doctype html><title>OpenClaw</title>']
  }
  const isStarting = age() < (life.ready_after ?? 0)
  const status = isWithin(life.draining) ? 'draining' : isStarting ? 'starting' : 'started'
  if (url === '/healthz') return json(200, { ok: true, status: 'live' })
  if (url === '/startupz') {
    return json(200, { ok: status === 'started', status, version: life.version ?? '2026.10.2' })
  }
  const failed = isStarting ? ['startup-sidecars'] : failing()
  return json(failed.length ? 503 : 200, { ready: !failed.length, failing: failed, uptimeMs: Date.now() - began })
}

// Only the watchdog asks for this one. On a busy machine, a gateway that hangs so many seconds after its start may never
// have been seen to answer, which is another row.
const isOfWatchdog = (url) => url === '/healthz'
let wasSeen = false
function beSeen() {
  if (wasSeen) return
  wasSeen = true
  for (const [from, seconds] of life.stalls_once_seen ?? []) at(from, () => stall(seconds))
}

function respond(request, response) {
  if (isOfWatchdog(request.url)) response.on('finish', beSeen)
  const [status, type, body] = answer(request.url)
  response.writeHead(status, { 'content-type': type, connection: 'close' })
  response.end(body)
}

const file = (name) => readFileSync(join(folder, name))
const server = row.tls
  ? createTlsServer({ key: file('key.pem'), cert: file('certificate.pem') }, respond)
  : createServer(respond)
// The event loop stands still: connections are taken by the kernel, and nobody answers.
const stall = (seconds) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000)
const listen = () =>
  server.listen(row.other_port ? port + 100 : port, '127.0.0.1', () => stall(life.deaf_start ?? 0))

function end() {
  if (life.signal) process.kill(process.pid, life.signal)
  else process.exit(life.status ?? 1)
}

// Where KillMode= is process, it outlives this one.
if (life.leaves_thief) {
  const thief = [join(import.meta.dirname, 'thief.mjs'), String(port)]
  spawn(process.execPath, thief, { detached: true, stdio: 'ignore' }).unref()
}
for (const line of life.log ?? []) console.error(line)
if (life.dies_after !== undefined) at(life.dies_after, end)
for (const [from, seconds] of life.stalls ?? []) at(from, () => stall(seconds))
if (life.dead_socket) at(life.dead_socket, () => server.close())
if (life.closed) {
  at(life.closed[0], () => server.close())
  at(life.closed[1], listen)
}
if (life.listens_after !== null) at(life.listens_after ?? 0, listen)
// It lives without a listener, too.
setInterval(() => {}, 60_000)
process.on('SIGTERM', () => at(life.drains_for ?? 0, () => process.exit(life.status_of_stop ?? 0)))
