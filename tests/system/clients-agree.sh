#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs one union of dependencies with npm, pnpm and bun and compares what each made. Needs a package registry.
#
#   tests/system/clients-agree.sh [-k] TEST_NPM PACKAGE_JSON [NODE]
#
# TEST_NPM is the built unit test program (build/.../tests/unit/test_npm): the clients are called as the suite calls
# them. PACKAGE_JSON has the dependencies and overrides. NODE is the Node beside which, or on PATH, the clients are.
# -k keeps the trees.
#
# What must hold for a tree to be as good as another:
#   1. every dependency of every package, as Node resolves it from there, is present and in range;
#   2. a package@version has the same bytes whoever installed it;
#   3. the union's direct dependencies have the same versions;
#   4. no client leaves anything at the top but packages, nor a file that has a name outside of the tree.
# What may differ: where a package lies when two versions of it are needed, and the version of a transitive one that a
# client could share with another range instead of adding the newest. Differences of that kind are listed, not failed.
set -eu
keep=
if [ "${1-}" = -k ]; then keep=1; shift; fi
[ $# -ge 2 ] || { sed -n '3,10s/^# \{0,1\}//p' "$0" >&2; exit 64; }
test_npm=$(realpath "$1")
manifest=$(realpath "$2")
node=${3:-$(command -v node)}
directory=$(mktemp -d "${TMPDIR:-/var/tmp}/clients-agree.XXXXXX")
[ -n "$keep" ] || trap 'rm -rf "$directory"' EXIT

for client in npm pnpm bun; do
  case $client in npm) index=0 ;; pnpm) index=1 ;; bun) index=2 ;; esac
  echo "== $client"
  OPENCLAW_REGISTRY_TEST_MANIFEST=$manifest OPENCLAW_REGISTRY_TEST_DIRECTORY=$directory \
    OPENCLAW_REGISTRY_TEST_NODE=$node \
    "$test_npm" --gtest_also_run_disabled_tests --gtest_filter="clients/Registry.DISABLED_InstallsTheUnion/$index" --gtest_brief=1 | grep -v '^Note'
done

"$node" - "$directory" "$manifest" "$(dirname "$(realpath "$node")")" <<'JS'
const fs = require('fs'), path = require('path'), crypto = require('crypto');
const [directory, manifest, nodeDirectory] = process.argv.slice(2);
const npmFolder = [path.join(nodeDirectory, '../lib/node_modules/npm'), '/usr/share/nodejs/npm',
  '/usr/lib/node_modules/npm'].find(fs.existsSync);
const semver = require(path.join(npmFolder, 'node_modules/semver'));
const json = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));
const union = json(manifest);
const direct = {...union.dependencies};
for (const name of Object.keys(direct)) if (union.overrides?.[name]) direct[name] = union.overrides[name];
let failures = 0;
const fail = (text) => { failures += 1; if (failures < 40) console.log('FAIL', text); };

// One package folder: a digest of its own files, nested packages left out; links counted for rule 4.
function digest(folder, names) {
  const hash = crypto.createHash('sha256');
  const walk = (relative) => {
    for (const entry of fs.readdirSync(path.join(folder, relative), {withFileTypes: true})
      .sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const inner = path.join(relative, entry.name), full = path.join(folder, inner);
      if (entry.isDirectory()) { if (inner !== 'node_modules') walk(inner); continue; }
      if (entry.isSymbolicLink()) { hash.update(inner + '->' + fs.readlinkSync(full)); continue; }
      const stat = fs.statSync(full);
      if (stat.nlink > 1) names.set(stat.ino, [stat.nlink, (names.get(stat.ino)?.[1] ?? 0) + 1, full]);
      // npm renames .gitignore so when it unpacks, as a package that is packed again would lose its files.
      const called = entry.name === '.npmignore' ? path.join(relative, '.gitignore') : inner;
      hash.update(called + '\0' + (stat.mode & 0o111 ? 'x' : '-') + stat.size + '\0').update(fs.readFileSync(full));
    }
  };
  walk('');
  return hash.digest('hex');
}

function packagesIn(modules, found = [], depth = 0) {
  if (!fs.existsSync(modules)) return found;
  for (const name of fs.readdirSync(modules)) {
    const folders = name.startsWith('@') ? fs.readdirSync(path.join(modules, name)).map((n) => name + '/' + n) : [name];
    for (const folder of folders) {
      const full = path.join(modules, folder);
      if (!fs.existsSync(path.join(full, 'package.json'))) continue;
      found.push(full);
      packagesIn(path.join(full, 'node_modules'), found, depth + 1);
    }
  }
  return found;
}

function resolve(from, name, root) {
  for (let at = from; at.startsWith(root); at = path.dirname(at)) {
    const file = path.join(at, 'node_modules', name, 'package.json');
    if (path.basename(at) !== 'node_modules' && fs.existsSync(file)) return json(file).version;
  }
}

const bytes = new Map();  // name@version -> {digest: [clients]}
const trees = {};
for (const client of ['npm', 'pnpm', 'bun']) {
  const root = path.join(directory, client);
  if (!fs.existsSync(path.join(root, 'node_modules'))) { console.log(`${client}: not installed, left out`); continue; }
  const names = new Map(), places = new Map();
  const stray = fs.readdirSync(path.join(root, 'node_modules')).filter((name) => name.startsWith('.'));
  if (stray.length) fail(`${client} leaves ${stray}`);
  for (const folder of packagesIn(path.join(root, 'node_modules'))) {
    const info = json(path.join(folder, 'package.json'));
    const id = `${info.name}@${info.version}`, place = path.relative(root, folder);
    places.set(place, id);
    const sum = digest(folder, names);
    if (!bytes.has(id)) bytes.set(id, {});
    (bytes.get(id)[sum] ??= []).push(`${client}:${place}`);
    for (const [name, range] of Object.entries(info.dependencies ?? {})) {
      if (info.optionalDependencies?.[name] || (info.bundleDependencies ?? info.bundledDependencies ?? []).includes?.(name)) continue;
      const version = resolve(folder, name, root);
      const wanted = union.overrides?.[name] ?? range;
      if (!version) fail(`${client}: ${id} lacks ${name}`);
      else if (semver.validRange(wanted) && !semver.satisfies(version, wanted, {includePrerelease: true}))
        fail(`${client}: ${id} wants ${name} ${wanted}, gets ${version}`);
    }
  }
  for (const [inode, [links, seen, file]] of names) if (links !== seen) fail(`${client}: ${file} has a name elsewhere`);
  for (const [name, range] of Object.entries(direct)) {
    const version = resolve(root, name, root);
    if (!version || !semver.satisfies(version, range, {includePrerelease: true})) fail(`${client}: ${name} ${range} -> ${version}`);
  }
  trees[client] = places;
  console.log(`${client}: ${places.size} packages in ${new Set(places.values()).size} versions`);
}
let variants = 0;
for (const [id, sums] of bytes) {
  if (Object.keys(sums).length > 1) { variants += 1; fail(`${id} differs: ${Object.values(sums).map((s) => s[0]).join(' | ')}`); }
}
const clients = Object.keys(trees);
for (const name of Object.keys(direct)) {
  const versions = new Set(clients.map((client) => trees[client].get('node_modules/' + name)));
  if (versions.size > 1) fail(`direct ${name}: ${[...versions]}`);
}
for (const client of clients.slice(1)) {
  const reference = trees[clients[0]], own = trees[client];
  const ids = (tree) => new Set(tree.values());
  const only = (a, b) => [...ids(a)].filter((id) => !ids(b).has(id));
  const moved = [...own].filter(([place, id]) => reference.get(place) !== id).length;
  console.log(`${client} against ${clients[0]}: ${moved} of ${own.size} places differ`);
  for (const [text, list] of [[`only ${clients[0]}`, only(reference, own)], [`only ${client}`, only(own, reference)]])
    if (list.length) console.log(`  ${text}: ${list.length}: ${list.slice(0, 30).join(' ')}`);
}
console.log(`${bytes.size} package versions, ${variants} with differing bytes, ${failures} failures`);
process.exit(failures ? 1 : 0);
JS
