// SPDX-License-Identifier: MIT
// Runs the rows of rows.json side by side, each with a gateway and a watchdog of its own, and prints one
// JSON line a row of what came of it: `director.mjs FOLDER FIRST_PORT`. The story has made the units.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { get as getOverTls } from 'node:https'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const [root, firstPort] = [process.argv[2], Number(process.argv[3])]
const rows = JSON.parse(readFileSync(join(import.meta.dirname, 'rows.json'), 'utf8'))
const updater = '/var/lib/openclaw-update'
const staggerMs = 500
// Each watchdog has a connection of its own to PID 1, which tells each of every unit: what that costs grows with the
// square of them. With all at once on a busy machine, PID 1 answered nobody for 25 s.
const atOnce = 45
// A row in which nothing may happen is watched for so long.
const quietMs = 90_000
// One in which something must happen has so long for it on a busy machine, and then so long for more.
const patienceMs = 240_000
const afterwardsMs = 15_000
const pollMs = 6_000
// On a busy machine a sound gateway takes long to answer.
const answerMs = 10_000
const giveUp = '5a1d1c1fd7a84c1f8b5e2b0d8a2f6c23'
const incident = '5a1d1c1fd7a84c1f8b5e2b0d8a2f6c22'

const run = promisify(execFile)
const systemctl = (...words) => run('systemctl', words).catch((error) => console.error(error.message))

// Minutes are seconds here; what a row does is far enough from them for a machine that is busy.
const settings = {
  interval: '1s',
  'deaf-after': '12s',
  'start-patience': '40s',
  'first-delay': '2s',
  'restarts-per-hour': '3',
}

function write(path, lines) {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, lines.join('\n') + '\n')
}

// What the updater would have left: nothing, or the update that has really been made here just now.
function prepareUpdates(row, folder) {
  mkdirSync(join(folder, 'run'), { recursive: true })
  mkdirSync(join(folder, 'update/requests'), { recursive: true })
  if (!row.promoted) return
  cpSync(join(updater, 'transactions'), join(folder, 'update/transactions'), { recursive: true })
  for (const pointer of ['current', 'previous']) {
    if (pointer === 'previous' && row.no_previous) continue
    symlinkSync(pointerOf(pointer), join(folder, 'update', pointer))
  }
}

const pointerOf = (name) => execFileSync('readlink', [join(updater, name)], { encoding: 'utf8' }).trim()

// Signed by nobody but itself, as OpenClaw's own.
function makeCertificate(folder) {
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=openclaw']
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')]
  execFileSync('openssl', [...words, ...files], { stdio: 'ignore' })
}

function prepare(row, index) {
  const folder = join(root, row.name)
  const port = firstPort + index
  rmSync(folder, { recursive: true, force: true })
  prepareUpdates(row, folder)
  write(join(folder, 'row.json'), [JSON.stringify(row)])
  write(join(folder, 'environment'), [`PORT=${port}`])
  const watchdog = { ...settings, ...row.settings }
  write(join(folder, 'helpers.ini'), [
    '[gateway]',
    `unit = table-gateway@${row.name}.service`,
    `port = ${port}`,
    ...(row.state_directory ? [`state-directory = ${join(folder, 'state')}`] : []),
    '[watchdog]',
    ...Object.entries(watchdog).map(([key, value]) => `${key} = ${value}`),
  ])
  if (row.tls) makeCertificate(folder)
  if (row.unit) write(`/run/systemd/system/table-gateway@${row.name}.service.d/row.conf`, row.unit)
  return {
    ...row,
    folder,
    port,
    gateway: `table-gateway@${row.name}.service`,
    watchdog: `table-watchdog@${row.name}.service`,
  }
}

// A command of the row, as a person or another program on the machine might give it.
function command(row, text) {
  const environment = { folder: row.folder, port: row.port, gateway: row.gateway, watchdog: row.watchdog }
  return spawn('sh', ['-c', text], {
    env: { ...process.env, ...environment, PATH: `${import.meta.dirname}:${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function play(row) {
  const others = []
  if (row.meanwhile) {
    const other = command(row, row.meanwhile)
    others.push(other)
    // It has done what it does, or says that it goes on doing it.
    await Promise.race([once(other.stdout, 'data'), once(other, 'close')])
  }
  while (row.port_is_taken && !(await answerOf(row.port, get))) await sleep(200)
  // From the beginning, unless the row says otherwise: on a busy machine the first death would go unseen.
  if (!row.watched_after) await systemctl('start', row.watchdog)
  if (!row.not_started) await systemctl('start', '--no-block', row.gateway)
  for (const [at, text] of row.then ?? []) sleep(at * 1000).then(() => others.push(command(row, text)))
  if (row.watched_after) await sleep(row.watched_after * 1000)
  if (row.watched_after) await systemctl('start', row.watchdog)
  const found = await hasCome(row)
  others.forEach((process) => process.kill())
  await systemctl('stop', row.watchdog)
  await systemctl('kill', '--signal=KILL', row.gateway)
  await systemctl('stop', '--no-block', row.gateway)
  console.log(JSON.stringify(found))
}

async function hasCome(row) {
  if (!row.acts && !row.reports) await sleep(quietMs)
  let told = false
  for (const began = Date.now(); Date.now() - began < patienceMs; await sleep(pollMs)) {
    const found = await findings(row)
    if (row.once_told && found.reports.length && !told) {
      told = true
      await once(command(row, row.once_told), 'close')
    }
    const acted = new RegExp(`^(${row.acts})$`).test(found.acts)
    const reported = found.reports.join() === (row.reports ?? []).join()
    // What may not happen has not, or has: waiting makes neither better.
    if (!row.acts && (found.acts || (!row.reports && isAsExpected(row, found)))) return found
    if (acted && reported && isAsExpected(row, found)) break
  }
  await sleep(afterwardsMs)
  return findings(row)
}

// An act is told of when it begins: one that is staged for serves on meanwhile, and is then stopped and started.
const isAsExpected = (row, found) =>
  ['ready', 'starts'].every((key) => row[key] === undefined || row[key] === found[key])

async function findings(row) {
  const entries = await journal(row.watchdog)
  const acts = entries.filter((entry) => entry.OPENCLAW_ACT).map((entry) => entry.OPENCLAW_ACT)
  const incidents = entries.filter((entry) => [incident, giveUp].includes(entry.MESSAGE_ID))
  const gateway = await properties(row.gateway, 'ActiveState', 'Job', 'StateChangeTimestamp', 'Result')
  const watchdog = await properties(row.watchdog, 'StatusText', 'ActiveState', 'NRestarts')
  const starts = join(row.folder, 'starts')
  return {
    name: row.name,
    acts: acts.join(' '),
    reports: incidents.map(idOf).sort(),
    says: entries.map(told).join('\n'),
    starts: existsSync(starts) ? readFileSync(starts, 'utf8').length : 0,
    ready: await isReady(row),
    state: gateway.ActiveState,
    // Of a row that went otherwise, these two tell how far it has come, and when.
    found_at: clockOf(Date.now()),
    gateway: Object.values(gateway).join(', '),
    status: watchdog.StatusText,
    watchdog: `${watchdog.ActiveState} ${watchdog.NRestarts}`,
    rolled_back_to: rolledBackTo(row),
    previous: row.promoted ? pointerOf('previous').replace('releases/', '') : undefined,
  }
}

// Those of which most is expected begin first, since they last longest.
const lasts = (row) => (row.acts ?? '').split(' ').filter(Boolean).length

const clockOf = (milliseconds) => new Date(milliseconds).toISOString().slice(11, 23)
const told = (entry) => `${clockOf(entry.__REALTIME_TIMESTAMP / 1000)} ${entry.MESSAGE}`

function idOf(entry) {
  if (entry.MESSAGE_ID === giveUp) return 'gave-up'
  return entry.OPENCLAW_SIGNATURE ?? 'unknown'
}

function rolledBackTo(row) {
  const path = join(row.folder, 'rolled-back')
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).to_release : undefined
}

async function journal(unit) {
  const words = ['--output=json', '--no-pager', `--unit=${unit}`]
  const { stdout } = await run('journalctl', words, { maxBuffer: 1 << 26 })
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .filter((entry) => entry._SYSTEMD_UNIT === unit)
}

async function properties(unit, ...names) {
  const { stdout } = await run('systemctl', ['show', `--property=${names.join(',')}`, unit])
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}

// A thief says so, too, but not for how long it has run.
async function isReady(row) {
  const port = row.other_port ? row.port + 100 : row.port
  return /"ready":true.*"uptimeMs"/.test(await answerOf(port, row.tls ? getOverTls : get))
}

function answerOf(port, ask) {
  return new Promise((resolve) => {
    const where = { host: '127.0.0.1', port, path: '/readyz', timeout: answerMs, rejectUnauthorized: false }
    const request = ask(where, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve(text))
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(''))
  })
}

const waiting = rows.map((row, index) => prepare(row, index)).sort((one, other) => lasts(other) - lasts(one))
execFileSync('systemctl', ['daemon-reload'])
await Promise.all(
  Array.from({ length: atOnce }, async (_, place) => {
    await sleep(place * staggerMs)
    for (let row = waiting.shift(); row; row = waiting.shift()) await play(row)
  }),
)
