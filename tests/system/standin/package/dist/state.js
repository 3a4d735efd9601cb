// SPDX-License-Identifier: MIT
// The database, in OpenClaw's place and with OpenClaw's way of refusing one that is too new.
import { appendFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { behaviour, version } from './behaviour.js'

export const stateFolder = process.env.OPENCLAW_STATE_DIR ?? join(process.env.HOME, '.openclaw')
export const schema = behaviour.schema ?? 1

export function schemaOf(path) {
  const database = new DatabaseSync(path, { readOnly: true })
  const found = database.prepare('PRAGMA user_version').get().user_version
  database.close()
  return found
}

// Opens the database, and moves it to this version's schema. It stays open as long as the gateway runs.
export function openState() {
  const folder = join(stateFolder, 'state')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'openclaw.sqlite')
  const found = existsSync(path) ? schemaOf(path) : 0
  if (found > schema) {
    console.error(`newer schema version ${found}; this build supports ${schema}`)
    process.exit(78)
  }
  const database = new DatabaseSync(path)
  database.exec('PRAGMA journal_mode=WAL; CREATE TABLE IF NOT EXISTS starts(version TEXT, at INTEGER)')
  database.exec(`PRAGMA user_version=${schema}`)
  database.prepare('INSERT INTO starts VALUES(?, ?)').run(version, Date.now())
  appendFileSync(join(stateFolder, 'starts.log'), `${version}\n`)
  return database
}
