// SPDX-License-Identifier: MIT
// How this version behaves: its line of versions.json, which the registry packs into the tarball.
import { readFileSync } from 'node:fs'

export const root = new URL('../', import.meta.url)
const read = (path) => JSON.parse(readFileSync(new URL(path, root), 'utf8'))

export const version = read('package.json').version
export const behaviour = read('dist/versions.json').find((line) => line.version === version)
