// SPDX-License-Identifier: MIT
// A registry of npm's kind on loopback: `node registry.mjs PORT`. It packs the stand-in in each of its
// versions, and serves some of the tarballs as they must not be taken. In front of the package's name, one
// word of the path spoils the packument: /silent/openclaw is never answered, /cut/openclaw is half the JSON,
// /page/openclaw is a web page.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const here = import.meta.dirname
const versions = JSON.parse(readFileSync(join(here, 'versions.json'), 'utf8'))
const digest = (algorithm, bytes, form) => createHash(algorithm).update(bytes).digest(form)
const json = (value) => JSON.stringify(value, null, 2) + '\n'

function writeInventories(folder) {
  const paths = readdirSync(join(folder, 'dist'), { recursive: true })
    .map((path) => `dist/${path}`)
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort()
  const contents = paths.map((path) => {
    const bytes = readFileSync(join(folder, path))
    return {
      path,
      size: bytes.length,
      mode: 0o644,
      sha256: digest('sha256', bytes, 'hex'),
    }
  })
  writeFileSync(join(folder, 'dist/postinstall-inventory.json'), json(paths))
  writeFileSync(join(folder, 'dist/postinstall-content-inventory.json'), json(contents))
}

function pack(line, extra = '') {
  const work = mkdtempSync(join(tmpdir(), 'standin-'))
  const folder = join(work, 'package')
  cpSync(join(here, 'package'), folder, { recursive: true })
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  // As npm publishes what "bin" names.
  chmodSync(join(folder, 'openclaw.mjs'), 0o755)
  manifest.version = line.version
  if (line.node) manifest.engines.node = line.node
  writeFileSync(join(folder, 'package.json'), json(manifest))
  writeFileSync(join(folder, 'dist/versions.json'), json(versions))
  writeInventories(folder)
  if (line.packing === 'file-missing') rmSync(join(folder, 'dist/extensions/echo/package.json'))
  if (extra) writeFileSync(join(folder, 'extra.js'), extra)
  const reproducible = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner']
  const bytes = execFileSync('tar', ['--create', '--gzip', ...reproducible, '--directory', work, 'package'])
  rmSync(work, { recursive: true })
  return { manifest, bytes }
}

const packed = new Map(versions.map((line) => [line.version, { line, ...pack(line) }]))

function packument(host) {
  const document = {
    name: 'openclaw',
    'dist-tags': {},
    versions: {},
  }
  for (const [version, { line, manifest, bytes }] of packed) {
    if (line.name === 'good') document['dist-tags'].latest = version
    if (line.name === 'slow') document['dist-tags'].beta = version
    document.versions[version] = {
      ...manifest,
      dist: {
        tarball: `http://${host}/openclaw/-/openclaw-${version}.tgz`,
        integrity: `sha512-${digest('sha512', bytes, 'base64')}`,
        shasum: digest('sha1', bytes, 'hex'),
        unpackedSize: bytes.length,
      },
    }
  }
  return json(document)
}

function send(response, type, body) {
  response.writeHead(200, {
    'content-type': type,
    'content-length': body.length,
    'cache-control': 'no-cache',
  })
  response.end(body)
}

function sendTarball(response, { line, bytes }) {
  const type = 'application/octet-stream'
  const half = bytes.subarray(0, bytes.length / 2)
  const ways = {
    'other-content': () => send(response, type, pack(line, 'what nobody has published').bytes),
    'cut-off': () => {
      response.writeHead(200, { 'content-type': type, 'content-length': bytes.length })
      response.write(half, () => response.destroy())
    },
    short: () => send(response, type, half),
    silent: () => {},
  }
  const way = ways[line.tarball] ?? (() => send(response, type, bytes))
  way()
}

function sendPackument(request, response, spoiled) {
  const document = Buffer.from(packument(request.headers.host))
  const ways = {
    silent: () => {},
    cut: () => send(response, 'application/json', document.subarray(0, document.length / 2)),
    page: () => send(response, 'text/html', Buffer.from('<!doctype html><title>Sign in</title>')),
  }
  const way = ways[spoiled] ?? (() => send(response, 'application/json', document))
  way()
}

createServer((request, response) => {
  const path = request.url.split('?')[0]
  const tarball = /^\/(?:\w+\/)?openclaw\/-\/openclaw-(.+)\.tgz$/.exec(path)
  const document = /^\/(?:(\w+)\/)?openclaw$/.exec(path)
  if (tarball && packed.has(tarball[1])) return sendTarball(response, packed.get(tarball[1]))
  if (document) return sendPackument(request, response, document[1])
  response.writeHead(404, { 'content-type': 'application/json' })
  response.end('{"error":"not_found"}')
}).listen(Number(process.argv[2]), '127.0.0.1')
